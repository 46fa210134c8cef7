package io.partita.broker.env;

import io.partita.broker.Invariant;
import java.util.concurrent.Executor;

/**
 * One thread that runs tasks in the order they were handed over. Whatever is owned by an event loop is touched on that loop alone and needs
 * no lock. Tasks must not block: what may block goes to {@link Workers} and comes back as a task.
 */
public interface EventLoop extends Executor {

    /** Whether the calling thread is this loop's. */
    boolean inEventLoop();

    /** Runs {@code task} on this loop after everything handed over before it. Callable from any thread. */
    @Override
    void execute(Runnable task);

    /** Runs {@code task} on this loop once {@code delayMillis} have passed. Callable from any thread. */
    Timer schedule(long delayMillis, Runnable task);

    /** Runs {@code task} at once when already on this loop, else hands it over. */
    default void run(Runnable task) {
        if (inEventLoop()) {
            task.run();
        } else {
            execute(task);
        }
    }

    /** The guard public methods of owned classes open with. */
    default void check() {
        Invariant.check(inEventLoop(), "called off its owner's event loop");
    }

    /** A task that has not run yet. */
    interface Timer {
        /** Keeps the task from running if it has not begun. Idempotent. */
        void cancel();
    }
}
