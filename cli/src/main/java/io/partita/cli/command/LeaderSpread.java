package io.partita.cli.command;

import io.partita.broker.control.Leadership.Change;
import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "spread", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Has all brokers lead as many partitions as the others, as far as replicas in sync allow: after maintenance."})
final class LeaderSpread extends ClusterCommand {

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    LeaderSpread(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Leaders leaders = new Leaders(cluster, cluster.metadata(null));
        List<Change> changes = leaders.plan().spread();
        if (changes.isEmpty()) {
            output.changed("cluster", "leaders", "unchanged", dryRun, "The brokers lead as evenly as replicas in sync allow.");
        } else {
            leaders.carryOut(changes, output, dryRun);
        }
    }
}
