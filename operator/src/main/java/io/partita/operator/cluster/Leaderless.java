package io.partita.operator.cluster;

import io.partita.operator.SeenSets;
import java.util.Set;
import java.util.UUID;

/** Partitions that nobody serves. */
final class Leaderless {

    private Leaderless() {}

    /** Partitions of these topics that have no leader, or one that is not there. */
    static int unserved(SeenSets seen, Set<UUID> topics, Observed observed) {
        int count = 0;
        for (var set : seen.sets().values()) {
            for (var entry : set.states().entrySet()) {
                var leader = entry.getValue().leader();
                count += topics.contains(entry.getKey().topicId()) && (leader == null || !observed.isThere(leader.broker())) ? 1 : 0;
            }
        }
        return count;
    }
}
