package io.partita.broker.share.state;

/**
 * Settings of the share coordinator, named after Kafka's.
 *
 * @param updatesPerSnapshot {@code share.coordinator.snapshot.update.records.per.snapshot}
 * @param writeTimeoutMillis {@code share.coordinator.write.timeout.ms}
 * @param pruneMillis {@code share.coordinator.state.topic.prune.interval.ms}
 */
public record ShareStateConfig(int updatesPerSnapshot, long writeTimeoutMillis, long pruneMillis) {

    /** Kafka's defaults. */
    public static final ShareStateConfig DEFAULTS = new ShareStateConfig(500, 5_000, 300_000);
}
