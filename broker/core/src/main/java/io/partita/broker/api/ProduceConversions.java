package io.partita.broker.api;

import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.Workers;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Has workers convert produced records that cannot be stored as they came, and keeps the order of their connection's requests meanwhile: those behind wait,
 * those of other connections do not. What conversions take in the heap is counted. Any thread, but for what says otherwise.
 */
final class ProduceConversions {

    private final Workers workers;
    private final MemoryPool memory;
    /** The requests that wait behind a conversion, of connections that have one. Each row is touched on its connection's event loop alone. */
    private final Map<ClientInfo, ArrayDeque<Consumer<Runnable>>> waiting = new ConcurrentHashMap<>();

    ProduceConversions(Workers workers, MemoryPool memory) {
        this.workers = workers;
        this.memory = memory;
    }

    /** Whether a request of the connection waits for a conversion, so that others have to wait behind it. On the connection's event loop. */
    boolean isBusy(ClientInfo connection) {
        return waiting.containsKey(connection);
    }

    /**
     * Gives a request its turn, at once or behind others of its connection. On the connection's event loop.
     *
     * @param turn is given what it has to run, on the loop, when the next one may have its turn
     */
    void inTurn(ClientInfo connection, Consumer<Runnable> turn) {
        ArrayDeque<Consumer<Runnable>> row = waiting.get(connection);
        if (row != null) {
            row.add(turn);
        } else {
            waiting.put(connection, new ArrayDeque<>());
            turn.accept(() -> next(connection));
        }
    }

    private void next(ClientInfo connection) {
        Consumer<Runnable> turn = waiting.get(connection).poll();
        if (turn == null) {
            waiting.remove(connection);
        } else {
            turn.accept(() -> next(connection));
        }
    }

    /** Runs a conversion on a worker, when there are so many bytes of memory for it, and tells {@code done} on the loop why it failed, or {@code null}. */
    void run(Runnable conversion, long bytes, EventLoop loop, Consumer<Throwable> done) {
        long taken = Math.min(bytes, memory.maxBytes());
        Runnable begin = () -> workers.of(Workers.Kind.LOOKUP).call(() -> {
            try {
                conversion.run();
            } finally {
                memory.give(taken);
            }
            return null;
        }, loop, (nothing, failure) -> done.accept(failure));
        if (memory.takeOrWait(new MemoryPool.Waiter(taken, begin))) {
            begin.run();
        }
    }
}
