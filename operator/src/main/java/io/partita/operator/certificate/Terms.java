package io.partita.operator.certificate;

import java.time.Duration;

/**
 * How long things last.
 *
 * @param authority how long an authority is good
 * @param succeeded so long before its end its successor is made
 * @param published so long a successor has been there to be trusted before it issues anything: for those of whom nobody knows whether they trust it
 * @param kept so long an authority is trusted after its successor has issued: for those of whom nobody knows whether they show what that one issued
 * @param issued how long is good what an authority issues
 * @param renewed so long before its end it is issued anew
 */
public record Terms(Duration authority, Duration succeeded, Duration published, Duration kept, Duration issued, Duration renewed) {

    /**
     * Of the authority of brokers. Their clients take it from its Secret, some of them only when they start, so they get a quarter of a year; brokers say themselves what they show, so the one
     * before is kept for nobody.
     */
    public static final Terms OF_BROKERS = new Terms(Duration.ofDays(1095), Duration.ofDays(180), Duration.ofDays(90), Duration.ZERO, Duration.ofDays(90),
            Duration.ofDays(30));

    /** Of the authority of clients. Brokers alone trust it, and say so; clients get a quarter of a year to take what the new one has issued. */
    public static final Terms OF_CLIENTS = new Terms(Duration.ofDays(1095), Duration.ofDays(180), Duration.ZERO, Duration.ofDays(90), Duration.ofDays(365),
            Duration.ofDays(90));

    /** Whoever still waits when an authority has no longer than this waits no more for brokers that are away. */
    public static final Duration URGENT = Duration.ofDays(14);
}
