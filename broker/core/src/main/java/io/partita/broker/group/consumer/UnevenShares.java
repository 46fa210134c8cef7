package io.partita.broker.group.consumer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Shares of members that read different topics. What nobody has goes to the reader with the least, topics with few readers first; then partitions move
 * from readers with more to readers with less, as long as that makes them more alike. Each move does, so it ends.
 */
final class UnevenShares {

    private UnevenShares() {}

    static void divide(List<Share> shares, Map<UUID, Integer> partitionCounts) {
        Map<UUID, List<Share>> readers = new HashMap<>();
        for (Share share : shares) {
            for (UUID topic : share.member().topics()) {
                readers.computeIfAbsent(topic, id -> new ArrayList<>()).add(share);
            }
        }
        var left = Share.unassigned(shares, partitionCounts);
        left.sort(Comparator.comparingInt((Share.Partition one) -> readers.getOrDefault(one.topic(), List.of()).size())
                .thenComparing(Share.Partition::topic).thenComparingInt(Share.Partition::partition));
        for (Share.Partition partition : left) {
            Share least = least(readers.getOrDefault(partition.topic(), List.of()));
            if (least != null) {
                least.add(partition.topic(), partition.partition());
            }
        }
        List<UUID> topics = readers.keySet().stream().sorted().toList();
        boolean moved = true;
        while (moved) {
            moved = false;
            for (UUID topic : topics) {
                moved |= level(topic, readers.get(topic));
            }
        }
    }

    /** Whether a partition of {@code topic} changed hands. */
    private static boolean level(UUID topic, List<Share> readers) {
        boolean moved = false;
        while (true) {
            Share most = null;
            for (Share share : readers) {
                if (share.hasOf(topic) && (most == null || share.count() > most.count())) {
                    most = share;
                }
            }
            Share least = least(readers);
            if (most == null || least == null || most.count() - least.count() < 2) {
                return moved;
            }
            least.add(topic, most.take(topic));
            moved = true;
        }
    }

    private static Share least(List<Share> readers) {
        Share least = null;
        for (Share share : readers) {
            if (least == null || share.count() < least.count()) {
                least = share;
            }
        }
        return least;
    }
}
