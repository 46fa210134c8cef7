package io.partita.broker.api;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.Clock;
import io.partita.broker.log.AppendResult;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.util.LinkedHashMap;

/**
 * The batches of idempotent producers that were refused a short time ago with an error after which they come again. What the producer had sent
 * behind such a batch must not be appended before it: a log that knows nothing of the producer (a new one, or one made anew) takes any first
 * sequence, as Kafka does (KIP-360), and could never take the earlier batch afterwards, which costs the record and some producers their life.
 *
 * <p>Only what was on its way when the batch was refused can overtake it, because a producer repeats in order. So entries are few and short-lived;
 * their number and age are bounded, and beyond the bounds things are as with Kafka. Any thread.
 */
final class RefusedBatches {

    /** Entries kept; the oldest goes first. About 100 bytes each. */
    static final int ENTRIES_MAX = 10_000;
    /** Longer than any request is on its way. */
    static final int AGE_MILLIS_MAX = 60_000;
    /** Sequences are a ring; less than half of it ahead counts as later. */
    private static final int LATER_MAX = 1 << 30;

    private record Key(String topic, int partition, long producerId) {}

    private record Refusal(short epoch, int sequence, long atMillis) {}

    private final Clock clock;
    /** Oldest first. */
    private final LinkedHashMap<Key, Refusal> entries = new LinkedHashMap<>();
    /** Whether there is any entry: nearly always there is none, and then no append need wait for a lock. */
    private volatile boolean any;

    RefusedBatches(Clock clock) {
        this.clock = clock;
    }

    /** Notes a batch that no log was asked about, answered with {@code error}; what does not come again, or is of no idempotent producer, is not noted. */
    void refused(String topic, int partition, ByteBuf batch, ErrorCode error) {
        int at = batch.readerIndex();
        if (!comesAgain(error) || !RecordBatch.hasProducerId(batch, at) || RecordBatch.baseSequence(batch, at) < 0) {
            return;
        }
        Refusal entry = new Refusal(RecordBatch.producerEpoch(batch, at), RecordBatch.baseSequence(batch, at), clock.monotonicMillis());
        Key key = new Key(topic, partition, RecordBatch.producerId(batch, at));
        synchronized (entries) {
            Refusal known = valid(key);
            if (known == null || known.epoch != entry.epoch || !isLater(entry.sequence, known.sequence)) {
                entries.remove(key);
                if (entries.size() == ENTRIES_MAX) {
                    entries.pollFirstEntry();
                }
                entries.put(key, entry);
                any = true;
            }
        }
    }

    /** Notes what became of an append. Partition's owner. */
    void ended(PartitionLeader leader, ByteBuf batch, AppendResult result) {
        if (result instanceof AppendResult.Refused refused) {
            if (!knows(leader, batch)) {
                refused(leader.topic(), leader.partition(), batch, refused.code());
            }
        } else {
            appended(leader.topic(), leader.partition(), batch);
        }
    }

    /** {@code null} when the batch may be appended, else what its producer is answered: it has to repeat an earlier one first. Partition's owner. */
    AppendResult.Refused check(PartitionLeader leader, ByteBuf batch) {
        return any && !knows(leader, batch) ? check(leader.topic(), leader.partition(), batch) : null;
    }

    /** Whether the log can judge by itself: it knows the producer, or does not ask who it is. */
    private static boolean knows(PartitionLeader leader, ByteBuf batch) {
        long producerId = RecordBatch.producerId(batch, batch.readerIndex());
        try {
            return producerId <= RecordBatch.NO_PRODUCER_ID || leader.log().knowsProducer(producerId);
        } catch (IOException unreadable) {
            // Then the append fails, too.
            return false;
        }
    }

    private AppendResult.Refused check(String topic, int partition, ByteBuf batch) {
        int at = batch.readerIndex();
        Refusal known;
        synchronized (entries) {
            known = valid(new Key(topic, partition, RecordBatch.producerId(batch, at)));
        }
        if (known == null || known.epoch != RecordBatch.producerEpoch(batch, at) || !isLater(RecordBatch.baseSequence(batch, at), known.sequence)) {
            return null;
        }
        return new AppendResult.Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "Producer " + RecordBatch.producerId(batch, at) + " sent sequence "
                + RecordBatch.baseSequence(batch, at) + " while its batch of sequence " + known.sequence + ", refused a moment ago, has not come again");
    }

    private void appended(String topic, int partition, ByteBuf batch) {
        int at = batch.readerIndex();
        if (!any || !RecordBatch.hasProducerId(batch, at)) {
            return;
        }
        synchronized (entries) {
            entries.remove(new Key(topic, partition, RecordBatch.producerId(batch, at)));
            any = !entries.isEmpty();
        }
    }

    private Refusal valid(Key key) {
        Refusal entry = entries.get(key);
        if (entry != null && clock.monotonicMillis() - entry.atMillis > AGE_MILLIS_MAX) {
            entries.remove(key);
            any = !entries.isEmpty();
            return null;
        }
        return entry;
    }

    private static boolean isLater(int sequence, int than) {
        int ahead = sequence - than & Integer.MAX_VALUE;
        return ahead > 0 && ahead < LATER_MAX;
    }

    /** Errors that producers answer by sending the same batch again. */
    private static boolean comesAgain(ErrorCode error) {
        return switch (error) {
            case NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, KAFKA_STORAGE_ERROR,
                    CONCURRENT_TRANSACTIONS ->
                true;
            default -> false;
        };
    }
}
