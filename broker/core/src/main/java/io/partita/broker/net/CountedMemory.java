package io.partita.broker.net;

import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.protocol.ApiKey;

/**
 * What one connection has taken from the memory that all share, for answers that wait or are on their way and for decoded requests. It is counted in
 * steps, so that the usual request does not touch what all threads share. Lives on its connection's event loop.
 */
final class CountedMemory {

    private static final long STEP_BYTES = 4 * 1024;

    private final MemoryBudget memory;
    private long networkBytes;
    private long heapBytes;

    CountedMemory(MemoryBudget memory) {
        this.memory = memory;
    }

    /** Counts what the connection holds now, as far as it is more than every connection may have. */
    void settle(long heldNetworkBytes, long heldHeapBytes) {
        networkBytes = count(memory.network(), networkBytes, heldNetworkBytes);
        heapBytes = count(memory.requests(), heapBytes, heldHeapBytes);
    }

    private static long count(MemoryPool pool, long counted, long held) {
        long wanted = held <= MemoryBudget.CONNECTION_BYTES_FREE ? 0 : (held + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
        if (wanted > counted) {
            pool.take(wanted - counted);
        } else if (wanted < counted) {
            pool.give(counted - wanted);
        }
        return wanted;
    }

    /**
     * The memory that is used up, if that keeps a request of this key from being served now; null when it does not. Who holds none is served all the
     * same where the answer is short, so that heartbeats and records get through.
     */
    MemoryPool missing(short apiKey) {
        MemoryPool usedUp = memory.network().isUsedUp() ? memory.network() : memory.requests().isUsedUp() ? memory.requests() : null;
        if (usedUp == null) {
            return null;
        }
        return networkBytes != 0 || heapBytes != 0 || !answersShortly(ApiKey.forId(apiKey)) ? usedUp : null;
    }

    private static boolean answersShortly(ApiKey key) {
        return key != null && switch (key) {
            case PRODUCE, FETCH, HEARTBEAT, FIND_COORDINATOR, OFFSET_COMMIT, SYNC_GROUP, LEAVE_GROUP, API_VERSIONS, INIT_PRODUCER_ID -> true;
            default -> false;
        };
    }

    /** Whether anything counts for answers. */
    boolean countsNetwork() {
        return networkBytes != 0;
    }

    /** Whether anything counts for requests. */
    boolean countsHeap() {
        return heapBytes != 0;
    }

    /** Gives everything back; the connection is closed. */
    void release() {
        memory.network().give(networkBytes);
        memory.requests().give(heapBytes);
        networkBytes = 0;
        heapBytes = 0;
    }
}
