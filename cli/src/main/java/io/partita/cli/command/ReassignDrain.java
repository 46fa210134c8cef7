package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "drain", mixinStandardHelpOptions = true, sortOptions = false, description = {"Moves all replicas of a broker to others, so that it can go.",
    "Each goes to the broker that has fewest, in another rack than the others if there is one. Returns at once; partita reassign list shows what still moves."})
final class ReassignDrain extends ClusterCommand {

    @Parameters(paramLabel = "BROKER", description = "The broker.")
    int broker;

    @Mixin
    Consent consent;

    ReassignDrain(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        MetadataResponse metadata = cluster.metadata(null);
        Map<TopicPartition, List<Integer>> moves = new Placement(metadata).without(broker, metadata);
        if (moves.isEmpty()) {
            if (!cluster.brokers().containsKey(broker)) {
                throw new Failure(Kind.NOT_FOUND, "There is no broker " + broker + ", and no replica of one.",
                        "Brokers are " + cluster.brokers().keySet() + ".");
            }
            output.changed("broker", String.valueOf(broker), "unchanged", consent.dryRun, "Broker " + broker + " has no replicas.");
            return;
        }
        if (!consent.given(terminal(), "Move " + Sentences.count(moves.size(), "replica") + " from broker " + broker + " to others?")) {
            return;
        }
        if (!consent.dryRun) {
            new Reassignments(cluster).alter(moves);
        }
        moves.forEach((partition, replicas) -> output.changed("partition", partition.toString(), "moving", consent.dryRun,
                partition + " moves to brokers " + replicas + "."));
    }
}
