package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;

import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Decision.Refusal;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the replicas are. A move adds a replica, waits until its leader has taken it into the in-sync set, then removes another; each step is one write that is
 * guarded by the version it was worked out from (rule 20), so it can be broken off and taken up by anybody between two steps.
 */
public final class Reassignments {

    private Reassignments() {}

    /**
     * Another broker is to hold the partition. The epoch rises, though the leader stays: within an epoch a broker only ever stops being a replica, so no word of an
     * earlier time as a replica is taken for one of now (rule 21).
     */
    public static Decision addReplica(PartitionState stored, int broker) {
        if (stored.replicas().contains(broker)) {
            return refused(Refusal.NOTHING_TO_DO);
        }
        List<Integer> replicas = new ArrayList<>(stored.replicas());
        replicas.add(broker);
        int epoch = stored.isUntouched() ? 0 : stored.epoch() + 1;
        return new Granted(new PartitionState(replicas, stored.leader(), epoch, stored.version() + 1, stored.isr(), stored.minInSync(), stored.uncleanEpoch(),
                stored.reassignment()));
    }

    /**
     * A broker is to hold the partition no more. It leaves replicas and in-sync set in one write, and the minimum must stay in sync (rule 19); it deletes its log
     * when it sees that state, or a later one without it (rule 22).
     *
     * @param successor leads instead, if the broker leads: the process last heard of another member of the in-sync set; {@code null} for nobody
     */
    public static Decision removeReplica(PartitionState stored, int broker, BrokerProcess successor) {
        if (!stored.replicas().contains(broker)) {
            return refused(Refusal.NOTHING_TO_DO);
        }
        List<Integer> replicas = stored.replicas().stream().filter(replica -> replica != broker).toList();
        List<InSyncReplica> isr = stored.isrWithout(broker);
        if (replicas.isEmpty() || isr.isEmpty() && !stored.isUntouched()) {
            return refused(Refusal.LAST_IN_SYNC);
        }
        // The minimum as it is before: whoever wants fewer replicas than that lowers it first, in a write of its own.
        if (!stored.isUntouched() && isr.size() < stored.effectiveMin()) {
            return refused(Refusal.BELOW_MIN);
        }
        boolean leads = stored.leader() != null && stored.leader().broker() == broker;
        if (leads && successor != null && isr.stream().noneMatch(member -> member.broker() == successor.broker())) {
            return refused(Refusal.NOT_IN_SYNC);
        }
        BrokerProcess leader = leads ? successor : stored.leader();
        int epoch = leads && successor != null ? stored.epoch() + 1 : stored.epoch();
        return new Granted(new PartitionState(replicas, leader, epoch, stored.version() + 1, isr, stored.minInSync(), stored.uncleanEpoch(),
                stored.reassignment()));
    }

    /** min.insync.replicas changes for all at once, because it is in the entry that all go by (rule 23). */
    public static Decision setMin(PartitionState stored, int minInSync) {
        return stored.minInSync() == minInSync
                ? refused(Refusal.NOTHING_TO_DO)
                : new Granted(new PartitionState(stored.replicas(), stored.leader(), stored.epoch(), stored.version() + 1, stored.isr(), minInSync,
                        stored.uncleanEpoch(), stored.reassignment()));
    }
}
