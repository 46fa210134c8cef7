package io.partita.broker.env;

import java.util.function.Consumer;

/**
 * An event loop as one of its owned things uses it: what a task of the owner throws, a broken invariant among it, goes to the owner, which ends
 * itself and answers whoever waits for it. Nothing gets through to the loop, whose other owners go on. Callable from any thread, as the loop is.
 */
public final class OwnedLoop implements EventLoop {

    private final EventLoop loop;
    private final Consumer<Throwable> broken;

    /** @param broken told of what was thrown, on the loop; must not throw itself */
    public OwnedLoop(EventLoop loop, Consumer<Throwable> broken) {
        this.loop = loop;
        this.broken = broken;
    }

    /** Ends the owner, as something thrown by one of its tasks does. On the loop. */
    public void fail(Throwable defect) {
        broken.accept(defect);
    }

    /** Runs a task of the owner, which the caller is on the loop for. */
    public void guard(Runnable task) {
        try {
            task.run();
        } catch (Throwable defect) {
            broken.accept(defect);
        }
    }

    @Override
    public boolean inEventLoop() {
        return loop.inEventLoop();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(() -> guard(task));
    }

    @Override
    public void run(Runnable task) {
        if (loop.inEventLoop()) {
            guard(task);
        } else {
            execute(task);
        }
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        return loop.schedule(delayMillis, () -> guard(task));
    }

    @Override
    public String toString() {
        return loop.toString();
    }
}
