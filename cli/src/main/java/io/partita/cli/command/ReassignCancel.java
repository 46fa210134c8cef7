package io.partita.cli.command;

import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "cancel", mixinStandardHelpOptions = true, sortOptions = false, description = "Ends moves that are under way; replicas stay where they were.")
final class ReassignCancel extends ClusterCommand {

    @Option(names = {"-t", "--topic"}, paramLabel = "TOPIC", description = "Only those of this topic.")
    String topic;

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    ReassignCancel(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Reassignments reassignments = new Reassignments(cluster);
        Map<TopicPartition, List<Integer>> ended = new TreeMap<>();
        reassignments.ongoing().stream().map(Reassignments.Ongoing::partition).filter(partition -> topic == null || partition.topic().equals(topic))
                .forEach(partition -> ended.put(partition, null));
        if (ended.isEmpty()) {
            output.line("Nothing moves now.");
            return;
        }
        if (!dryRun) {
            reassignments.alter(ended);
        }
        ended.keySet().forEach(partition -> output.changed("partition", partition.toString(), "unchanged", dryRun, "The move of " + partition + " is ended."));
    }
}
