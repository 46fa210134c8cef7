package io.partita.broker.coordinator;

import io.partita.broker.Invariant;
import io.partita.broker.env.EventLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards of one internal topic that this broker serves: one for each of its partitions that is led here, from election to resignation. A shard whose
 * state the log did not take is replaced by another one, which loads what the log has.
 *
 * <p>Callable from any thread; a shard is touched on its own event loop.
 *
 * @param <S> what serves one partition
 */
public final class CoordinatorShards<S extends CoordinatorShards.Shard> {

    /** What serves one partition. Its methods are called on its event loop. */
    public interface Shard {

        /** What throws on it ends the shard. Any thread. */
        EventLoop loop();

        /** Loads the state from the log. Called once, first. */
        void load();

        /** The partition is led elsewhere, or the state is to be thrown away: whoever waits is told. Idempotent. */
        void close();
    }

    /** Makes the shard of a partition. {@code failed} is to be run on the event loop when an append failed and the shard is of no use any more. */
    public interface Factory<S> {
        S create(String name, EventLoop loop, CoordinatorLog log, Runnable failed);
    }

    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorShards.class);
    /** A log that takes nothing, because the disk is full for example, is not read again and again meanwhile. */
    private static final long RELOAD_MILLIS = 1_000;

    private final String topic;
    private final Factory<S> factory;
    /** By partition, null where the partition is led elsewhere. Replaced as a whole when something changes. */
    private volatile List<S> shards = List.of();

    public CoordinatorShards(String topic, Factory<S> factory) {
        this.topic = topic;
        this.factory = factory;
    }

    public String topic() {
        return topic;
    }

    /** The partition that {@code key} belongs to, as in Kafka. */
    public static int partitionFor(String key, int partitionCount) {
        int hash = key.hashCode();
        return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % partitionCount;
    }

    // ---- leadership

    /** The topic exists and has {@code count} partitions. It may be another topic than before only after all partitions of that were resigned. */
    public synchronized void partitionCount(int count) {
        if (shards.size() != count) {
            for (S shard : shards) {
                Invariant.check(shard == null, "the number of partitions of " + topic + " changed, so keys would change their partition");
            }
            shards = Collections.unmodifiableList(new ArrayList<>(Collections.nCopies(count, null)));
        }
    }

    /**
     * This broker leads {@code partition} from now on, under a new epoch: its state is loaded and then served.
     *
     * @param loop the partition's event loop
     */
    public synchronized void elected(int partition, EventLoop loop, CoordinatorLog log) {
        S shard = open(partition, loop, log);
        shard.loop().run(shard::load);
    }

    private S open(int partition, EventLoop loop, CoordinatorLog log) {
        var made = new Object() {
            S shard;
        };
        made.shard = factory.create(topic + "-" + partition, loop, log, () -> reopen(partition, made.shard, loop, log));
        replace(partition, made.shard);
        return made.shard;
    }

    private synchronized void reopen(int partition, S failed, EventLoop loop, CoordinatorLog log) {
        if (partition >= shards.size() || shards.get(partition) != failed) {
            return;
        }
        LOG.warn("The state of {}-{} is loaded anew in {} ms, because its log did not take a change of it or it met a defect.", topic, partition,
                RELOAD_MILLIS);
        S next = open(partition, loop, log);
        next.loop().schedule(RELOAD_MILLIS, next::load);
    }

    /** This broker no longer leads {@code partition}. */
    public synchronized void resigned(int partition) {
        replace(partition, null);
    }

    /** As {@link #resigned} for all partitions, because the broker stops. */
    public synchronized void close() {
        for (int partition = 0; partition < shards.size(); partition++) {
            replace(partition, null);
        }
    }

    private void replace(int partition, S shard) {
        S former = shards.get(partition);
        var next = new ArrayList<>(shards);
        next.set(partition, shard);
        shards = Collections.unmodifiableList(next);
        if (former != null) {
            former.loop().run(former::close);
        }
    }

    // ---- requests

    /** The shard that {@code key} belongs to, null when its partition is led elsewhere, or the topic is not there. */
    public S of(String key) {
        List<S> all = shards;
        return all.isEmpty() ? null : all.get(partitionFor(key, all.size()));
    }

    /** The shard of a partition, null when it is led elsewhere. */
    public S at(int partition) {
        List<S> all = shards;
        return partition < 0 || partition >= all.size() ? null : all.get(partition);
    }

    /** Those of the partitions that are led here. */
    public List<S> served() {
        var served = new ArrayList<S>();
        for (S shard : shards) {
            if (shard != null) {
                served.add(shard);
            }
        }
        return served;
    }

    /** Asks {@code each} for every request, on whatever event loop, and gives the answers in the order of the requests. */
    public static <Q, T> void gather(List<Q> requests, BiConsumer<Q, Consumer<T>> each, Consumer<List<T>> answer) {
        if (requests.isEmpty()) {
            answer.accept(List.of());
            return;
        }
        var gathering = new Gathering<>(requests.size(), answer);
        for (int i = 0; i < requests.size(); i++) {
            int index = i;
            each.accept(requests.get(i), result -> gathering.give(index, result));
        }
    }

    /** Results that come from several event loops. */
    private static final class Gathering<T> {
        private final List<T> results;
        private final Consumer<List<T>> answer;
        private int missing;

        private Gathering(int count, Consumer<List<T>> answer) {
            this.results = new ArrayList<>(Collections.nCopies(count, null));
            this.answer = answer;
            this.missing = count;
        }

        private void give(int index, T result) {
            synchronized (this) {
                results.set(index, result);
                missing--;
                if (missing > 0) {
                    return;
                }
            }
            answer.accept(results);
        }
    }
}
