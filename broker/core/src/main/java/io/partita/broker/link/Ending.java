package io.partita.broker.link;

/** How a connection between brokers ended. */
enum Ending {
    /** The other broker stops in order, and has said so. */
    FAREWELL,
    /** This broker stops, or has a newer connection in place of this one. */
    OURS,
    /** It broke: the other process is gone, or the way to it. */
    BROKEN,
    /** Nothing was heard of the other end for three pings. */
    SILENT,
    /** One of the two does not want the other, or sent what cannot be right. */
    REFUSED
}
