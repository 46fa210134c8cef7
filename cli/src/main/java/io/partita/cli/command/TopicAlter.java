package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.CreatePartitionsRequest;
import io.partita.broker.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.partita.broker.protocol.message.CreatePartitionsResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "alter", mixinStandardHelpOptions = true, sortOptions = false, description = "Adds partitions, and changes settings.")
final class TopicAlter extends ClusterCommand {

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    String name;

    @Option(names = {"-p", "--partitions"}, paramLabel = "N", description = "How many partitions it shall have. Keys then go to other partitions than before.")
    int partitions;

    @Option(names = {"-s", "--set"}, paramLabel = "NAME=VALUE", description = "Sets a setting; may be repeated.")
    List<String> settings = new ArrayList<>();

    @Option(names = {"-u", "--unset"}, paramLabel = "NAME", description = "Removes a setting, so that the broker's counts again; may be repeated.")
    List<String> removed = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    TopicAlter(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        if (partitions == 0 && settings.isEmpty() && removed.isEmpty()) {
            throw new Failure(Kind.USAGE, "There is nothing to change.", "--partitions, --set and --unset say what to change.");
        }
        Map<String, String> set = Names.assignments(settings);
        int now = cluster.topics(List.of(name)).getFirst().partitions.size();
        if (!set.isEmpty() || !removed.isEmpty()) {
            new Configs(cluster).alter(Configs.Kind.topic, name, set, removed, dryRun);
            set.forEach((setting, value) -> output.changed("topic", name, "altered", dryRun, setting + " of the topic " + name + " is " + value + "."));
            removed.forEach(setting -> output.changed("topic", name, "altered", dryRun, setting + " of the topic " + name + " is that of the brokers."));
        }
        if (partitions != 0) {
            addPartitions(cluster, now, output);
        }
    }

    private void addPartitions(Cluster cluster, int now, Output output) {
        CreatePartitionsRequest request = new CreatePartitionsRequest();
        CreatePartitionsTopic topic = new CreatePartitionsTopic();
        topic.name = name;
        topic.count = partitions;
        topic.assignments = null;
        request.topics.add(topic);
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        request.validateOnly = dryRun;
        var result = cluster.callController(ApiKey.CREATE_PARTITIONS, 0, 3, request, CreatePartitionsResponse::new,
                answer -> answer.results.getFirst().errorCode).results
                .getFirst();
        Sentences.check(result.errorCode, result.errorMessage, "The topic " + name);
        output.changed("topic", name, "altered", dryRun, "The topic " + name + " has " + Sentences.count(partitions, "partition") + " instead of " + now + ".");
    }
}
