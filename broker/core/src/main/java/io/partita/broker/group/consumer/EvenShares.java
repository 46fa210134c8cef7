package io.partita.broker.group.consumer;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Shares of members that all read the same: as many partitions for each, one more for some, and who had more keeps that one. */
final class EvenShares {

    private EvenShares() {}

    static void divide(List<Share> shares, Map<UUID, Integer> partitionCounts) {
        int total = partitionCounts.values().stream().mapToInt(Integer::intValue).sum();
        if (shares.getFirst().member().topics().isEmpty()) {
            return;
        }
        int least = total / shares.size();
        int more = total % shares.size();
        for (Share share : shares) {
            int quota = least;
            if (share.count() > least && more > 0) {
                quota++;
                more--;
            }
            while (share.count() > quota) {
                share.takeAny();
            }
        }
        var left = Share.unassigned(shares, partitionCounts).iterator();
        // Round after round, so that what one topic has is spread over all.
        while (left.hasNext()) {
            boolean given = false;
            for (Share share : shares) {
                if (left.hasNext() && share.count() < least) {
                    Share.Partition partition = left.next();
                    share.add(partition.topic(), partition.partition());
                    given = true;
                }
            }
            if (!given) {
                break;
            }
        }
        for (Share share : shares) {
            if (left.hasNext() && share.count() == least) {
                Share.Partition partition = left.next();
                share.add(partition.topic(), partition.partition());
            }
        }
    }
}
