package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "balance", mixinStandardHelpOptions = true, sortOptions = false, description = {"Evens out how many bytes brokers have.",
    "Replicas go from brokers that have most to those that have least; no partition loses a rack. Returns at once; partita reassign list shows what still moves."})
final class ReassignBalance extends ClusterCommand {

    private static final int PERCENT = 100;

    @Option(names = "--tolerance", paramLabel = "PERCENT", defaultValue = "10", description = "Brokers that have so much more or less than the average are left alone. Default: 10.")
    int tolerance;

    @Option(names = "--max", paramLabel = "N", defaultValue = "100", description = "Moves so many partitions at most. Default: 100.")
    int max;

    @Mixin
    Consent consent;

    ReassignBalance(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        if (tolerance < 0 || max < 1) {
            throw new Failure(Kind.USAGE, "--tolerance is 0 or more, and --max 1 or more.", "Leave them out for 10 percent and 100 partitions.");
        }
        MetadataResponse metadata = cluster.metadata(null);
        ByteBalance balance = new ByteBalance(racks(metadata), sized(cluster, metadata));
        Map<Integer, Long> before = balance.load();
        Map<TopicPartition, List<Integer>> moves = balance.plan(tolerance / (double) PERCENT, max);
        if (moves.isEmpty()) {
            output.changed("cluster", "bytes", "unchanged", consent.dryRun,
                    "Brokers have about the same, or nothing that can go elsewhere: " + text(before) + ".");
            return;
        }
        if (!consent.given(terminal(), "Move replicas of " + Sentences.count(moves.size(), "partition") + "? Brokers have " + text(before) + ", and will have "
                + text(balance.load()) + ".")) {
            return;
        }
        if (!consent.dryRun) {
            new Reassignments(cluster).alter(moves);
        }
        moves.forEach((partition, replicas) -> output.changed("partition", partition.toString(), "moving", consent.dryRun,
                partition + " moves to brokers " + replicas + "."));
    }

    private static Map<Integer, String> racks(MetadataResponse metadata) {
        Map<Integer, String> racks = new TreeMap<>();
        metadata.brokers.forEach(broker -> racks.put(broker.nodeId, broker.rack));
        return racks;
    }

    /** What moves already is left alone: where it will be is not where it is. */
    private static List<ByteBalance.Sized> sized(Cluster cluster, MetadataResponse metadata) {
        Map<TopicPartition, Long> bytes = new HashMap<>();
        for (BrokerStatus broker : BrokerStatus.all(cluster, metadata)) {
            if (broker.isThere() && broker.directories() == null) {
                throw new Failure(Kind.REFUSED,
                        "Broker " + broker.id() + " does not say how large its logs are" + (broker.unreachable() == null ? "." : ": " + broker.unreachable()),
                        "Bring it back first, or see whether you may describe the cluster.");
            }
            if (broker.directories() != null) {
                broker.directories().forEach(directory -> directory.topics.forEach(topic -> topic.partitions.forEach(
                        partition -> bytes.merge(new TopicPartition(topic.name, partition.partitionIndex), partition.partitionSize, Math::max))));
            }
        }
        new Reassignments(cluster).ongoing().forEach(move -> bytes.remove(move.partition()));
        List<ByteBalance.Sized> sized = new ArrayList<>();
        metadata.topics.forEach(topic -> topic.partitions.forEach(partition -> {
            TopicPartition key = new TopicPartition(topic.name, partition.partitionIndex);
            if (bytes.containsKey(key)) {
                sized.add(new ByteBalance.Sized(key, partition.replicaNodes, bytes.get(key)));
            }
        }));
        return sized;
    }

    private static String text(Map<Integer, Long> load) {
        List<String> all = new ArrayList<>();
        new TreeMap<>(load).forEach((broker, bytes) -> all.add(broker + ": " + Names.bytes(bytes)));
        return String.join(", ", all);
    }
}
