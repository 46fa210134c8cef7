package io.partita.broker;

import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.group.share.ShareStates;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import java.util.List;
import java.util.function.Consumer;

/** The delivery state of share-partitions as the group coordinator asks for it: where they begin is found out from who leads them. */
final class GroupShareStates implements ShareStates {

    private final StateAccess states;
    private final PartitionBounds bounds;

    GroupShareStates(StateAccess states, PartitionBounds bounds) {
        this.states = states;
        this.bounds = bounds;
    }

    @Override
    public void begin(String groupId, int stateEpoch, List<Start> starts, Consumer<List<ErrorCode>> answer) {
        CoordinatorShards.<Start, ErrorCode>gather(starts, (start, one) -> begin(key(groupId, start.place()), stateEpoch, start.from(), one), answer);
    }

    private void begin(ShareKey key, int stateEpoch, From from, Consumer<ErrorCode> answer) {
        switch (from) {
            case From.Offset(long offset) -> states.initialize(key, stateEpoch, offset, answer);
            case From.Earliest() -> begin(key, stateEpoch, PartitionBounds.EARLIEST, answer);
            case From.Latest() -> begin(key, stateEpoch, PartitionBounds.LATEST, answer);
            case From.Since(long millis) -> begin(key, stateEpoch, millis, answer);
        }
    }

    private void begin(ShareKey key, int stateEpoch, long timestamp, Consumer<ErrorCode> answer) {
        bounds.find(key.topicId(), key.partition(), timestamp, (error, offset) -> {
            if (error != ErrorCode.NONE) {
                answer.accept(error);
            } else if (offset < 0) {
                begin(key, stateEpoch, PartitionBounds.LATEST, answer);
            } else {
                states.initialize(key, stateEpoch, offset, answer);
            }
        });
    }

    @Override
    public void summary(String groupId, List<Place> places, Consumer<List<Summary>> answer) {
        CoordinatorShards.<Place, Summary>gather(places, (place, one) -> states.summary(key(groupId, place), stored -> {
            if (stored.error() != ErrorCode.NONE) {
                one.accept(Summary.failed(stored.error()));
                return;
            }
            bounds.find(place.topicId(), place.partition(), PartitionBounds.LATEST, (error, end) -> {
                boolean isKnown = error == ErrorCode.NONE && stored.startOffset() >= 0 && stored.completeCount() >= 0;
                long lag = isKnown ? Math.max(0, end - stored.startOffset() - stored.completeCount()) : -1;
                one.accept(new Summary(ErrorCode.NONE, stored.startOffset(), stored.leaderEpoch(), lag));
            });
        }), answer);
    }

    @Override
    public void end(String groupId, List<Place> places, Consumer<List<ErrorCode>> answer) {
        CoordinatorShards.<Place, ErrorCode>gather(places, (place, one) -> states.delete(key(groupId, place), one), answer);
    }

    private static ShareKey key(String groupId, Place place) {
        return new ShareKey(groupId, place.topicId(), place.partition());
    }
}
