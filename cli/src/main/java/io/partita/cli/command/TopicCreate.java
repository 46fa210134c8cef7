package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "create", mixinStandardHelpOptions = true, sortOptions = false, description = "Makes topics.")
final class TopicCreate extends ClusterCommand {

    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Names of the topics.")
    List<String> names;

    @Option(names = {"-p", "--partitions"}, paramLabel = "N", description = "Partitions (default: num.partitions of the broker).")
    int partitions = -1;

    @Option(names = {"-r", "--replicas"}, paramLabel = "N", description = "Replicas of each (default: default.replication.factor of the broker).")
    short replicas = -1;

    @Option(names = {"-s", "--set"}, paramLabel = "NAME=VALUE", description = "A setting, as in -s retention.ms=3600000; may be repeated.")
    List<String> settings = new ArrayList<>();

    @Option(names = "--if-missing", description = "It is well if a topic is there already.")
    boolean ifMissing;

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    TopicCreate(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        CreateTopicsRequest request = new CreateTopicsRequest();
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        request.validateOnly = dryRun;
        for (String name : names) {
            CreatableTopic topic = new CreatableTopic();
            topic.name = name;
            topic.numPartitions = partitions;
            topic.replicationFactor = replicas;
            Names.assignments(settings).forEach((setting, value) -> {
                CreatableTopicConfig config = new CreatableTopicConfig();
                config.name = setting;
                config.value = value;
                topic.configs.add(config);
            });
            request.topics.add(topic);
        }
        CreateTopicsResponse response = cluster.callController(ApiKey.CREATE_TOPICS, 4, 7, request, CreateTopicsResponse::new,
                answer -> answer.topics.stream().mapToInt(topic -> topic.errorCode).filter(code -> code == ErrorCode.NOT_CONTROLLER.code()).findAny()
                        .orElse(0));
        Failure failure = null;
        for (CreateTopicsResponse.CreatableTopicResult topic : response.topics) {
            if (topic.errorCode == 0) {
                output.changed("topic", topic.name, "created", dryRun, "The topic " + topic.name + " is made"
                        + (topic.numPartitions < 0
                                ? "."
                                : ", with " + Sentences.count(topic.numPartitions, "partition") + " of "
                                        + Sentences.count(topic.replicationFactor, "replica") + "."));
            } else if (ifMissing && topic.errorCode == ErrorCode.TOPIC_ALREADY_EXISTS.code()) {
                output.changed("topic", topic.name, "unchanged", dryRun, "The topic " + topic.name + " is there already.");
            } else {
                failure = Failures.next(failure, terminal(), Sentences.failure(topic.errorCode,
                        topic.errorCode == ErrorCode.TOPIC_ALREADY_EXISTS.code() ? null : topic.errorMessage, "The topic " + topic.name));
            }
        }
        Failures.rethrow(failure);
    }
}
