package io.partita.broker.group;

/**
 * Settings of groups of the consumer protocol, named after Kafka's.
 *
 * @param sessionTimeoutMillis {@code group.consumer.session.timeout.ms}: after what silence a member is out
 * @param heartbeatIntervalMillis {@code group.consumer.heartbeat.interval.ms}: the longest time between two heartbeats
 * @param heartbeatsAsSet whether that is asked of small groups too; otherwise they are asked more often, and learn of changes sooner
 * @param maxSize {@code group.consumer.max.size}: members a group may have
 * @param migration {@code group.consumer.migration.policy}
 */
public record ConsumerGroupConfig(int sessionTimeoutMillis, int heartbeatIntervalMillis, boolean heartbeatsAsSet, int maxSize,
        Migration migration) implements EpochGroupConfig {

    /** Kafka's defaults. */
    public static final ConsumerGroupConfig DEFAULTS = new ConsumerGroupConfig(45_000, 5_000, false, Integer.MAX_VALUE, Migration.BIDIRECTIONAL);

    /** Which groups go over to another protocol while they have members. */
    public enum Migration {
        BIDIRECTIONAL(true, true),
        UPGRADE(true, false),
        DOWNGRADE(false, true),
        DISABLED(false, false);

        private final boolean upgrades;
        private final boolean downgrades;

        Migration(boolean upgrades, boolean downgrades) {
            this.upgrades = upgrades;
            this.downgrades = downgrades;
        }

        /** A classic group whose members are consumers, when one joins that speaks the consumer protocol. */
        public boolean upgrades() {
            return upgrades;
        }

        /** A consumer group, when the last one leaves that speaks the consumer protocol. */
        public boolean downgrades() {
            return downgrades;
        }
    }

    /** With settings that a group has of its own, null for none. */
    public ConsumerGroupConfig with(Integer ownSessionTimeoutMillis, Integer ownHeartbeatIntervalMillis) {
        return new ConsumerGroupConfig(ownSessionTimeoutMillis == null ? sessionTimeoutMillis : ownSessionTimeoutMillis,
                ownHeartbeatIntervalMillis == null ? heartbeatIntervalMillis : ownHeartbeatIntervalMillis,
                heartbeatsAsSet || ownHeartbeatIntervalMillis != null, maxSize, migration);
    }

    public ConsumerGroupConfig withMaxSize(int members) {
        return new ConsumerGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, members, migration);
    }

    public ConsumerGroupConfig withMigration(Migration policy) {
        return new ConsumerGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, maxSize, policy);
    }
}
