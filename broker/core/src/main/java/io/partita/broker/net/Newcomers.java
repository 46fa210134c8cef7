package io.partita.broker.net;

import java.util.Iterator;
import java.util.LinkedHashSet;

/**
 * The connections whose clients have not yet said who they are. They may not take the place of those that have: when there are too many, the oldest goes, which had
 * more time than any other. Whoever means it is through in a moment. Thread-safe.
 */
final class Newcomers {

    private final int max;
    private final LinkedHashSet<Connection> waiting = new LinkedHashSet<>();

    Newcomers(int max) {
        this.max = max;
    }

    /** One more. Returns the one that has to go for it, or {@code null}. */
    synchronized Connection add(Connection connection) {
        waiting.add(connection);
        if (waiting.size() <= max) {
            return null;
        }
        Iterator<Connection> byAge = waiting.iterator();
        Connection oldest = byAge.next();
        byAge.remove();
        return oldest;
    }

    /** It has said who it is, or is gone. */
    synchronized void remove(Connection connection) {
        waiting.remove(connection);
    }
}
