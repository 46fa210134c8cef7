package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(name = "status", mixinStandardHelpOptions = true, sortOptions = false, description = {"One screen: is it well, and if not, what to do.",
    "Ends with 6 when something is not well."})
final class ClusterStatus extends ClusterCommand {

    ClusterStatus(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        MetadataResponse metadata = cluster.metadata(null);
        List<BrokerStatus> brokers = BrokerStatus.all(cluster, metadata);
        List<Problem> problems = Problem.of(metadata, brokers, cluster);
        int partitions = metadata.topics.stream().mapToInt(topic -> topic.partitions.size()).sum();
        long user = metadata.topics.stream().filter(topic -> !topic.isInternal).count();
        Table<BrokerStatus> table = new Table<BrokerStatus>()
                .column("broker", BrokerStatus::id)
                .column("address", BrokerStatus::address)
                .column("rack", BrokerStatus::rack)
                .column("state", BrokerStatus::state)
                .column("leads", BrokerStatus::leads)
                .column("replicas", BrokerStatus::replicas)
                .column("data",
                        broker -> output.format().structured() ? broker.dataBytes() : broker.dataBytes() == null ? null : Names.bytes(broker.dataBytes()))
                .column("free", broker -> output.format().structured() ? broker.freeBytes() : broker.freeText());
        if (output.format().structured()) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("clusterId", metadata.clusterId);
            fields.put("well", problems.isEmpty());
            fields.put("topics", user);
            fields.put("partitions", partitions);
            fields.put("brokers", table.structured(brokers));
            fields.put("problems", problems.stream().map(problem -> {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("what", problem.what());
                one.put("remedy", problem.remedy());
                return one;
            }).toList());
            output.value(fields);
        } else {
            output.line("Cluster " + metadata.clusterId + ": " + Sentences.count(brokers.stream().filter(BrokerStatus::isThere).count(), "broker") + ", "
                    + Sentences.count(user, "topic") + ", " + Sentences.count(partitions, "partition") + " (with those of internal topics)");
            output.rows(table, brokers, "No broker.");
            if (problems.isEmpty()) {
                output.line(terminal().good("All is well: every partition has a leader, and every replica is in sync."));
            }
            for (Problem problem : problems) {
                output.line(terminal().bad("! " + problem.what()));
                output.line("  " + problem.remedy());
            }
        }
        if (!problems.isEmpty()) {
            terminal().out().flush();
            throw new Failure(Kind.NOT_WELL, Sentences.count(problems.size(), "thing") + (problems.size() == 1 ? " is" : " are") + " not well.");
        }
    }
}
