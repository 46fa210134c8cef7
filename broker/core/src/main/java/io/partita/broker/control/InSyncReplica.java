package io.partita.broker.control;

/**
 * A member of an in-sync set: a broker, and the very log that was in sync. A log that may lack something goes by another name (rule 9), so a member whose log was
 * lost is not mistaken for one that has everything.
 *
 * @param broker the broker's id, 0 or above
 * @param incarnation the name of its log
 */
public record InSyncReplica(int broker, String incarnation) {

    public InSyncReplica {
        Names.check(broker, incarnation);
    }
}
