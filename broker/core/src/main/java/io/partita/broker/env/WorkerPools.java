package io.partita.broker.env;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/** A pool of threads for each kind of work, so that no kind waits behind another: above all no fsync that a producer waits for. */
public final class WorkerPools implements Workers, AutoCloseable {

    /** Threads that wait for disks. More would not make one disk faster, and several brokers may share a test's process. */
    private static final int URGENT_THREADS = 4;
    private static final int READ_THREADS = 4;
    /** These compute as well, and must leave processors to event loops. */
    private static final int LOOKUP_THREADS = 2;
    /** These only compute. With as many connecting as like, event loops still have their share of the processors. */
    private static final int HANDSHAKE_THREADS = 2;
    /** There are few brokers, and what they connect for is urgent. */
    private static final int BROKER_HANDSHAKE_THREADS = 2;
    private static final int BACKGROUND_THREADS = 2;
    /** One after the other: what is done here is never urgent, and disturbs others. */
    private static final int UPKEEP_THREADS = 1;

    private final WorkerPool urgent = new WorkerPool("partita-worker", URGENT_THREADS);
    private final Map<Kind, WorkerPool> pools = new EnumMap<>(Map.of(
            Kind.READ, new WorkerPool("partita-reader", READ_THREADS),
            Kind.LOOKUP, new WorkerPool("partita-lookup", LOOKUP_THREADS),
            Kind.BACKGROUND_FLUSH, new WorkerPool("partita-flusher", BACKGROUND_THREADS),
            Kind.HANDSHAKE, new WorkerPool("partita-handshake", HANDSHAKE_THREADS),
            Kind.BROKER_HANDSHAKE, new WorkerPool("partita-broker-tls", BROKER_HANDSHAKE_THREADS),
            Kind.UPKEEP, new WorkerPool("partita-upkeep", UPKEEP_THREADS)));

    @Override
    public Workers of(Kind kind) {
        return pools.get(kind);
    }

    @Override
    public void execute(Runnable task) {
        urgent.execute(task);
    }

    /** Whether everything that was handed over to any of them has ended. */
    public boolean isIdle() {
        return all().allMatch(WorkerPool::isIdle);
    }

    /**
     * Waits until each of them was idle once.
     *
     * @return false when the time was up before, or the thread was interrupted
     */
    public boolean awaitIdle(long nanos) {
        long deadline = System.nanoTime() + nanos;
        try {
            for (WorkerPool pool : (Iterable<WorkerPool>) all()::iterator) {
                if (!pool.awaitIdle(deadline - System.nanoTime())) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Stream<WorkerPool> all() {
        return Stream.concat(pools.values().stream(), Stream.of(urgent));
    }

    /** As {@link WorkerPool#close}, for all. */
    @Override
    public void close() {
        all().forEach(WorkerPool::close);
    }
}
