package io.partita.broker.transaction;

import static io.partita.broker.transaction.TransactionImage.NONE;
import static io.partita.broker.transaction.TransactionImage.NO_EPOCH;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What becomes of a transactional id when it is asked something: pure functions of its image, as Kafka 4.4 decides.
 *
 * <p>Two protocols live side by side. In the older one a producer keeps its epoch until it is initialised again, and every partition is added by a request
 * before it is written to. In the one of KIP-890 the epoch rises with each end of a transaction, which the marker carries already: so nothing that was sent
 * before the end can be part of the next transaction, and a write adds its partition itself.
 */
final class Transitions {

    /** What to do. */
    sealed interface Decision {

        /** The id is in this state from now on; it is to be written. */
        record Next(TransactionImage image) implements Decision {}

        /** Nothing changes: it is so already, as the producer is told who it is. */
        record Already(Producer producer) implements Decision {}

        /** The transaction before must be complete first. */
        record AfterCompletion() implements Decision {}

        /** The transaction under way must be aborted first, and its producer fenced. */
        record AfterAbort() implements Decision {}

        record Refused(ErrorCode code) implements Decision {}
    }

    private static final Decision AFTER_COMPLETION = new Decision.AfterCompletion();

    private Transitions() {}

    private static Decision refused(ErrorCode code) {
        return new Decision.Refused(code);
    }

    // ---- InitProducerId

    /**
     * A producer begins, or goes on after an error.
     *
     * @param image null for an id that is not known
     * @param expected who the producer is, if it goes on (KIP-360), else null
     * @param ids where a new producer id comes from
     */
    static Decision initialize(TransactionImage image, int timeoutMillis, Producer expected, LongSupplier ids, long nowMillis) {
        if (image == null) {
            return new Decision.Next(TransactionImage.first(ids.getAsLong(), timeoutMillis, nowMillis));
        }
        if (expected != null && expected.id() != image.producerId()
                && !(expected.id() == image.previousProducerId() && TransactionImage.isExhausted(expected.epoch()))) {
            return refused(ErrorCode.PRODUCER_FENCED);
        }
        return switch (image.state()) {
            case PREPARE_COMMIT, PREPARE_ABORT -> AFTER_COMPLETION;
            case ONGOING -> new Decision.AfterAbort();
            case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT, DEAD, PREPARE_EPOCH_FENCE -> nextEpoch(image, timeoutMillis, expected, ids, nowMillis);
        };
    }

    private static Decision nextEpoch(TransactionImage image, int timeoutMillis, Producer expected, LongSupplier ids, long nowMillis) {
        if (image.isEpochExhausted() && (expected == null || expected.epoch() == image.producerEpoch())) {
            return new Decision.Next(new TransactionImage(ids.getAsLong(), image.producerId(), NONE, (short) 0,
                    expected == null ? NO_EPOCH : image.producerEpoch(), timeoutMillis, TransactionState.EMPTY, Set.of(), NONE, nowMillis, image.protocol()));
        }
        short epoch;
        short lastEpoch;
        if (expected == null) {
            epoch = (short) (image.producerEpoch() + 1);
            lastEpoch = NO_EPOCH;
        } else if (expected.epoch() == image.producerEpoch()) {
            epoch = (short) (image.producerEpoch() + 1);
            lastEpoch = image.producerEpoch();
        } else if (expected.epoch() == image.lastProducerEpoch()) {
            // The answer to the same request got lost. Another producer would have made the last epoch unknown.
            epoch = image.producerEpoch();
            lastEpoch = image.lastProducerEpoch();
        } else {
            return refused(ErrorCode.PRODUCER_FENCED);
        }
        return new Decision.Next(new TransactionImage(image.producerId(), image.previousProducerId(), NONE, epoch, lastEpoch, timeoutMillis,
                TransactionState.EMPTY, Set.of(), NONE, nowMillis, image.protocol()));
    }

