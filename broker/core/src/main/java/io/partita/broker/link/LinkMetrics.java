package io.partita.broker.link;

/**
 * The connections between this broker and the others.
 *
 * @param connections open ones that this broker made
 * @param accepted open ones that others made
 * @param outstanding fetches and calls of this broker that wait for their answer; most of them wait at the end of a log
 * @param unsent answers to others' fetches that wait to be sent
 * @param recordBytesSent bytes of records sent to followers since the start
 * @param recordBytesReceived bytes of records received from leaders since the start
 * @param breaks connections that ended without a farewell since the start
 * @param suspicions how often a broker was taken for gone since the start
 */
public record LinkMetrics(
        int connections, int accepted, int outstanding, int unsent, long recordBytesSent, long recordBytesReceived, long breaks, long suspicions) {

    /** Of a broker that is alone. */
    public static final LinkMetrics NONE = new LinkMetrics(0, 0, 0, 0, 0, 0, 0, 0);
}
