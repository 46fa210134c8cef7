package io.partita.operator.cluster;

import io.partita.crds.PartitionStatus;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Partitions that nobody serves. */
final class Leaderless {

    private Leaderless() {}

    /** Replicas of partitions that nobody leads, by broker. */
    static Map<Integer, Integer> replicas(Collection<Topic> topics) {
        Map<Integer, Integer> count = new HashMap<>();
        partitions(topics).filter(partition -> partition.leader() == null)
                .forEach(partition -> partition.replicas().forEach(broker -> count.merge(broker, 1, Integer::sum)));
        return count;
    }

    /** Partitions that have no leader, or one that is not there. */
    static int unserved(Collection<Topic> topics, Observed observed) {
        return (int) partitions(topics).filter(partition -> partition.leader() == null || !observed.isThere(partition.leader().broker())).count();
    }

    private static Stream<PartitionStatus> partitions(Collection<Topic> topics) {
        return topics.stream().filter(topic -> topic.getStatus() != null && TopicRules.isOwnStatus(topic)).map(topic -> topic.getStatus().partitions)
                .flatMap(List::stream);
    }
}
