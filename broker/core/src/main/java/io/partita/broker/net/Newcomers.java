package io.partita.broker.net;

import java.util.Iterator;
import java.util.LinkedHashSet;

/**
 * The connections whose other ends have not yet said who they are. They may not take the place of those that have: when there are too many, the oldest goes, which had
 * more time than any other. Whoever means it is through in a moment. Thread-safe.
 *
 * @param <C> a connection
 */
public final class Newcomers<C> {

    private final int max;
    private final LinkedHashSet<C> waiting = new LinkedHashSet<>();

    public Newcomers(int max) {
        this.max = max;
    }

    /** One more. Returns the one that has to go for it, or {@code null}. */
    public synchronized C add(C connection) {
        waiting.add(connection);
        if (waiting.size() <= max) {
            return null;
        }
        Iterator<C> byAge = waiting.iterator();
        C oldest = byAge.next();
        byAge.remove();
        return oldest;
    }

    /** It has said who it is, or is gone. */
    public synchronized void remove(C connection) {
        waiting.remove(connection);
    }

    public synchronized int size() {
        return waiting.size();
    }
}
