package io.partita.broker.group;

import io.partita.broker.group.share.ShareStates;

/**
 * Settings of share groups that concern their members, named after Kafka's.
 *
 * @param sessionTimeoutMillis {@code group.share.session.timeout.ms}: after what silence a member is out
 * @param heartbeatIntervalMillis {@code group.share.heartbeat.interval.ms}: the longest time between two heartbeats
 * @param heartbeatsAsSet whether that is asked of small groups too; otherwise they are asked more often, and learn of changes sooner
 * @param maxSize {@code group.share.max.size}: members a group may have
 * @param reset {@code share.auto.offset.reset}
 */
public record ShareGroupConfig(int sessionTimeoutMillis, int heartbeatIntervalMillis, boolean heartbeatsAsSet, int maxSize,
        Reset reset) implements EpochGroupConfig {

    /** Kafka's defaults. */
    public static final ShareGroupConfig DEFAULTS = new ShareGroupConfig(45_000, 5_000, false, 200, new Reset(false, -1));

    /**
     * Where a group begins with a partition that it has not read before.
     *
     * @param backMillis how far back it begins, −1 for not at all
     */
    public record Reset(boolean earliest, long backMillis) {

        /** @param nowMillis the time by the wall clock */
        public ShareStates.From from(long nowMillis) {
            if (earliest) {
                return new ShareStates.From.Earliest();
            }
            return backMillis >= 0 ? new ShareStates.From.Since(Math.max(0, nowMillis - backMillis)) : new ShareStates.From.Latest();
        }
    }

    public ShareGroupConfig withReset(Reset other) {
        return new ShareGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, maxSize, other);
    }

    public ShareGroupConfig withMaxSize(int members) {
        return new ShareGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, members, reset);
    }
}
