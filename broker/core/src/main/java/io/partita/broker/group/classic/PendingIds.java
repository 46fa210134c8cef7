package io.partita.broker.group.classic;

import io.partita.broker.env.EventLoop;
import io.partita.broker.group.GroupMemory;
import java.util.HashMap;
import java.util.Map;

/** Ids of one group given to clients that have not come back with them, and the timers that take them away again (KIP-394). */
final class PendingIds {

    /** About what an id that was given out takes. */
    private static final long PENDING_BYTES = 400;

    private final GroupMemory memory;
    private final Map<String, EventLoop.Timer> expiries = new HashMap<>();

    PendingIds(GroupMemory memory) {
        this.memory = memory;
    }

    boolean contains(String memberId) {
        return expiries.containsKey(memberId);
    }

    int count() {
        return expiries.size();
    }

    /** An id was given out; {@code expiry} takes it away again. */
    void add(String memberId, EventLoop.Timer expiry) {
        memory.hold(PENDING_BYTES);
        expiries.put(memberId, expiry);
    }

    /** Its client is back, or will not come. */
    void forget(String memberId) {
        EventLoop.Timer expiry = expiries.remove(memberId);
        if (expiry != null) {
            expiry.cancel();
            memory.hold(-PENDING_BYTES);
        }
    }

    void close() {
        expiries.values().forEach(EventLoop.Timer::cancel);
        expiries.clear();
    }
}
