package io.partita.broker.group.share;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The delivery state of share-partitions as the group coordinator needs it: where it begins, what it has come to, that it ends. It is kept by another
 * coordinator, perhaps on another broker. Callable from any thread; answers come on any thread, once, one for each partition in the order asked.
 */
public interface ShareStates {

    /** Without any: nothing can begin. */
    ShareStates NONE = new ShareStates() {
        @Override
        public void begin(String groupId, int stateEpoch, List<Start> starts, Consumer<List<ErrorCode>> answer) {
            answer.accept(starts.stream().map(start -> ErrorCode.COORDINATOR_NOT_AVAILABLE).toList());
        }

        @Override
        public void summary(String groupId, List<Place> places, Consumer<List<Summary>> answer) {
            answer.accept(places.stream().map(place -> Summary.failed(ErrorCode.COORDINATOR_NOT_AVAILABLE)).toList());
        }

        @Override
        public void end(String groupId, List<Place> places, Consumer<List<ErrorCode>> answer) {
            answer.accept(places.stream().map(place -> ErrorCode.COORDINATOR_NOT_AVAILABLE).toList());
        }
    };

    record Place(UUID topicId, int partition) {}

    /** Where a group begins with a partition. */
    record Start(Place place, From from) {}

    /** Which offset that is. */
    sealed interface From {

        /** The end as it is when this is asked: what is committed later is read. */
        record Latest() implements From {}

        /** The first that there is. */
        record Earliest() implements From {}

        /** The first as young as this by the wall clock; the end if there is none. */
        record Since(long millis) implements From {}

        record Offset(long offset) implements From {}
    }

    /**
     * @param startOffset −1 where nothing was read yet
     * @param lag records behind the start offset that were not delivered in the end, −1 when it is not known
     */
    record Summary(ErrorCode error, long startOffset, int leaderEpoch, long lag) {

        public static Summary failed(ErrorCode error) {
            return new Summary(error, -1, -1, -1);
        }
    }

    /** There is state of these partitions from now on, in place of what there was in a lower epoch. */
    void begin(String groupId, int stateEpoch, List<Start> starts, Consumer<List<ErrorCode>> answer);

    /** What the state of partitions has come to. */
    void summary(String groupId, List<Place> places, Consumer<List<Summary>> answer);

    /** There is no state of these partitions any more. */
    void end(String groupId, List<Place> places, Consumer<List<ErrorCode>> answer);
}
