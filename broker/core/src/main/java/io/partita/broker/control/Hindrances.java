package io.partita.broker.control;

import java.util.Set;

/**
 * Replicas of a broker that cannot do what others in sync can, for now. What they lead is for those, and what they hold up as members of in-sync sets too, where the minimum allows.
 *
 * @param shortOfSpace whose disk has little space left: they take what other leaders send, and no records of clients
 * @param unwritable whose disk takes nothing
 * @param broken which a defect has ended, until their log is loaded anew
 */
public record Hindrances(Set<PartitionKey> shortOfSpace, Set<PartitionKey> unwritable, Set<PartitionKey> broken) {

    public static final Hindrances NONE = new Hindrances(Set.of(), Set.of(), Set.of());

    public Hindrances {
        shortOfSpace = Set.copyOf(shortOfSpace);
        unwritable = Set.copyOf(unwritable);
        broken = Set.copyOf(broken);
    }

    /** Whether nothing of a partition is written to its log here. */
    public boolean stops(PartitionKey partition) {
        return unwritable.contains(partition) || broken.contains(partition);
    }

    /** Whether a partition had better be led elsewhere. */
    public boolean concerns(PartitionKey partition) {
        return shortOfSpace.contains(partition) || stops(partition);
    }

    /** Whether the broker's disks are short of something, so that it had better not be given leaderships. */
    public boolean isOfDisks() {
        return !shortOfSpace.isEmpty() || !unwritable.isEmpty();
    }
}
