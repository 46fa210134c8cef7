package io.partita.broker.share;

import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** A fetch of one member that takes what it is given first. */
final class TestTaker implements Taker {
    private final String member;
    private final int recordsMax;
    Taken taken;
    ErrorCode why;

    TestTaker(String member, int recordsMax) {
        this.member = member;
        this.recordsMax = recordsMax;
    }

    /** Of the records that it was given. */
    List<Long> offsets() {
        List<Long> offsets = new ArrayList<>();
        if (taken != null) {
            for (Acquired range : taken.acquired()) {
                for (long at = range.firstOffset(); at <= range.lastOffset(); at++) {
                    offsets.add(at);
                }
            }
        }
        return offsets;
    }

    @Override
    public String memberId() {
        return member;
    }

    @Override
    public int recordsMax() {
        return recordsMax;
    }

    @Override
    public boolean isStrict() {
        return true;
    }

    @Override
    public int batchSize() {
        return 500;
    }

    @Override
    public int bytesMax() {
        return 1 << 20;
    }

    @Override
    public int bytesMin() {
        return 1;
    }

    @Override
    public boolean isOpen() {
        return taken == null && why == null;
    }

    @Override
    public boolean give(SharePartition from, Taken given) {
        taken = given;
        return true;
    }

    @Override
    public void ended(SharePartition from, ErrorCode reason) {
        why = reason;
    }
}
