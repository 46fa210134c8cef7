package io.partita.broker.transaction;

/**
 * The coordinator's settings.
 *
 * @param maxTimeoutMillis the longest timeout a producer may ask for ({@code transaction.max.timeout.ms})
 * @param idExpirationMillis ids without a transaction that nothing was heard of for so long are forgotten ({@code transactional.id.expiration.ms})
 * @param idExpirationCheckMillis how often that is looked at ({@code transaction.remove.expired.transaction.cleanup.interval.ms})
 * @param writeTimeoutMillis how long a record may wait for the replicas before who asked is told to try again
 */
public record TransactionConfig(int maxTimeoutMillis, long idExpirationMillis, long idExpirationCheckMillis, long writeTimeoutMillis) {

    /** Kafka's defaults. */
    public static final TransactionConfig DEFAULTS = new TransactionConfig(900_000, 604_800_000, 3_600_000, 5_000);
}
