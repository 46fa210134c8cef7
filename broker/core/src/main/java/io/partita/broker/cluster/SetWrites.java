package io.partita.broker.cluster;

import io.partita.broker.Invariant;
import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.SeenCluster.SeenSet;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes what is stored of partitions: all that is wanted of one set goes into one write, guarded by the version of the set that it was worked out from (rule 18). Who was overtaken
 * looks again and works it out anew. A write of which nothing is heard is tried again as it was: at most one of the two is stored. Owned by the store's loop; {@link #ask} comes from
 * any thread.
 */
final class SetWrites implements PartitionStates {

    private static final Logger LOG = LoggerFactory.getLogger(SetWrites.class);

    /** So long an ask waits for others to share its write. */
    private static final long GATHER_MILLIS = 5;
    /** The longest pause after a failure. */
    private static final long PAUSE_MILLIS_MAX = 2_000;
    /** After being overtaken so long at most, times how often in a row. */
    private static final int OVERTAKEN_MILLIS = 10;
    private static final int FAILURES_MANY = 3;

    private final VersionedObjects store;
    private final SeenCluster seen;
    private final EventLoop loop;
    private final Entropy entropy;
    private final Consumer<Stored> news;
    private final Map<String, Queue> queues = new HashMap<>();
    private boolean closed;
    private boolean isAway;

    /** @param news told of sets as they are after a write, or were found; has them seen */
    SetWrites(VersionedObjects store, SeenCluster seen, EventLoop loop, Entropy entropy, Consumer<Stored> news) {
        this.store = store;
        this.seen = seen;
        this.loop = loop;
        this.entropy = entropy;
        this.news = news;
    }

    private record Ask(PartitionKey partition, PartitionState from, PartitionState next, Consumer<Seen> decided) {}

    private record Rule(UnaryOperator<PartitionSet> next, CompletableFuture<Void> done) {}

    @Override
    public void ask(PartitionKey partition, PartitionState from, PartitionState next, Consumer<Seen> decided) {
        loop.execute(() -> {
            String set = seen.setOf(partition);
            if (set != null && !closed) {
                Queue queue = queue(set);
                queue.asks.add(new Ask(partition, from, next, decided));
                queue.soon(GATHER_MILLIS);
            }
        });
    }

    /**
     * Has a rule applied to a set, to what is stored then: at once, and anew whenever something else was stored first.
     *
     * @param rule a pure function; gives back what it is given when there is nothing to do
     * @return completes when it was stored or had nothing to do; never when the store is closed before
     */
    CompletableFuture<Void> change(String set, UnaryOperator<PartitionSet> rule) {
        Rule wanted = new Rule(rule, new CompletableFuture<>());
        Queue queue = queue(set);
        queue.rules.add(wanted);
        queue.soon(0);
        return wanted.done;
    }

    /** Whether something is on its way to a set. */
    boolean isChanging(String set) {
        Queue queue = queues.get(set);
        return queue != null && (queue.writing || !queue.rules.isEmpty());
    }

    /** Whether a set's writes fail again and again. */
    boolean isFailing(String set) {
        Queue queue = queues.get(set);
        return queue != null && queue.failures >= FAILURES_MANY;
    }

    /** A newer version of a set was seen. */
    void seen(String set) {
        Queue queue = queues.get(set);
        if (queue != null) {
            queue.decide();
            queue.again(0);
        }
    }

    void close() {
        closed = true;
        queues.clear();
    }

    private Queue queue(String set) {
        return queues.computeIfAbsent(set, Queue::new);
    }

    /** What is wanted of one set. */
    private final class Queue {

        private final String set;
        private final List<Ask> asks = new ArrayList<>();
        private final List<Rule> rules = new ArrayList<>();
        private boolean writing;
        private EventLoop.Timer due;
        private long dueMillis;
        private int failures;

        private Queue(String set) {
            this.set = set;
        }

        private void soon(long millis) {
            if (writing || due != null && dueMillis <= millis) {
                return;
            }
            if (due != null) {
                due.cancel();
            }
            dueMillis = millis;
            due = loop.schedule(millis, this::write);
        }

