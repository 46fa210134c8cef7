package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;

import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Decision.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Who is in sync. What the leader must know before it asks (how far a follower's fetches have come) is its own affair; here is what the stored state allows. A
 * smaller set counts once it is stored (rule 2), an added member from the moment of asking (rule 3).
 */
public final class InSyncSets {

    private InSyncSets() {}

    /**
     * The leader takes a replica in.
     *
     * @param incarnation the name of the log whose fetches have caught up, as they carried it (rule 10)
     */
    public static Decision add(PartitionState stored, BrokerProcess leader, int broker, String incarnation) {
        if (!stored.isLedBy(leader)) {
            return refused(Refusal.NOT_THE_LEADER);
        }
        if (!stored.replicas().contains(broker)) {
            return refused(Refusal.NOT_A_REPLICA);
        }
        if (stored.isInSync(broker)) {
            return refused(Refusal.NOTHING_TO_DO);
        }
        List<InSyncReplica> isr = new ArrayList<>(stored.isr());
        isr.add(new InSyncReplica(broker, incarnation));
        isr.sort(Comparator.comparingInt(member -> stored.replicas().indexOf(member.broker())));
        return new Granted(stored.withIsr(isr));
    }

    /**
     * The leader takes a follower out that does not keep up.
     *
     * @param logGone whether it fetches under another name than the set has: what was vouched for no longer exists, and the minimum does not keep it in
     */
    public static Decision remove(PartitionState stored, BrokerProcess leader, int broker, boolean logGone) {
        return stored.isLedBy(leader) ? drop(stored, broker, logGone) : refused(Refusal.NOT_THE_LEADER);
    }

    /** Anybody takes a dead follower out, in the epoch there is. */
    public static Decision dropOnBehalf(PartitionState stored, int broker) {
        return drop(stored, broker, false);
    }

    private static Decision drop(PartitionState stored, int broker, boolean evenBelowMin) {
        if (!stored.isInSync(broker)) {
            return refused(Refusal.NOTHING_TO_DO);
        }
        if (stored.leader() != null && stored.leader().broker() == broker) {
            return refused(Refusal.IS_THE_LEADER);
        }
        List<InSyncReplica> remaining = stored.isrWithout(broker);
        if (remaining.isEmpty()) {
            return refused(Refusal.LAST_IN_SYNC);
        }
        return remaining.size() < stored.effectiveMin() && !evenBelowMin ? refused(Refusal.BELOW_MIN) : new Granted(stored.withIsr(remaining));
    }

    /**
     * A broker whose log was lost says so: the set names it under a log that it no longer has. It leaves even below the minimum, because nobody may wait for that
     * log, and leads no more if it was the leader. The last member stays named: it is known then whose disk has what was acknowledged.
     */
    public static Decision dropLost(PartitionState stored, int broker, String incarnation) {
        InSyncReplica member = stored.member(broker);
        if (member == null || member.isAnyLog() || member.incarnation().equals(incarnation)) {
            return refused(Refusal.NOTHING_TO_DO);
        }
        List<InSyncReplica> remaining = stored.isrWithout(broker);
        return remaining.isEmpty() ? refused(Refusal.LAST_IN_SYNC) : new Granted(stored.withIsr(remaining));
    }
}
