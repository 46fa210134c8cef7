package io.partita.broker.env;

import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

/** Threads for what may block: fsync, reads of cold pages, deletion of files, recovery, compaction. */
public interface Workers {

    /** Runs {@code task} on a worker thread. Tasks of one pool may run side by side. */
    void execute(Runnable task);

    /**
     * Runs {@code task} on a worker thread and hands its outcome back to {@code loop}: {@code done.accept(value, null)} or
     * {@code done.accept(null, failure)}.
     */
    default <T> void call(Callable<T> task, EventLoop loop, BiConsumer<T, Throwable> done) {
        execute(() -> {
            T value;
            try {
                value = task.call();
            } catch (Throwable failure) {
                loop.execute(() -> done.accept(null, failure));
                return;
            }
            loop.execute(() -> done.accept(value, null));
        });
    }
}
