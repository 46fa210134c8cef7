package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Makes offsets of positions, within what partitions hold. */
final class PositionResolver {

    private final Offsets offsets;

    PositionResolver(Cluster cluster) {
        this.offsets = new Offsets(cluster);
    }

    /** The topic with these partitions alone; with all of them when there are none. */
    static MetadataResponseTopic only(MetadataResponseTopic topic, Set<Integer> partitions) {
        for (int partition : partitions) {
            if (topic.partitions.stream().noneMatch(known -> known.partitionIndex == partition)) {
                throw new Failure(Kind.NOT_FOUND, "The topic " + topic.name + " has no partition " + partition + ".",
                        "It has " + Sentences.count(topic.partitions.size(), "partition") + ", numbered from 0.");
            }
        }
        topic.partitions.removeIf(partition -> !partitions.isEmpty() && !partitions.contains(partition.partitionIndex));
        return topic;
    }

    /** For each partition; those without a leader are {@link Offsets#UNKNOWN}. */
    Map<TopicPartition, Long> resolve(Collection<MetadataResponseTopic> topics, Position position) {
        Map<TopicPartition, Long> starts = offsets.at(topics, Offsets.EARLIEST);
        Map<TopicPartition, Long> ends = offsets.at(topics, Offsets.LATEST);
        Map<TopicPartition, Long> times = position instanceof Position.Time(long millis) ? offsets.at(topics, Math.max(0, millis)) : Map.of();
        Map<TopicPartition, Long> resolved = new TreeMap<>();
        starts.forEach((partition, start) -> {
            long end = ends.getOrDefault(partition, Offsets.UNKNOWN);
            long target = switch (position) {
                case Position.Beginning beginning -> start;
                case Position.End none -> end;
                case Position.Offset(long offset) -> offset;
                case Position.Last(long records) -> end - records;
                // Nothing is as late: behind the last one.
                case Position.Time time -> times.get(partition) == Offsets.UNKNOWN ? end : times.get(partition);
            };
            resolved.put(partition, start == Offsets.UNKNOWN || end == Offsets.UNKNOWN ? Offsets.UNKNOWN : Math.clamp(target, start, end));
        });
        return resolved;
    }
}
