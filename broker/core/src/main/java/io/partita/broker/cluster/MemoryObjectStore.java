package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Event;
import io.partita.broker.cluster.ObjectStore.Listing;
import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.ObjectStore.Watch;
import io.partita.broker.cluster.ObjectStore.Watcher;
import io.partita.broker.env.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The objects of a cluster whose brokers share this process: those of a test, or of a simulation. Each broker has a {@linkplain #client client} of its own, whose way to the
 * store can be made slow, lossy or silent ({@link Road}). Everything happens on one loop: on a simulated one it happens in the same order every time.
 */
public final class MemoryObjectStore {

    /** Changes that can still be watched from. */
    private static final int HISTORY_MAX = 10_000;

    private final EventLoop loop;

    // On the loop.
    private final Map<String, Stored> objects = new TreeMap<>();
    private final List<Event> history = new ArrayList<>();
    private final Map<String, EventLoop.Timer> expiries = new HashMap<>();
    private final List<Client.MemoryWatch> watches = new ArrayList<>();
    private long version;
    private long compacted;
    private long writes;

    /** @param loop where everything happens; its timers make registrations run out */
    public MemoryObjectStore(EventLoop loop) {
        this.loop = loop;
    }

    /** How a client's calls fare. Asked on the store's loop. */
    public interface Road {

        /** Nothing is late or lost. */
        Road OPEN = new Road() {};

        /** Milliseconds that a request or an answer takes. */
        default long delayMillis() {
            return 0;
        }

        /** Milliseconds that an event takes. */
        default long eventDelayMillis() {
            return delayMillis();
        }

        /** Whether a request does not arrive. */
        default boolean isRequestLost() {
            return false;
        }

        /** Whether an answer does not arrive; what was asked for is done. */
        default boolean isAnswerLost() {
            return false;
        }

        /** Whether events do not arrive, and nobody is told. */
        default boolean isSilent() {
            return false;
        }

        /** After so long the caller of what was lost is told that there is no answer. */
        default long timeoutMillis() {
            return 5_000;
        }
    }

    /** The store as one broker has it. */
    public ObjectStore client() {
        return client(Road.OPEN);
    }

    /** As {@link #client()}, by a road that is not always open. */
    public ObjectStore client(Road road) {
        return new Client(road);
    }

    /** How many writes were stored, of all clients. On the loop. */
    public long writes() {
        return writes;
    }

    /** The objects as they are. On the loop. */
    public List<Stored> objects() {
        return List.copyOf(objects.values());
    }

    /** Forgets the history, so that watches from before have a gap. On the loop. */
    public void compact() {
        history.clear();
        compacted = version;
    }

    /** A store as it was. */
    record Copy(List<Stored> objects, Set<String> registrations, long version) {}

    /** The store as it is. On the loop. */
    Copy copy() {
        return new Copy(objects(), Set.copyOf(expiries.keySet()), version);
    }

    /**
     * Puts a copy in the place of what there is: the watches break, and registrations run out unless they are made anew. On the loop.
     *
     * @param from the version that the next ones come after: the copy's, or a later one where whoever restores it sees to that
     */
    void restore(Copy copy, long from) {
        expiries.values().forEach(EventLoop.Timer::cancel);
        expiries.clear();
        objects.clear();
        copy.objects.forEach(object -> objects.put(object.name(), object));
        copy.registrations.forEach(name -> expireAfter(name, Membership.TTL_MILLIS));
        history.clear();
        version = from;
        compacted = 0;
        List<Client.MemoryWatch> broken = List.copyOf(watches);
        watches.clear();
        broken.forEach(watch -> watch.end(false, "the connection broke"));
    }

    private Outcome write(String name, long ifVersion, String text) {
        Stored present = objects.get(name);
        if (ifVersion != (present == null ? ObjectStore.ABSENT : present.version())) {
            return new Outcome.Overtaken();
        }
        EventLoop.Timer expiry = expiries.remove(name);
        if (expiry != null) {
            expiry.cancel();
        }
        writes++;
        change(name, text);
        return new Outcome.Written(version);
    }

    private void change(String name, String text) {
        version++;
        if (text == null) {
            objects.remove(name);
        } else {
            objects.put(name, new Stored(name, version, text));
        }
        Event event = new Event(name, version, text);
        history.add(event);
        if (history.size() > HISTORY_MAX) {
            compacted = history.removeFirst().version();
        }
        for (Client.MemoryWatch watch : List.copyOf(watches)) {
            watch.send(List.of(event));
        }
    }

    private void expireAfter(String name, long ttlMillis) {
        expiries.put(name, loop.schedule(ttlMillis, () -> {
            expiries.remove(name);
            change(name, null);
        }));
    }

    private final class Client implements ObjectStore {

        private final Road road;
        /** What this client has registered: its version, and for how long. On the loop. */
        private final Map<String, Registered> registered = new HashMap<>();
        private volatile boolean closed;

        private record Registered(long version, long ttlMillis) {}

        private Client(Road road) {
            this.road = road;
        }

        private <T> CompletionStage<T> ask(Supplier<T> request) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            loop.execute(() -> {
                if (closed || road.isRequestLost()) {
                    lose(answer);
                    return;
                }
                after(road.delayMillis(), () -> {
                    T result = request.get();
                    if (road.isAnswerLost()) {
                        lose(answer);
                    } else {
                        after(road.delayMillis(), () -> answer.complete(result));
                    }
                });
            });
            return answer;
        }

        private void lose(CompletableFuture<?> answer) {
            after(road.timeoutMillis(), () -> answer.completeExceptionally(new ObjectStoreException("the store did not answer")));
        }

        private void after(long millis, Runnable task) {
            if (millis == 0) {
                task.run();
            } else {
                loop.schedule(millis, task);
            }
        }

        @Override
        public CompletionStage<Stored> get(String name) {
            return ask(() -> objects.get(name));
        }

        @Override
        public CompletionStage<Listing> list() {
            return ask(() -> new Listing(objects(), version));
        }

        @Override
        public CompletionStage<Outcome> put(String name, long ifVersion, String text) {
            return ask(() -> write(name, ifVersion, text));
        }

        @Override
        public CompletionStage<Outcome> register(String name, long ifVersion, String text, long ttlMillis) {
            return ask(() -> {
                Outcome outcome = write(name, ifVersion, text);
                if (outcome instanceof Outcome.Written(long written)) {
                    registered.put(name, new Registered(written, ttlMillis));
                    expireAfter(name, ttlMillis);
                }
                return outcome;
            });
        }

        @Override
        public CompletionStage<Renewal> renew(String name) {
            return ask(() -> {
                Registered mine = registered.get(name);
                Stored present = objects.get(name);
                boolean isMine = mine != null && present != null && present.version() == mine.version && expiries.containsKey(name);
                if (isMine) {
                    expiries.remove(name).cancel();
                    expireAfter(name, mine.ttlMillis);
                }
                return new Renewal(isMine, version);
            });
        }

        @Override
        public CompletionStage<Outcome> delete(String name, long ifVersion) {
            return ask(() -> ifVersion == ABSENT ? new Outcome.Overtaken() : write(name, ifVersion, null));
        }

        @Override
        public Watch watch(long afterVersion, Watcher watcher) {
            MemoryWatch watch = new MemoryWatch(watcher);
            loop.execute(() -> watch.begin(afterVersion));
            return watch;
        }

        @Override
        public void close() {
            closed = true;
            loop.execute(() -> watches.removeIf(watch -> watch.isOf(this)));
        }

        private final class MemoryWatch implements Watch {

            private final Watcher watcher;
            private volatile boolean ended;
            /** Whether an event did not arrive: from then on none does, and only who watches anew hears of anything. On the loop. */
            private boolean dead;
            /** Events that are on their way. On the loop. */
            private final List<List<Event>> travelling = new ArrayList<>();

            private MemoryWatch(Watcher watcher) {
                this.watcher = watcher;
            }

            private boolean isOf(Client client) {
                return client == Client.this;
            }

            private void begin(long afterVersion) {
                if (ended || closed || road.isRequestLost()) {
                    after(road.timeoutMillis(), () -> end(false, "the store did not answer"));
                    return;
                }
                if (afterVersion < compacted) {
                    after(road.delayMillis(), () -> end(true, "what has changed since is not known any more"));
                    return;
                }
                watches.add(this);
                List<Event> missed = history.stream().filter(event -> event.version() > afterVersion).toList();
                if (!missed.isEmpty()) {
                    send(missed);
                }
            }

            private void end(boolean isGap, String reason) {
                if (!ended) {
                    ended = true;
                    watcher.ended(isGap, reason);
                }
            }

            /** Later ones never overtake earlier ones. */
            private void send(List<Event> events) {
                dead |= road.isSilent();
                if (dead) {
                    return;
                }
                travelling.add(events);
                after(road.eventDelayMillis(), this::arrive);
            }

            /** The oldest of those on their way: whatever each one's delay was, none overtakes another. */
            private void arrive() {
                List<Event> events = travelling.removeFirst();
                dead |= road.isSilent();
                if (!ended && !dead) {
                    watcher.changed(events);
                }
            }

            @Override
            public void end() {
                ended = true;
                loop.execute(() -> watches.remove(this));
            }
        }
    }
}
