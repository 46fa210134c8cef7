package io.partita.broker.transaction;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import java.util.function.Consumer;

/** Writes the markers that end transactions in their partitions, wherever these are led. */
public interface MarkerSender {

    /**
     * What ends a transaction in a partition.
     *
     * @param producer whose transaction, in the epoch it has from now on
     * @param coordinatorEpoch the epoch in which the transaction's coordinator leads its partition
     * @param protocol the version of the transaction protocol by which the producer works
     */
    record Marker(Producer producer, boolean commit, int coordinatorEpoch, short protocol) {}

    /**
     * Has {@code marker} written. {@code outcome} is called once, on any thread: with NONE once the marker is committed, with UNKNOWN_TOPIC_OR_PARTITION when
     * there is no such partition any more, with INVALID_PRODUCER_EPOCH or TRANSACTION_COORDINATOR_FENCED when the log has a later one, else with an error after
     * which it may be tried again.
     */
    void send(TopicPartition partition, Marker marker, Consumer<ErrorCode> outcome);
}
