package io.partita.broker.control;

/**
 * A member of an in-sync set: a broker, and the very log that was in sync. A log that may lack something goes by another name (rule 9), so a member whose log was
 * lost is not mistaken for one that has everything.
 *
 * @param broker the broker's id, 0 or above
 * @param incarnation the name of its log
 */
public record InSyncReplica(int broker, String incarnation) {

    /** In place of the name of a log: any will do, because the records are gone or given up. No log has this name. */
    public static final String ANY_LOG = "any";

    public InSyncReplica {
        Names.check(broker, incarnation);
    }

    /** Whether whatever log the broker has will do. */
    public boolean isAnyLog() {
        return incarnation.equals(ANY_LOG);
    }
}
