package io.partita.broker.env;

import io.netty.util.internal.PlatformDependent;

/**
 * What clients can make a broker hold, all of them together, in shares of the memory that its process has. What is not in here is bounded by
 * something else: connections by their number, logs and metadata by what the administrator made.
 *
 * <pre>
 *   direct memory   1/2 network        buffers of requests that arrive or are served, and of answers on their way
 *   heap            1/4 requests       requests once decoded, for as long as they are served
 *                   1/4 groups         members of groups with their metadata and assignments, committed offsets
 *                   1/8 conversions    records that are turned into the formats of old clients
 *                  1/16 fetchSessions  partitions that fetch sessions remember
 * </pre>
 *
 * <p>The other half of direct memory is for what the allocator loses between buffers, for what one turn of an event loop takes and gives back, and
 * for the {@link #CONNECTION_BYTES_FREE} that every connection may have.
 *
 * @param network counts the capacities of buffers, in direct memory
 * @param requests counts what decoded requests take in the heap
 * @param groups counts what groups, their members and offsets take in the heap
 * @param conversions counts what conversions of records take in the heap
 * @param fetchSessions counts what fetch sessions take in the heap
 */
public record MemoryBudget(MemoryPool network, MemoryPool requests, MemoryPool groups, MemoryPool conversions, MemoryPool fetchSessions) {

    /** What a connection may hold of each kind without asking: enough for the requests that come most often, so that they are always served. */
    public static final int CONNECTION_BYTES_FREE = 4 * 1024;

    /** Stands for a share that was not set. */
    public static final long DERIVED = -1;

    /** All shares as they follow from what this process has. */
    public static MemoryBudget ofThisProcess() {
        return of(directBytesMax(), Runtime.getRuntime().maxMemory(), DERIVED, DERIVED, DERIVED, DERIVED);
    }

    /**
     * Shares of so much direct memory and heap. Those that are not {@link #DERIVED} are taken as given, but for {@code networkBytes}, which is
     * bounded by what follows from direct memory: what exceeds that is not there.
     */
    public static MemoryBudget of(long directBytes, long heapBytes, long networkBytes, long requestBytes, long groupBytes, long conversionBytes) {
        long network = directBytes / 2;
        return new MemoryBudget(
                new MemoryPool(networkBytes == DERIVED ? network : Math.min(network, networkBytes)),
                new MemoryPool(requestBytes == DERIVED ? heapBytes / 4 : requestBytes),
                new MemoryPool(groupBytes == DERIVED ? heapBytes / 4 : groupBytes),
                new MemoryPool(conversionBytes == DERIVED ? heapBytes / 8 : conversionBytes),
                new MemoryPool(heapBytes / 16));
    }

    /** The direct memory that the JVM gives out at most: {@code -XX:MaxDirectMemorySize}, by default as much as the heap. */
    public static long directBytesMax() {
        return PlatformDependent.maxDirectMemory();
    }

    /** The largest request that can be received: others must have some room beside it. */
    public long requestBytesMax() {
        return network.maxBytes() / 8 * 7;
    }
}
