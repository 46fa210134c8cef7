package io.partita.broker.group;

/**
 * Settings of groups of the Streams protocol, named after Kafka's.
 *
 * @param sessionTimeoutMillis {@code group.streams.session.timeout.ms}: after what silence a member is out
 * @param heartbeatIntervalMillis {@code group.streams.heartbeat.interval.ms}: the longest time between two heartbeats
 * @param heartbeatsAsSet whether that is asked of small groups too; otherwise they are asked more often, and learn of changes sooner
 * @param maxSize {@code group.streams.max.size}: members a group may have
 * @param initialDelayMillis {@code group.streams.initial.rebalance.delay.ms}: how long an empty group waits for more members after its first
 * @param standbys {@code group.streams.num.standby.replicas}: copies of each task's state
 * @param warmups {@code group.streams.num.warmup.replicas}: tasks that are prepared elsewhere at a time before they move there; 0 moves them at once
 * @param acceptableLag {@code group.streams.acceptable.recovery.lag}: records that may be missing in a copy of state that a task moves to
 * @param taskOffsetIntervalMillis {@code group.streams.task.offset.interval.ms}: how often members say how far their copies are
 */
public record StreamsGroupConfig(
        int sessionTimeoutMillis,
        int heartbeatIntervalMillis,
        boolean heartbeatsAsSet,
        int maxSize,
        int initialDelayMillis,
        int standbys,
        int warmups,
        long acceptableLag,
        int taskOffsetIntervalMillis) implements EpochGroupConfig {

    /** Kafka's defaults. */
    public static final StreamsGroupConfig DEFAULTS = new StreamsGroupConfig(45_000, 5_000, false, Integer.MAX_VALUE, 3_000, 0, 2, 10_000, 60_000);

    public StreamsGroupConfig withInitialDelayMillis(int millis) {
        return new StreamsGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, maxSize, millis, standbys, warmups, acceptableLag,
                taskOffsetIntervalMillis);
    }

    public StreamsGroupConfig withStandbys(int copies) {
        return new StreamsGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, maxSize, initialDelayMillis, copies, warmups,
                acceptableLag, taskOffsetIntervalMillis);
    }

    public StreamsGroupConfig withWarmups(int tasks) {
        return new StreamsGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, maxSize, initialDelayMillis, standbys, tasks,
                acceptableLag, taskOffsetIntervalMillis);
    }

    public StreamsGroupConfig withMaxSize(int members) {
        return new StreamsGroupConfig(sessionTimeoutMillis, heartbeatIntervalMillis, heartbeatsAsSet, members, initialDelayMillis, standbys, warmups,
                acceptableLag, taskOffsetIntervalMillis);
    }
}
