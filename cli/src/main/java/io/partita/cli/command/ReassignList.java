package io.partita.cli.command;

import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import picocli.CommandLine.Command;

@Command(name = "list", aliases = "ls", mixinStandardHelpOptions = true, sortOptions = false, description = "Lists the moves that are under way.")
final class ReassignList extends ClusterCommand {

    ReassignList(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        output.rows(new Table<Reassignments.Ongoing>()
                .column("topic", move -> move.partition().topic())
                .column("partition", move -> move.partition().partition())
                .column("replicas", Reassignments.Ongoing::replicas)
                .column("adding", Reassignments.Ongoing::adding)
                .column("removing", Reassignments.Ongoing::removing), new Reassignments(cluster).ongoing(), "Nothing moves now.");
    }
}
