package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "describe", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows the partitions of topics, where they are, what they hold, and the settings that were made.")
final class TopicDescribe extends ClusterCommand {

    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Topics.")
    List<String> names;

    TopicDescribe(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        List<MetadataResponseTopic> topics = cluster.topics(names);
        Map<TopicPartition, Long> starts = new Offsets(cluster).at(topics, Offsets.EARLIEST);
        Map<TopicPartition, Long> ends = new Offsets(cluster).at(topics, Offsets.LATEST);
        List<Object> all = new ArrayList<>();
        for (MetadataResponseTopic topic : topics) {
            topic.partitions.sort(Comparator.comparingInt(partition -> partition.partitionIndex));
            Map<String, String> set = new Configs(cluster).of(Configs.Kind.topic, topic.name, false).stream()
                    .filter(config -> Configs.isOwn(Configs.Kind.topic, config))
                    .collect(Collectors.toMap(config -> config.name, config -> String.valueOf(config.value), (one, other) -> one, LinkedHashMap::new));
            Table<MetadataResponsePartition> table = new Table<MetadataResponsePartition>()
                    .column("partition", partition -> partition.partitionIndex)
                    .column("leader", partition -> partition.leaderId < 0 ? null : partition.leaderId)
                    .wide("leaderEpoch", partition -> partition.leaderEpoch)
                    .column("replicas", partition -> partition.replicaNodes)
                    .column("inSync", partition -> partition.isrNodes)
                    .column("offline", partition -> partition.offlineReplicas)
                    .column("startOffset", partition -> known(starts.get(new TopicPartition(topic.name, partition.partitionIndex))))
                    .column("endOffset", partition -> known(ends.get(new TopicPartition(topic.name, partition.partitionIndex))));
            if (output.format().structured()) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("name", topic.name);
                fields.put("id", Names.id(topic.topicId));
                fields.put("internal", topic.isInternal);
                fields.put("settings", set);
                fields.put("partitions", table.structured(topic.partitions));
                all.add(fields);
                continue;
            }
            output.line(output.terminal().strong(topic.name) + ": " + Sentences.count(topic.partitions.size(), "partition") + ", id " + Names.id(topic.topicId)
                    + (set.isEmpty() ? "" : ", " + set.entrySet().stream().map(Object::toString).collect(Collectors.joining(", "))));
            output.rows(table, topic.partitions, "It has no partition yet.");
        }
        if (output.format().structured()) {
            output.value(all);
        }
    }

    private static Long known(Long offset) {
        return offset == null || offset == Offsets.UNKNOWN ? null : offset;
    }
}
