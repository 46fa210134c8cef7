package io.partita.broker.api.fetch;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** The fetch sessions of all clients, bounded in number. Thread-safe. */
final class FetchSessions {

    /** A session unused for so long gives its place to a new one: Kafka's {@code min.incremental.fetch.session.eviction.ms}. */
    static final long EVICTABLE_AFTER_MILLIS = 120_000;

    private final ConcurrentHashMap<Integer, FetchSession> sessions = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Entropy entropy;
    private final int sessionsMax;

    FetchSessions(Clock clock, Entropy entropy, int sessionsMax) {
        this.clock = clock;
        this.entropy = entropy;
        this.sessionsMax = sessionsMax;
    }

    /** Opens a session for {@code partitions}, or returns null when there is no place: the client then goes on without one. */
    FetchSession open(boolean usesTopicIds, List<FetchPartition> partitions) {
        long now = clock.monotonicMillis();
        if (sessions.size() >= sessionsMax && !evictOne(now)) {
            return null;
        }
        while (true) {
            int id = (int) (entropy.nextLong() & Integer.MAX_VALUE);
            FetchSession session = new FetchSession(id, usesTopicIds, partitions, now);
            if (id != 0 && sessions.putIfAbsent(id, session) == null) {
                return session;
            }
        }
    }

    private boolean evictOne(long now) {
        FetchSession stalest = null;
        for (FetchSession session : sessions.values()) {
            if (stalest == null || session.lastUsedMillis() < stalest.lastUsedMillis()) {
                stalest = session;
            }
        }
        return stalest != null && now - stalest.lastUsedMillis() >= EVICTABLE_AFTER_MILLIS && sessions.remove(stalest.id, stalest);
    }

    FetchSession find(int id) {
        return sessions.get(id);
    }

    void close(int id) {
        sessions.remove(id);
    }

    int count() {
        return sessions.size();
    }
}
