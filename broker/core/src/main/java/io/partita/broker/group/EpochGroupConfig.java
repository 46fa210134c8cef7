package io.partita.broker.group;

/** The settings that all groups have whose coordinator assigns. */
public interface EpochGroupConfig {

    /** A group with fewer members than asked for is heard from this often in all; each member costs one more heartbeat in so much time. */
    int MEMBER_MILLIS = 20;
    /** Nobody is asked to come more often, and no answer is held for longer. */
    int INTERVAL_MILLIS_MIN = 1_000;

    /** After what silence a member is out. */
    int sessionTimeoutMillis();

    /** The longest time between two heartbeats. */
    int heartbeatIntervalMillis();

    /** Whether that is asked of small groups too; otherwise they are asked more often, and learn of changes sooner. */
    boolean heartbeatsAsSet();

    /** Members a group may have. */
    int maxSize();

    /**
     * Members of small groups are asked to come more often than set, unless a group was set to something itself: their answers can then be held for all of the
     * time in between, and still nobody who wants to leave waits for long.
     *
     * @param size the group's members
     */
    default int intervalMillis(GroupConfig config, int size) {
        if (heartbeatsAsSet() || config.heartbeatHoldMaxMillis() == 0) {
            return heartbeatIntervalMillis();
        }
        return (int) Math.min(heartbeatIntervalMillis(), Math.max(INTERVAL_MILLIS_MIN, (long) MEMBER_MILLIS * size));
    }

    /** How long the answer to a heartbeat may be held whose member is out after {@code sessionMillis}. */
    static int holdMillis(GroupConfig config, int sessionMillis) {
        return Math.min(Math.min(config.heartbeatHoldMaxMillis(), sessionMillis / 3), INTERVAL_MILLIS_MIN);
    }
}
