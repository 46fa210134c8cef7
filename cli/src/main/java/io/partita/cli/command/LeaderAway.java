package io.partita.cli.command;

import io.partita.broker.control.Leadership.Change;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "away", mixinStandardHelpOptions = true, sortOptions = false, description = {"Has others lead what a broker leads, before it is worked on.",
    "Its replicas stay where they are and in sync. Afterwards: partita leader spread."})
final class LeaderAway extends ClusterCommand {

    @Parameters(paramLabel = "BROKER", description = "The broker.")
    int broker;

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    LeaderAway(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        MetadataResponse metadata = cluster.metadata(null);
        Leaders leaders = new Leaders(cluster, metadata);
        if (!cluster.brokers().containsKey(broker)) {
            throw new Failure(Kind.NOT_FOUND, "There is no broker " + broker + ".", "Brokers are " + cluster.brokers().keySet() + ".");
        }
        List<Change> changes = leaders.plan().away(broker);
        long led = leaders.led().stream().filter(one -> one.leader() == broker).count();
        if (led == 0) {
            output.changed("broker", String.valueOf(broker), "unchanged", dryRun, "Broker " + broker + " leads nothing.");
            return;
        }
        leaders.carryOut(changes, output, dryRun);
        if (led > changes.size()) {
            throw new Failure(Kind.REFUSED, Sentences.count((int) (led - changes.size()), "partition") + " of broker " + broker
                    + " have no other replica in sync, so it leads them on.", "partita topic describe says which replicas are in sync.");
        }
    }
}
