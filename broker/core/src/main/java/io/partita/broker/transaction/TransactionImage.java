package io.partita.broker.transaction;

import io.partita.broker.coordinator.Producer;
import java.util.Set;

/**
 * What the log has of a transactional id. Immutable.
 *
 * @param producerId the id's producer id
 * @param previousProducerId the one before it when its epochs were used up, {@link #NONE} without one
 * @param nextProducerId the one that follows when the transaction under way is complete, as the client knows already; {@link #NONE} without one
 * @param producerEpoch the current epoch; markers carry it
 * @param lastProducerEpoch the epoch before, when the producer that had it may repeat its InitProducerId; {@link #NO_EPOCH} when not. Not in the log
 * @param timeoutMillis how long a transaction may take
 * @param partitions the partitions of the transaction under way
 * @param startMillis wall clock when the transaction began, {@link #NONE} without one
 * @param updateMillis wall clock of the last change
 * @param protocol the version of the transaction protocol by which the client works: 0, 1 or {@link #PROTOCOL_WITH_EPOCH_BUMPS}
 */
record TransactionImage(
        long producerId,
        long previousProducerId,
        long nextProducerId,
        short producerEpoch,
        short lastProducerEpoch,
        int timeoutMillis,
        TransactionState state,
        Set<TopicPartition> partitions,
        long startMillis,
        long updateMillis,
        short protocol) {

    static final long NONE = -1;
    static final short NO_EPOCH = -1;
    /** From this one on the epoch rises with every end of a transaction (KIP-890). */
    static final short PROTOCOL_WITH_EPOCH_BUMPS = 2;

    TransactionImage {
        partitions = Set.copyOf(partitions);
    }

    /** An id that was not known before. */
    static TransactionImage first(long producerId, int timeoutMillis, long nowMillis) {
        return new TransactionImage(producerId, NONE, NONE, (short) 0, NO_EPOCH, timeoutMillis, TransactionState.EMPTY, Set.of(), NONE, nowMillis, (short) 0);
    }

    Producer producer() {
        return new Producer(producerId, producerEpoch);
    }

    boolean bumpsEpochs() {
        return protocol >= PROTOCOL_WITH_EPOCH_BUMPS;
    }

    /** Whether the next epoch is the last one, which no producer is given: markers may need it. */
    boolean isEpochExhausted() {
        return isExhausted(producerEpoch);
    }

    static boolean isExhausted(short epoch) {
        return epoch >= Short.MAX_VALUE - 1;
    }

    /** When the transaction has taken too long. */
    long deadlineMillis() {
        return startMillis + timeoutMillis;
    }

    /** What a replay of the log makes of it. */
    TransactionImage asReplayed() {
        return lastProducerEpoch == NO_EPOCH
                ? this
                : new TransactionImage(producerId, previousProducerId, nextProducerId, producerEpoch, NO_EPOCH, timeoutMillis, state, partitions,
                        startMillis, updateMillis, protocol);
    }
}