    /**
     * The transaction under way is aborted by the coordinator, because it took too long or another producer begins: its own producer is fenced. Where that one
     * may go on with the epoch of the marker (KIP-890), and that is the last there is, another producer id follows: a transaction of the last epoch could not be ended.
     */
    static TransactionImage abortAndFence(TransactionImage image, LongSupplier ids, long nowMillis) {
        boolean rotates = image.bumpsEpochs() && image.isEpochExhausted();
        return new TransactionImage(image.producerId(), image.previousProducerId(), rotates ? ids.getAsLong() : NONE, markerEpoch(image), NO_EPOCH,
                image.timeoutMillis(), TransactionState.PREPARE_ABORT, image.partitions(), image.startMillis(), nowMillis,
                markerProtocol(image, image.protocol()));
    }

    /** The next epoch. A transaction of the last one, which logs of other brokers may have, ends under that. */
    private static short markerEpoch(TransactionImage image) {
        return (short) Math.min(image.producerEpoch() + 1, Short.MAX_VALUE);
    }

    /** {@code protocol}, unless the marker has the epoch of the transaction itself, as only those of the older protocol have. */
    private static short markerProtocol(TransactionImage image, short protocol) {
        return image.producerEpoch() == Short.MAX_VALUE ? TransactionCoordinator.OLD_PROTOCOL : protocol;
    }

    // ---- partitions

