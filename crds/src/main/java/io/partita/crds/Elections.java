package io.partita.crds;

import io.partita.crds.PartitionStatus.InSyncReplica;
import io.partita.crds.PartitionStatus.Leader;
import java.util.List;

/**
 * Who may lead a partition: pure functions from one stored state to the next, which the caller stores by one compare-and-set. Changes of the ISR by its
 * leader come beside them with replication.
 */
public final class Elections {

    private Elections() {}

    /** What became of a candidacy. */
    public sealed interface Outcome {

        /** The state to store. The candidate leads once it is stored, not before. */
        record Elected(PartitionStatus next) implements Outcome {}

        /** This very process leads already. */
        record Leads() implements Outcome {}

        /** The partition is not placed on this broker. */
        record NotReplica() implements Outcome {}

        /** The broker's log is not in the ISR: it may lack something that was acknowledged. */
        record NotInSync() implements Outcome {}

        /** The ISR names this broker under another log, which it no longer has. Records may be gone; if nobody else is in the ISR, a person decides. */
        record LogLost(String expectedIncarnation) implements Outcome {}
    }

    /**
     * A broker wants to lead. It must be a member of the ISR with the very log it has now; suspicion of the old leader, true or false, needs no proof.
     * A new process of the leader's broker needs a new epoch too. Before the first leader any replica may lead: nothing was acknowledged; so may one whose log does not
     * matter ({@link InSyncReplica#ANY_LOG}).
     *
     * @param minInSync min.insync.replicas: the old leader leaves the ISR only while so many remain
     * @param epochFloor highest epoch in the candidate's log, -1 for none: where the stored one is lower, as after a backup was restored, the new one is above both
     */
    public static Outcome elect(PartitionStatus stored, Leader candidate, String incarnation, int minInSync, int epochFloor) {
        if (candidate.equals(stored.leader())) {
            return new Outcome.Leads();
        }
        int broker = candidate.broker();
        if (!stored.replicas().contains(broker)) {
            return new Outcome.NotReplica();
        }
        InSyncReplica log = new InSyncReplica(broker, incarnation);
        boolean neverLed = stored.leaderEpoch() == 0 && stored.isr().isEmpty();
        if (neverLed || stored.isr().contains(new InSyncReplica(broker, InSyncReplica.ANY_LOG))) {
            return new Outcome.Elected(next(stored, candidate, List.of(log), epochFloor));
        }
        if (!stored.isr().contains(log)) {
            return stored.isr().stream()
                    .filter(member -> member.broker() == broker)
                    .findFirst()
                    .<Outcome>map(member -> new Outcome.LogLost(member.incarnation()))
                    .orElseGet(Outcome.NotInSync::new);
        }
        return new Outcome.Elected(next(stored, candidate, withoutOldLeader(stored, broker, minInSync), epochFloor));
    }

    /**
     * A broker leads although its log may lack what was acknowledged, and that is given up. For a partition that has no other replica and lost the end of its log with
     * its machine, and where somebody has said that going on is worth more (unclean.leader.election.enable).
     */
    public static Outcome electUnclean(PartitionStatus stored, Leader candidate, String incarnation, int epochFloor) {
        if (candidate.equals(stored.leader())) {
            return new Outcome.Leads();
        }
        return stored.replicas().contains(candidate.broker())
                ? new Outcome.Elected(next(stored, candidate, List.of(new InSyncReplica(candidate.broker(), incarnation)), epochFloor))
                : new Outcome.NotReplica();
    }

    /** A leader stops in order: nobody leads until the next election, which may be its own next process's. The same state when it does not lead. */
    public static PartitionStatus resign(PartitionStatus stored, Leader leader) {
        return leader.equals(stored.leader())
                ? new PartitionStatus(stored.partition(), null, stored.leaderEpoch(), stored.version() + 1, stored.replicas(), stored.isr())
                : stored;
    }

    /** An earlier process of this broker led, and its next one may not: nobody leads. The same state when another broker leads. */
    public static PartitionStatus vacate(PartitionStatus stored, int broker) {
        return stored.leader() != null && stored.leader().broker() == broker ? resign(stored, stored.leader()) : stored;
    }

    /** An ISR below min could not commit anyway, and would forget who is complete; so it then stays as it is. */
    private static List<InSyncReplica> withoutOldLeader(PartitionStatus stored, int candidate, int minInSync) {
        if (stored.leader() == null || stored.leader().broker() == candidate) {
            return stored.isr();
        }
        int oldLeader = stored.leader().broker();
        List<InSyncReplica> remaining = stored.isr().stream().filter(member -> member.broker() != oldLeader).toList();
        return remaining.size() >= minInSync ? remaining : stored.isr();
    }

    private static PartitionStatus next(PartitionStatus stored, Leader leader, List<InSyncReplica> isr, int epochFloor) {
        return new PartitionStatus(stored.partition(), leader, Math.max(stored.leaderEpoch(), epochFloor) + 1, stored.version() + 1, stored.replicas(), isr);
    }
}
