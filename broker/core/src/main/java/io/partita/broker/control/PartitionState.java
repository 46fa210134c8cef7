package io.partita.broker.control;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is stored of one partition. Every change of it is one compare-and-set of all of it, on the object that holds it (rules 1 and 18).
 *
 * @param replicas the brokers that are to hold the partition, the preferred leader first; not empty, none twice
 * @param leader the process that leads, a member of {@code isr}; {@code null} while nobody does
 * @param epoch number of the leadership, 0 before the first; every change of the leader has a higher one, and so has every added replica (rule 21)
 * @param version number of this state, 0 for the first; every change has the next one
 * @param isr the replicas that have everything that was acknowledged, in the order of {@code replicas}; empty only before the first leader
 * @param minInSync min.insync.replicas as all go by it, 1 or above; at most the number of replicas counts (rule 23)
 * @param uncleanEpoch epoch of the last election of a replica that was not in sync, 0 for never; under it and later ones a log may be cut below its high
 *        watermark (rule 24)
 * @param reassignment the brokers that it is on its way to, {@code null} while it stays where it is ({@link Moves})
 */
public record PartitionState(
        List<Integer> replicas, BrokerProcess leader, int epoch, int version, List<InSyncReplica> isr, int minInSync, int uncleanEpoch,
        Reassignment reassignment) {

    /** A partition that stays where it is. */
    public PartitionState(
            List<Integer> replicas, BrokerProcess leader, int epoch, int version, List<InSyncReplica> isr, int minInSync, int uncleanEpoch) {
        this(replicas, leader, epoch, version, isr, minInSync, uncleanEpoch, null);
    }

    public PartitionState {
        replicas = List.copyOf(replicas);
        isr = List.copyOf(isr);
        Set<Integer> brokers = new HashSet<>(replicas);
        require(!replicas.isEmpty() && brokers.size() == replicas.size() && replicas.stream().allMatch(broker -> broker >= 0),
                "replicas must be distinct brokers, at least one: " + replicas);
        Set<Integer> members = new HashSet<>();
        for (InSyncReplica member : isr) {
            require(members.add(member.broker()) && brokers.contains(member.broker()), "the in-sync set must be distinct replicas of " + replicas + ": " + isr);
        }
        require(leader == null || members.contains(leader.broker()), "the leader must be in sync: " + leader + " in " + isr);
        require(epoch >= 0 && version >= 0 && minInSync >= 1, "epoch and version begin at 0, min.insync.replicas at 1");
        require(uncleanEpoch >= 0 && uncleanEpoch <= epoch, "the epoch of an unclean election lies below or at the present one");
        require(epoch > 0 || leader == null && isr.isEmpty(), "nobody leads or is in sync before the first epoch");
        require(epoch == 0 || !isr.isEmpty(), "after the first epoch somebody is in sync");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** A new partition: placed, and led by nobody yet. */
    public static PartitionState placed(List<Integer> replicas, int minInSync) {
        return new PartitionState(replicas, null, 0, 0, List.of(), minInSync, 0);
    }

    /**
     * The partition without its records, which are gone or given up: any of these replicas may lead it with the log it has, in a higher epoch than any before, because clients ignore a lower
     * one.
     */
    public PartitionState begunAnew(List<Integer> on) {
        return new PartitionState(on, null, Math.max(1, epoch), version + 1,
                on.stream().map(broker -> new InSyncReplica(broker, InSyncReplica.ANY_LOG)).toList(),
                minInSync, uncleanEpoch);
    }

    /**
     * How many must be in sync for a record to be committed: Kafka 4 takes the smaller of the setting and the number of replicas. Those that are being added do not count: until they have come
     * in sync producers are to notice nothing of them.
     */
    public int effectiveMin() {
        int count = reassignment == null ? replicas.size() : Math.min(replicas.size(), reassignment.from().size());
        return Math.min(minInSync, count);
    }

    /** Whether the broker's log, whatever its name, is in sync. */
    public boolean isInSync(int broker) {
        return member(broker) != null;
    }

    /** The entry of a broker in the in-sync set, {@code null} when it has none. */
    public InSyncReplica member(int broker) {
        for (InSyncReplica member : isr) {
            if (member.broker() == broker) {
                return member;
            }
        }
        return null;
    }

    /** Whether this process leads. A process that was elected before this state was stored must compare its whole name, and does so here. */
    public boolean isLedBy(BrokerProcess process) {
        return process.equals(leader);
    }

    /** Nobody has led yet, so nothing was ever acknowledged. */
    public boolean isUntouched() {
        return epoch == 0;
    }

    PartitionState withLeader(BrokerProcess next, int nextEpoch, List<InSyncReplica> nextIsr) {
        return new PartitionState(replicas, next, nextEpoch, version + 1, nextIsr, minInSync, uncleanEpoch, reassignment);
    }

    PartitionState withIsr(List<InSyncReplica> next) {
        BrokerProcess remaining = leader != null && next.stream().noneMatch(member -> member.broker() == leader.broker()) ? null : leader;
        return new PartitionState(replicas, remaining, epoch, version + 1, next, minInSync, uncleanEpoch, reassignment);
    }

    List<InSyncReplica> isrWithout(int broker) {
        return isr.stream().filter(member -> member.broker() != broker).toList();
    }
}