    /** Partitions become part of the transaction, which begins with the first one. {@code image} is null for an id that is not known. */
    static Decision add(TransactionImage image, Producer producer, Collection<TopicPartition> added, short protocol, long nowMillis) {
        if (image == null) {
            return refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        if (image.state().isPrepared()) {
            // Asked first: the producer may have the id already that is the next one until then.
            return AFTER_COMPLETION;
        }
        if (image.producerId() != producer.id()) {
            return refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        if (image.producerEpoch() != producer.epoch()) {
            return refused(ErrorCode.PRODUCER_FENCED);
        }
        boolean ongoing = image.state() == TransactionState.ONGOING;
        if (ongoing && image.partitions().containsAll(added)) {
            return new Decision.Already(producer);
        }
        var partitions = new HashSet<>(ongoing ? image.partitions() : Set.of());
        partitions.addAll(added);
        return new Decision.Next(new TransactionImage(image.producerId(), image.previousProducerId(), image.nextProducerId(), image.producerEpoch(),
                image.lastProducerEpoch(), image.timeoutMillis(), TransactionState.ONGOING, partitions, ongoing ? image.startMillis() : nowMillis, nowMillis,
                protocol));
    }

    /** Whether a partition is part of the transaction: NONE, or what a write to it is refused with. */
    static ErrorCode verify(TransactionImage image, Producer producer, TopicPartition partition) {
        if (image == null || image.producerId() != producer.id()) {
            return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
        }
        if (image.producerEpoch() != producer.epoch()) {
            return ErrorCode.PRODUCER_FENCED;
        }
        if (image.state().isPrepared()) {
            return ErrorCode.CONCURRENT_TRANSACTIONS;
        }
        return image.state() == TransactionState.ONGOING && image.partitions().contains(partition) ? ErrorCode.NONE : ErrorCode.TRANSACTION_ABORTABLE;
    }

    // ---- EndTxn

    /** The producer ends its transaction. {@code protocol} is what its request is a part of. */
    static Decision end(TransactionImage image, Producer producer, boolean commit, short protocol, LongSupplier ids, long nowMillis) {
        if (image == null) {
            return refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        return protocol >= TransactionImage.PROTOCOL_WITH_EPOCH_BUMPS
                ? endWithBump(image, producer, commit, protocol, ids, nowMillis)
                : endAsEver(image, producer, commit, protocol, nowMillis);
    }

    private static Decision endAsEver(TransactionImage image, Producer producer, boolean commit, short protocol, long nowMillis) {
        if (image.producerId() != producer.id()) {
            return refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        if (image.producerEpoch() != producer.epoch()) {
            return refused(ErrorCode.PRODUCER_FENCED);
        }
        return switch (image.state()) {
            // Of the protocol of this request, whatever added the partitions: the marker has the epoch of the transaction itself.
            case ONGOING -> new Decision.Next(new TransactionImage(image.producerId(), image.previousProducerId(), NONE, image.producerEpoch(),
                    image.lastProducerEpoch(), image.timeoutMillis(), prepared(commit), image.partitions(), image.startMillis(), nowMillis, protocol));
            case PREPARE_COMMIT, PREPARE_ABORT -> image.state() == prepared(commit) ? AFTER_COMPLETION : refused(ErrorCode.INVALID_TXN_STATE);
            case COMPLETE_COMMIT, COMPLETE_ABORT -> image.state() == complete(commit)
                    ? new Decision.Already(producer)
                    : refused(ErrorCode.INVALID_TXN_STATE);
            case EMPTY, DEAD, PREPARE_EPOCH_FENCE -> refused(ErrorCode.INVALID_TXN_STATE);
        };
    }

    private static Decision endWithBump(TransactionImage image, Producer producer, boolean commit, short protocol, LongSupplier ids, long nowMillis) {
        // The epochs were used up with the end that is repeated here: the producer id is another one by now.
        boolean repeatedOverflow = image.previousProducerId() == producer.id() && producer.epoch() == Short.MAX_VALUE - 1 && image.producerEpoch() == 0;
        boolean repeated = image.bumpsEpochs() && image.producerEpoch() == producer.epoch() + 1;
        if (image.producerId() != producer.id() && !repeatedOverflow) {
            return refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        boolean current = image.producerEpoch() == producer.epoch() && !repeatedOverflow;
        return switch (image.state()) {
            case ONGOING, EMPTY, DEAD, PREPARE_EPOCH_FENCE -> {
                if (!current) {
                    yield refused(ErrorCode.PRODUCER_FENCED);
                }
                // An abort of a transaction that has nothing in it raises the epoch all the same: writes that were given up may still be on their way.
                yield commit && image.state() != TransactionState.ONGOING
                        ? refused(ErrorCode.INVALID_TXN_STATE)
                        : new Decision.Next(prepareWithBump(image, commit, protocol, ids, nowMillis));
            }
            case PREPARE_COMMIT, PREPARE_ABORT -> {
                if (!repeated) {
                    yield refused(ErrorCode.PRODUCER_FENCED);
                }
                yield image.state() == prepared(commit) ? AFTER_COMPLETION : refused(ErrorCode.INVALID_TXN_STATE);
            }
            case COMPLETE_COMMIT, COMPLETE_ABORT -> {
                if (repeated || repeatedOverflow) {
                    yield image.state() == complete(commit) ? new Decision.Already(image.producer()) : refused(ErrorCode.INVALID_TXN_STATE);
                }
                if (!current) {
                    yield refused(ErrorCode.PRODUCER_FENCED);
                }
                yield commit ? refused(ErrorCode.INVALID_TXN_STATE) : new Decision.Next(prepareWithBump(image, false, protocol, ids, nowMillis));
            }
        };
    }

    private static TransactionImage prepareWithBump(TransactionImage image, boolean commit, short protocol, LongSupplier ids, long nowMillis) {
        boolean ongoing = image.state() == TransactionState.ONGOING;
        return new TransactionImage(image.producerId(), image.previousProducerId(), image.isEpochExhausted() ? ids.getAsLong() : NONE,
                markerEpoch(image), image.producerEpoch(), image.timeoutMillis(), prepared(commit),
                ongoing ? image.partitions() : Set.of(), ongoing ? image.startMillis() : nowMillis, nowMillis, markerProtocol(image, protocol));
    }

    private static TransactionState prepared(boolean commit) {
        return commit ? TransactionState.PREPARE_COMMIT : TransactionState.PREPARE_ABORT;
    }

    private static TransactionState complete(boolean commit) {
        return commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT;
    }

    /** Who the producer is once a prepared transaction is complete. */
    static Producer producerAfter(TransactionImage prepared) {
        return prepared.nextProducerId() == NONE ? prepared.producer() : new Producer(prepared.nextProducerId(), (short) 0);
    }

    /** All partitions have their markers. */
    static TransactionImage completed(TransactionImage prepared, long nowMillis) {
        Producer producer = producerAfter(prepared);
        boolean rotated = prepared.nextProducerId() != NONE;
        return new TransactionImage(producer.id(), rotated ? prepared.producerId() : prepared.previousProducerId(), NONE, producer.epoch(),
                prepared.lastProducerEpoch(), prepared.timeoutMillis(), complete(prepared.state() == TransactionState.PREPARE_COMMIT), Set.of(),
                prepared.startMillis(), nowMillis, prepared.protocol());
    }
}
