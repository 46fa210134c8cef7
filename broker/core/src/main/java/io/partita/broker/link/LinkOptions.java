package io.partita.broker.link;

import io.partita.broker.net.SocketOptions;

/**
 * How brokers talk to each other.
 *
 * @param recordsBytesMax records in one answer ({@code replica.fetch.max.bytes}); a single batch may exceed it
 * @param heldBytesMax records received from one broker and not appended yet, beyond which it is not read ({@code replica.fetch.response.max.bytes})
 * @param frameBytesMax the largest frame that is taken: it must hold the largest batch there may be
 * @param pingMillis between two pings
 */
public record LinkOptions(int recordsBytesMax, int heldBytesMax, int frameBytesMax, int pingMillis, SocketOptions sockets) {

    /** How many pings may be missing before the other end is taken for gone. */
    public static final int PINGS_MISSED_MAX = 3;

    /** How long the other end may take for what it does at once: to take a connection, to say who it is. */
    int patienceMillis() {
        return pingMillis * PINGS_MISSED_MAX;
    }
}
