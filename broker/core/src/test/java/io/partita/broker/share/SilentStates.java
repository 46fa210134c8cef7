package io.partita.broker.share;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A share coordinator that takes everything and knows of a beginning alone. */
final class SilentStates implements StateAccess {
    final List<Change> writes = new ArrayList<>();
    long startOffset;

    @Override
    public void initialize(ShareKey key, int epoch, long start, Consumer<ErrorCode> answer) {
        throw new AssertionError();
    }

    @Override
    public void read(ShareKey key, int leaderEpoch, Consumer<Stored> answer) {
        answer.accept(new Stored(ErrorCode.NONE, 1, leaderEpoch, startOffset, 0, List.of()));
    }

    @Override
    public void write(ShareKey key, Change change, Consumer<ErrorCode> answer) {
        writes.add(change);
        answer.accept(ErrorCode.NONE);
    }

    @Override
    public void delete(ShareKey key, Consumer<ErrorCode> answer) {
        throw new AssertionError();
    }

    @Override
    public void summary(ShareKey key, Consumer<Stored> answer) {
        answer.accept(new Stored(ErrorCode.NONE, 1, 0, startOffset, 0, List.of()));
    }
}
