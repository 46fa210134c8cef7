package io.partita.broker.api.fetch;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryPool;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** The fetch sessions of all clients, bounded in number and in the memory that they take: clients beyond that go on without a session. Thread-safe. */
final class FetchSessions {

    /** A session unused for so long gives its place to a new one: Kafka's {@code min.incremental.fetch.session.eviction.ms}. */
    static final long EVICTABLE_AFTER_MILLIS = 120_000;

    private final ConcurrentHashMap<Integer, FetchSession> sessions = new ConcurrentHashMap<>();
    private final Clock clock;
    private final Entropy entropy;
    private final int sessionsMax;
    private final MemoryPool memory;

    FetchSessions(Clock clock, Entropy entropy, int sessionsMax, MemoryPool memory) {
        this.memory = memory;
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
                return count(session) ? session : null;
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
        return stalest != null && now - stalest.lastUsedMillis() >= EVICTABLE_AFTER_MILLIS && remove(stalest);
    }

    FetchSession find(int id) {
        return sessions.get(id);
    }

    void close(int id) {
        FetchSession session = sessions.get(id);
        if (session != null) {
            remove(session);
        }
    }

    private synchronized boolean remove(FetchSession session) {
        boolean removed = sessions.remove(session.id, session);
        if (removed) {
            memory.give(session.counted);
        }
        return removed;
    }

    /** To be called by a session's owner when the session has grown or shrunk. False when that is too much for all: the session is gone then. */
    boolean count(FetchSession session) {
        long now = session.bytes();
        if (now == session.counted) {
            return true;
        }
        synchronized (this) {
            if (sessions.get(session.id) != session) {
                return true;
            }
            long more = now - session.counted;
            if (more > 0 && !memory.hasRoomFor(more)) {
                return !remove(session);
            }
            memory.take(Math.max(0, more));
            memory.give(Math.max(0, -more));
            session.counted = now;
            return true;
        }
    }

    int count() {
        return sessions.size();
    }
}
