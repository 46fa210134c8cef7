package io.partita.broker.group;

import io.partita.broker.config.InvalidConfigException;

/**
 * Settings of the group coordinator, named after Kafka's.
 *
 * @param minSessionTimeoutMillis {@code group.min.session.timeout.ms}
 * @param maxSessionTimeoutMillis {@code group.max.session.timeout.ms}
 * @param initialRebalanceDelayMillis {@code group.initial.rebalance.delay.ms}: how long an empty group waits for more members after its first
 * @param maxSize {@code group.max.size}: members a group may have
 * @param offsetMetadataMaxLength {@code offset.metadata.max.bytes}: characters of metadata beside a committed offset
 * @param offsetsRetentionMillis {@code offsets.retention.minutes}: how long offsets of a group outlive it, or their commit
 * @param offsetsRetentionCheckMillis {@code offsets.retention.check.interval.ms}
 * @param writeTimeoutMillis {@code offsets.commit.timeout.ms}: how long a request waits for its records to be committed by the log
 * @param heartbeatHoldMaxMillis the longest that the answer to a heartbeat is held back while nothing changes; 0 holds none
 * @param consumer of groups of the consumer protocol
 */
public record GroupConfig(
        int minSessionTimeoutMillis,
        int maxSessionTimeoutMillis,
        int initialRebalanceDelayMillis,
        int maxSize,
        int offsetMetadataMaxLength,
        long offsetsRetentionMillis,
        long offsetsRetentionCheckMillis,
        long writeTimeoutMillis,
        int heartbeatHoldMaxMillis,
        ConsumerGroupConfig consumer) {

    /** Kafka's defaults, and ours for {@code heartbeatHoldMaxMillis}. */
    public static final GroupConfig DEFAULTS = new GroupConfig(6_000, 1_800_000, 3_000, Integer.MAX_VALUE, 4_096, 7L * 24 * 60 * 60_000, 600_000, 5_000, 4_000,
            ConsumerGroupConfig.DEFAULTS);

    /** Throws {@link InvalidConfigException} when the bounds of session timeouts exclude each other; all else is checked one by one before. */
    public GroupConfig {
        if (minSessionTimeoutMillis > maxSessionTimeoutMillis) {
            throw new InvalidConfigException("group.min.session.timeout.ms is " + minSessionTimeoutMillis
                    + ", above group.max.session.timeout.ms, which is " + maxSessionTimeoutMillis + ": no member could join. Lower one or raise the other.");
        }
    }

    public GroupConfig withInitialRebalanceDelayMillis(int millis) {
        return new GroupConfig(minSessionTimeoutMillis, maxSessionTimeoutMillis, millis, maxSize, offsetMetadataMaxLength, offsetsRetentionMillis,
                offsetsRetentionCheckMillis, writeTimeoutMillis, heartbeatHoldMaxMillis, consumer);
    }

    public GroupConfig withMaxSize(int members) {
        return new GroupConfig(minSessionTimeoutMillis, maxSessionTimeoutMillis, initialRebalanceDelayMillis, members, offsetMetadataMaxLength,
                offsetsRetentionMillis, offsetsRetentionCheckMillis, writeTimeoutMillis, heartbeatHoldMaxMillis, consumer);
    }

    public GroupConfig withHeartbeatHoldMaxMillis(int millis) {
        return new GroupConfig(minSessionTimeoutMillis, maxSessionTimeoutMillis, initialRebalanceDelayMillis, maxSize, offsetMetadataMaxLength,
                offsetsRetentionMillis, offsetsRetentionCheckMillis, writeTimeoutMillis, millis, consumer);
    }

    public GroupConfig withConsumer(ConsumerGroupConfig config) {
        return new GroupConfig(minSessionTimeoutMillis, maxSessionTimeoutMillis, initialRebalanceDelayMillis, maxSize, offsetMetadataMaxLength,
                offsetsRetentionMillis, offsetsRetentionCheckMillis, writeTimeoutMillis, heartbeatHoldMaxMillis, config);
    }
}
