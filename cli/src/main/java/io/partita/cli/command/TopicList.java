package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "list", mixinStandardHelpOptions = true, sortOptions = false, aliases = "ls", description = "Lists the topics.")
final class TopicList extends ClusterCommand {

    @Parameters(paramLabel = "TEXT", arity = "0..1", description = "Only those with this in their names.")
    String text = "";

    @Option(names = {"-i", "--internal"}, description = "Also those in which brokers keep their state.")
    boolean internal;

    @Option(names = {"-q", "--quiet"}, description = "Names alone, one a line.")
    boolean quiet;

    TopicList(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        List<MetadataResponseTopic> topics = cluster.metadata(null).topics.stream()
                .filter(topic -> (internal || !topic.isInternal) && topic.name.contains(text))
                .sorted(Comparator.comparing(topic -> topic.name))
                .toList();
        if (quiet && !output.format().structured()) {
            topics.forEach(topic -> output.line(topic.name));
            return;
        }
        Table<MetadataResponseTopic> table = new Table<MetadataResponseTopic>()
                .column("name", topic -> topic.name)
                .column("partitions", topic -> topic.partitions.size())
                .column("replicas", TopicList::replicas)
                .column("underReplicated", topic -> count(topic, partition -> partition.isrNodes.size() < partition.replicaNodes.size() ? 1 : 0))
                .column("withoutLeader", topic -> count(topic, partition -> partition.leaderId < 0 ? 1 : 0))
                .wide("internal", topic -> topic.isInternal)
                .wide("id", topic -> Names.id(topic.topicId));
        output.rows(table, topics, text.isEmpty() ? "There is no topic yet. partita topic create NAME makes one." : "No topic has '" + text + "' in its name.");
    }

    private static int replicas(MetadataResponseTopic topic) {
        return topic.partitions.isEmpty() ? 0 : topic.partitions.getFirst().replicaNodes.size();
    }

    private static int count(MetadataResponseTopic topic, ToIntFunction<MetadataResponsePartition> counted) {
        return topic.partitions.stream().mapToInt(counted).sum();
    }
}
