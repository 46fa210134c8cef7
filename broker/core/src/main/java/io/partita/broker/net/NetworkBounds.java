package io.partita.broker.net;

import io.partita.broker.env.MemoryBudget;

/**
 * What one client, and all together, may take, beside the memory of a {@link MemoryBudget}. Full means backpressure (the connection is not read)
 * or, where waiting cannot help, a closed connection.
 *
 * @param maxRequestBytes largest request accepted ({@code socket.request.max.bytes}); a longer one closes its connection
 * @param maxConnections connections open at once on all listeners ({@code max.connections}); further ones are closed at once
 * @param maxConnectionsPerIp the same for one client address ({@code max.connections.per.ip})
 * @param maxInFlightRequests requests of one connection that may wait for their answer before it is no longer read
 * @param maxInFlightBytes bytes of one connection's requests that may wait for their answer, and of its answers that wait behind others, before
 *     it is no longer read; one request may exceed it
 * @param idleMillis a connection without traffic for so long is closed ({@code connections.max.idle.ms})
 * @param stalledFrameMillis a connection that stops in the middle of a request for so long is closed
 * @param setupMillis a client that has not said who it is for so long is closed, where its listener asks for it
 */
public record NetworkBounds(
        int maxRequestBytes,
        int maxConnections,
        int maxConnectionsPerIp,
        int maxInFlightRequests,
        int maxInFlightBytes,
        long idleMillis,
        long stalledFrameMillis,
        long setupMillis) {

    /** With the usual time for clients to say who they are. */
    public NetworkBounds(
            int maxRequestBytes, int maxConnections, int maxConnectionsPerIp, int maxInFlightRequests, int maxInFlightBytes, long idleMillis,
            long stalledFrameMillis) {
        this(maxRequestBytes, maxConnections, maxConnectionsPerIp, maxInFlightRequests, maxInFlightBytes, idleMillis, stalledFrameMillis, 30_000);
    }

    public static final NetworkBounds DEFAULTS = new NetworkBounds(100 * 1024 * 1024, 10_000, 10_000, 100, 32 * 1024 * 1024, 600_000, 30_000);

    /** A sixth of the usual patience: where others wait for memory, whoever has some and does nothing with it for so long is closed. */
    long contestedMillis() {
        return Math.max(1, stalledFrameMillis / 6);
    }
}
