package io.partita.broker.env;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Workers} that are threads. They are few, because what they do is wait for a disk, and they end when there is nothing to do. The queue has
 * no bound of its own: each log, fetch and request hands over one task at a time, and these are bounded where they begin.
 */
public final class WorkerPool implements Workers, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

    private static final long IDLE_SECONDS = 10;
    private static final long STOP_SECONDS = 10;

    private final ThreadPoolExecutor threads;
    /** What was handed over and has not ended. Guarded by this. */
    private int underWay;

    public WorkerPool(String name, int size) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        count(1);
        try {
            threads.execute(() -> {
                try {
                    task.run();
                } catch (Throwable defect) {
                    LOG.error("A background task failed. This is a defect of the broker; please report it.", defect);
                } finally {
                    count(-1);
                }
            });
        } catch (RejectedExecutionException closed) {
            count(-1);
            throw closed;
        }
    }

    private synchronized void count(int more) {
        underWay += more;
        if (underWay == 0) {
            notifyAll();
        }
    }

    /** Whether everything that was handed over has ended. */
    synchronized boolean isIdle() {
        return underWay == 0;
    }

    /**
     * Waits until it is idle.
     *
     * @return false when the time was up before
     */
    synchronized boolean awaitIdle(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (underWay > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** Lets what was handed over finish, within bounds; takes nothing more. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("Background tasks did not end within {} s and are left behind", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
