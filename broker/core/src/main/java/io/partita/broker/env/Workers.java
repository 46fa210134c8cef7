package io.partita.broker.env;

import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

/**
 * Threads for what may block: fsync, reads of cold pages, deletion of files, recovery. Each {@linkplain #of kind of work} may have threads of its own.
 */
public interface Workers {

    /** What there is to do, by who waits for it and how long it may take. What is not told apart here is done beside the fsyncs that producers wait for. */
    enum Kind {
        /** Reads of cold pages for fetches and coordinators, and the opening of logs for appends. */
        READ,
        /** Look-ups by time, and conversions to the formats of old clients: reads of any length, and computing. */
        LOOKUP,
        /** Flushes that nobody waits for. */
        BACKGROUND_FLUSH,
        /** Handshakes and signatures of clients that connect: computing, of which there may be a flood. */
        HANDSHAKE,
        /** The same of other brokers, which are not to wait behind clients. */
        BROKER_HANDSHAKE,
        /** Retention, deletion of files, checkpoints: nobody waits, and there may be ten thousand of them. */
        UPKEEP
    }

    /** The threads for a kind of work; these here where it has none of its own. */
    default Workers of(Kind kind) {
        return this;
    }

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
