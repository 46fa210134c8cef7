package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "move", mixinStandardHelpOptions = true, sortOptions = false, description = {"Says which brokers shall have a topic's replicas.",
    "More or fewer brokers than now: more or fewer replicas."})
final class ReassignMove extends ClusterCommand {

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    String name;

    @Option(names = {"-p", "--partition"}, paramLabel = "N", split = ",", description = "Only these partitions.")
    Set<Integer> partitions = Set.of();

    @Option(names = "--to", paramLabel = "BROKERS", split = ",", required = true, description = "The brokers, as in 1,2,3; the first is the preferred leader.")
    List<Integer> to;

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    ReassignMove(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        MetadataResponseTopic topic = PositionResolver.only(cluster.topics(List.of(name)).getFirst(), partitions);
        for (int broker : to) {
            if (!cluster.brokers().containsKey(broker)) {
                throw new Failure(Kind.NOT_FOUND, "There is no broker " + broker + " now.", "Brokers are " + cluster.brokers().keySet() + ".");
            }
        }
        Map<TopicPartition, List<Integer>> targets = new TreeMap<>();
        Map<TopicPartition, List<Integer>> before = new TreeMap<>();
        topic.partitions.forEach(partition -> {
            TopicPartition key = new TopicPartition(name, partition.partitionIndex);
            targets.put(key, to);
            before.put(key, partition.replicaNodes);
        });
        if (!dryRun) {
            new Reassignments(cluster).alter(targets);
        }
        targets.forEach((partition, replicas) -> output.changed("partition", partition.toString(), "moving", dryRun,
                partition + " moves from brokers " + before.get(partition) + " to " + replicas + "."));
    }
}