        /** Tells those whose partition is not any more as they had it: that is what became of their ask. */
        private void decide() {
            SeenSet now = seen.set(set);
            if (now.isDamaged()) {
                return;
            }
            for (Ask ask : List.copyOf(asks)) {
                PartitionState state = now.set().states().get(ask.partition);
                if (ask.from.equals(state)) {
                    continue;
                }
                asks.remove(ask);
                if (state != null) {
                    ask.decided.accept(new Seen(state, now.version()));
                }
            }
        }

        private void write() {
            due = null;
            if (closed) {
                return;
            }
            decide();
            SeenSet now = seen.set(set);
            if (asks.isEmpty() && rules.isEmpty() || now.isDamaged()) {
                // What is damaged is not written; it goes on when it was repaired.
                end();
                return;
            }
            SortedMap<PartitionKey, PartitionState> asked = new TreeMap<>(now.set().states());
            asks.forEach(ask -> asked.put(ask.partition, ask.next));
            PartitionSet next = new PartitionSet(asked);
            List<Rule> applied = List.copyOf(rules);
            for (Rule rule : applied) {
                next = rule.next.apply(next);
            }
            if (next.equals(now.set())) {
                succeeded();
                finish(applied);
                end();
                return;
            }
            check(now.set(), next);
            writing = true;
            String text = ObjectText.join(PartitionSetText.write(next));
            store.put(SeenCluster.setObjectName(set), now.version(), text)
                    .whenComplete((outcome, failure) -> loop.execute(() -> answered(outcome, failure, text, applied)));
        }

        private void check(PartitionSet before, PartitionSet after) {
            after.states().forEach((key, state) -> {
                PartitionState was = before.states().get(key);
                if (was != null && !was.equals(state)) {
                    Invariant.check(state.version() > was.version(), "partition %d would go from version %d to %d", key.partition(), was.version(),
                            state.version());
                    Invariant.check(state.epoch() >= was.epoch(), "partition %d would go from epoch %d to %d", key.partition(), was.epoch(), state.epoch());
                }
            });
        }

        private void answered(Outcome outcome, Throwable failure, String text, List<Rule> applied) {
            writing = false;
            if (closed) {
                return;
            }
            switch (outcome) {
                case Outcome.Written(long version) -> {
                    succeeded();
                    news.accept(new Stored(SeenCluster.setObjectName(set), version, text));
                    finish(applied);
                    again(0);
                }
                case Outcome.Overtaken overtaken -> {
                    succeeded();
                    look(0);
                }
                case null -> {
                    failed(failure);
                    look(pauseMillis());
                }
            }
        }

        /** What is there now; then once more. */
        private void look(long afterMillis) {
            writing = true;
            loop.schedule(afterMillis, () -> store.get(SeenCluster.setObjectName(set)).whenComplete((found, failure) -> loop.execute(() -> {
                writing = false;
                if (closed) {
                    return;
                }
                if (failure != null) {
                    failed(failure);
                    look(pauseMillis());
                    return;
                }
                // That it can be read does not say that it can be written.
                if (found != null) {
                    news.accept(found);
                }
                again(Math.floorMod(entropy.nextLong(), OVERTAKEN_MILLIS));
            })));
        }

        private void again(long afterMillis) {
            if (asks.isEmpty() && rules.isEmpty()) {
                end();
            } else {
                soon(afterMillis);
            }
        }

        private void finish(List<Rule> applied) {
            rules.removeAll(applied);
            applied.forEach(rule -> rule.done.complete(null));
        }

        private void end() {
            if (asks.isEmpty() && rules.isEmpty() && !writing && due == null) {
                queues.remove(set, this);
            }
        }

        private long pauseMillis() {
            long most = Math.min(PAUSE_MILLIS_MAX, 50L << Math.min(failures, 10));
            return most / 2 + Math.floorMod(entropy.nextLong(), most / 2);
        }

        private void failed(Throwable failure) {
            failures++;
            if (!isAway) {
                isAway = true;
                LOG.warn("What is stored of partitions cannot be changed now: {}. It is tried again until it can.", failure.getMessage());
            }
        }

        private void succeeded() {
            failures = 0;
            if (isAway) {
                isAway = false;
                LOG.info("What is stored of partitions can be changed again.");
            }
        }
    }
}
