package io.partita.broker.transaction;

import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Finds the shard of a transactional id and takes requests there. An id belongs to the partition of {@code __transaction_state} that it hashes to; the broker
 * that leads the partition has its {@link TransactionShard}.
 *
 * <p>A producer id is 62 random bits: unique without asking anybody, on every broker and after every restart, whatever the metadata are kept in.
 *
 * <p>Callable from any thread; answers are given on the event loops of the shards.
 */
public final class TransactionCoordinator implements TransactionAdmission {

    /** The internal topic that transactional ids are kept in. */
    public static final String TOPIC = "__transaction_state";
    /** The protocol of a producer that adds partitions by requests of their own. */
    public static final short OLD_PROTOCOL = 0;
    /** The protocol of KIP-890: the epoch rises with each end, and a write adds its partition. */
    public static final short NEW_PROTOCOL = TransactionImage.PROTOCOL_WITH_EPOCH_BUMPS;

    private static final long RANDOM_BITS = (1L << 62) - 1;

    private final CoordinatorShards<TransactionShard> shards;
    private final TransactionConfig config;
    private final TransactionCounts counts = new TransactionCounts();
    private final LongSupplier producerIds;

    public TransactionCoordinator(Clock clock, Entropy entropy, TransactionConfig config, MarkerSender markers) {
        this.config = config;
        this.producerIds = () -> entropy.nextLong() & RANDOM_BITS;
        this.shards = new CoordinatorShards<>(TOPIC,
                (name, loop, log, failed) -> new TransactionShard(name, loop, clock, producerIds, config, markers, counts, log, failed));
    }

    /** The partitions that are led here. */
    public CoordinatorShards<TransactionShard> shards() {
        return shards;
    }

    public TransactionCounts counts() {
        return counts;
    }

    /** The id of a producer that has no transactional id. */
    public long newProducerId() {
        return producerIds.getAsLong();
    }

    /**
     * InitProducerId of a transactional id: fences whoever had it, aborts what that had begun.
     *
     * @param expected who the producer is if it goes on after an error (KIP-360), else null
     */
    public void initialize(String transactionalId, int timeoutMillis, Producer expected, Consumer<ProducerAnswer> answer) {
        if (transactionalId.isEmpty()) {
            answer.accept(ProducerAnswer.failed(ErrorCode.INVALID_REQUEST));
        } else if (timeoutMillis <= 0 || timeoutMillis > config.maxTimeoutMillis()) {
            answer.accept(ProducerAnswer.failed(ErrorCode.INVALID_TRANSACTION_TIMEOUT));
        } else {
            route(transactionalId, error -> answer.accept(ProducerAnswer.failed(error)),
                    shard -> shard.initialize(transactionalId, timeoutMillis, expected, answer));
        }
    }

    @Override
    public void add(String transactionalId, Producer producer, Collection<TopicPartition> partitions, short protocol, Consumer<ErrorCode> answer) {
        route(transactionalId, answer, shard -> shard.add(transactionalId, producer, partitions, protocol, answer));
    }

    @Override
    public void verify(String transactionalId, Producer producer, List<TopicPartition> partitions, Consumer<List<ErrorCode>> answer) {
        route(transactionalId, error -> answer.accept(Collections.nCopies(partitions.size(), error)),
                shard -> shard.verify(transactionalId, producer, partitions, answer));
    }

    /** EndTxn. */
    public void end(String transactionalId, Producer producer, boolean commit, short protocol, Consumer<ProducerAnswer> answer) {
        route(transactionalId, error -> answer.accept(ProducerAnswer.failed(error)),
                shard -> shard.end(transactionalId, producer, commit, protocol, answer));
    }

    /** One result for each id, in their order. */
    public void describe(List<String> transactionalIds, Consumer<List<DescribeResult>> answer) {
        CoordinatorShards.<String, DescribeResult>gather(transactionalIds,
                (id, one) -> route(id, error -> one.accept(new DescribeResult(error, null)), shard -> one.accept(describe(shard, id))), answer);
    }

    private static DescribeResult describe(TransactionShard shard, String transactionalId) {
        ErrorCode error = shard.availability();
        if (error != ErrorCode.NONE) {
            return new DescribeResult(error, null);
        }
        DescribedTransaction described = shard.describe(transactionalId);
        return new DescribeResult(described == null ? ErrorCode.TRANSACTIONAL_ID_NOT_FOUND : ErrorCode.NONE, described);
    }

    /** All ids of all partitions led here; an error when one of them is not loaded yet. */
    public void list(Consumer<ListResult> answer) {
        CoordinatorShards.<TransactionShard, ListResult>gather(shards.served(), (shard, one) -> shard.loop().run(() -> {
            ErrorCode error = shard.availability();
            one.accept(new ListResult(error, error == ErrorCode.NONE ? shard.list() : List.of()));
        }), results -> {
            var all = new ArrayList<DescribedTransaction>();
            for (ListResult result : results) {
                if (result.error() == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
                    answer.accept(result);
                    return;
                }
                all.addAll(result.transactions());
            }
            answer.accept(new ListResult(ErrorCode.NONE, all));
        });
    }

    /** How long ago the oldest transaction in {@code state} of all partitions led here began, in milliseconds; 0 when there is none. */
    public void oldestAge(TransactionState state, LongConsumer answer) {
        CoordinatorShards.<TransactionShard, Long>gather(shards.served(), (shard, one) -> shard.loop().run(() -> one.accept(shard.oldestAgeMillis(state))),
                ages -> answer.accept(ages.stream().mapToLong(Long::longValue).max().orElse(0)));
    }

    /** A described id, null with an error. */
    public record DescribeResult(ErrorCode error, DescribedTransaction transaction) {}

    /** Ids, none with an error. */
    public record ListResult(ErrorCode error, List<DescribedTransaction> transactions) {}

    private void route(String transactionalId, Consumer<ErrorCode> failed, Consumer<TransactionShard> request) {
        if (transactionalId == null || transactionalId.isEmpty()) {
            failed.accept(ErrorCode.INVALID_REQUEST);
            return;
        }
        TransactionShard shard = shards.of(transactionalId);
        if (shard == null) {
            failed.accept(ErrorCode.NOT_COORDINATOR);
        } else {
            shard.loop().run(() -> {
                try {
                    request.accept(shard);
                } catch (RuntimeException | Error defect) {
                    shard.fail(defect);
                    failed.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE);
                }
            });
        }
    }
}
