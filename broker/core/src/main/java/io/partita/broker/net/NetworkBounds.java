package io.partita.broker.net;

/**
 * What one client, and all together, may take. Full means backpressure (the connection is not read) or, where waiting cannot help, a closed
 * connection.
 *
 * @param maxRequestBytes largest request accepted ({@code socket.request.max.bytes}); a longer one closes its connection
 * @param maxConnections connections open at once ({@code max.connections}); further ones are closed at once
 * @param maxConnectionsPerIp the same for one client address ({@code max.connections.per.ip})
 * @param maxQueuedRequestBytes memory of all large requests being received or served ({@code queued.max.request.bytes}); when it is used
 *     up, connections wait before they start to receive a large request
 * @param maxInFlightRequests requests of one connection that may wait for their answer before it is no longer read
 * @param maxInFlightBytes bytes of one connection's requests that may wait for their answer before it is no longer read; one request may exceed it
 * @param idleMillis a connection without traffic for so long is closed ({@code connections.max.idle.ms})
 * @param stalledFrameMillis a connection that stops in the middle of a request for so long is closed
 */
public record NetworkBounds(
        int maxRequestBytes,
        int maxConnections,
        int maxConnectionsPerIp,
        long maxQueuedRequestBytes,
        int maxInFlightRequests,
        int maxInFlightBytes,
        long idleMillis,
        long stalledFrameMillis) {

    /** A request up to this size is received without reserving memory: its buffer is about what any connection needs to be read at all. */
    static final int SMALL_REQUEST_BYTES = 64 * 1024;

    public static final NetworkBounds DEFAULTS = new NetworkBounds(100 * 1024 * 1024, 10_000, 10_000, 256L * 1024 * 1024, 100, 32 * 1024 * 1024, 600_000,
            30_000);
}
