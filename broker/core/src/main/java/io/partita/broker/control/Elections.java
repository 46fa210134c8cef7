package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;

import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Decision.Refusal;
import io.partita.broker.control.Decision.Refused;
import java.util.List;

/**
 * Who may lead. A suspicion of the old leader, true or false, needs no proof: whoever is elected is in sync, and the old leader cannot commit once enough of the
 * in-sync set have heard of the new epoch.
 */
public final class Elections {

    private Elections() {}

    /**
     * A process stands for election. Its log must be the one that is in sync, by name. Before the first leader any replica may lead, and where a partition begins anew any that it
     * begins with.
     *
     * @param incarnation the name of the candidate's log as it is now
     * @param seenEpoch the highest epoch that its log or its disk knows of, -1 for none; a stored one below it comes from a backup, and the new one is above both
     */
    public static Decision elect(PartitionState stored, BrokerProcess candidate, String incarnation, int seenEpoch) {
        if (stored.isLedBy(candidate)) {
            return refused(Refusal.NOTHING_TO_DO);
        }
        int broker = candidate.broker();
        if (!stored.replicas().contains(broker)) {
            return refused(Refusal.NOT_A_REPLICA);
        }
        InSyncReplica log = new InSyncReplica(broker, incarnation);
        int epoch = Math.max(stored.epoch(), seenEpoch) + 1;
        InSyncReplica member = stored.member(broker);
        if (stored.isUntouched() || member != null && member.isAnyLog()) {
            return new Granted(stored.withLeader(candidate, epoch, List.of(log)));
        }
        if (!log.equals(member)) {
            return refused(member == null ? Refusal.NOT_IN_SYNC : Refusal.LOG_LOST);
        }
        return new Granted(stored.withLeader(candidate, epoch, withoutOldLeader(stored, broker)));
    }

    /**
     * Anybody elects a member of the in-sync set, without asking it (rule 16). The name of its log is left as the set has it: whether it still has that log only
     * it can tell (rule 17).
     *
     * @param elected the process last heard of that broker; when it is an older one, nobody leads until its present process or a survivor that knows it elects anew
     */
    public static Decision electOnBehalf(PartitionState stored, BrokerProcess elected) {
        return stored.isLedBy(elected) ? refused(Refusal.NOTHING_TO_DO) : lead(stored, elected, withoutOldLeader(stored, elected.broker()));
    }

    /** A leader that stops in order, or is not the preferred one, names its successor. It has everything, so it stays in sync. */
    public static Decision handOver(PartitionState stored, BrokerProcess leader, BrokerProcess successor) {
        if (!stored.isLedBy(leader)) {
            return refused(Refusal.NOT_THE_LEADER);
        }
        return leader.broker() == successor.broker() ? refused(Refusal.NOTHING_TO_DO) : lead(stored, successor, stored.isr());
    }

    private static Decision lead(PartitionState stored, BrokerProcess next, List<InSyncReplica> isr) {
        InSyncReplica member = stored.member(next.broker());
        if (member == null || member.isAnyLog()) {
            // Which log it is to be only the broker can say.
            return refused(stored.replicas().contains(next.broker()) ? Refusal.NOT_IN_SYNC : Refusal.NOT_A_REPLICA);
        }
        return new Granted(stored.withLeader(next, stored.epoch() + 1, isr));
    }

    /**
     * A replica leads although it may lack what was acknowledged, and that is given up, because somebody has said so (unclean.leader.election.enable, or an
     * election asked for by hand). The others come back by catching up with it (rule 24). Who is in sync is elected in the clean way.
     */
    public static Decision electUnclean(PartitionState stored, BrokerProcess candidate, String incarnation, int seenEpoch) {
        Decision clean = elect(stored, candidate, incarnation, seenEpoch);
        boolean mayLack = clean instanceof Refused(Refusal why) && (why == Refusal.NOT_IN_SYNC || why == Refusal.LOG_LOST);
        if (!mayLack) {
            return clean;
        }
        int epoch = Math.max(stored.epoch(), seenEpoch) + 1;
        return new Granted(new PartitionState(stored.replicas(), candidate, epoch, stored.version() + 1,
                List.of(new InSyncReplica(candidate.broker(), incarnation)), stored.minInSync(), epoch, stored.reassignment()));
    }

    /** A leader stops, and there is nobody to hand over to: nobody leads, and the in-sync set stays as it is. */
    public static Decision resign(PartitionState stored, BrokerProcess leader) {
        return stored.isLedBy(leader)
                ? new Granted(stored.withLeader(null, stored.epoch(), stored.isr()))
                : refused(Refusal.NOT_THE_LEADER);
    }

    /** The old leader leaves, but an in-sync set below the minimum could not commit anyway and would forget who is complete; so it then stays. */
    private static List<InSyncReplica> withoutOldLeader(PartitionState stored, int next) {
        if (stored.leader() == null || stored.leader().broker() == next) {
            return stored.isr();
        }
        List<InSyncReplica> remaining = stored.isrWithout(stored.leader().broker());
        return remaining.size() >= stored.effectiveMin() ? remaining : stored.isr();
    }
}
