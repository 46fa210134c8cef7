package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteTopicsRequest;
import io.partita.broker.protocol.message.DeleteTopicsResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "delete", mixinStandardHelpOptions = true, sortOptions = false, aliases = "rm", description = "Deletes topics with their records.")
final class TopicDelete extends ClusterCommand {

    @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "Topics.")
    List<String> names;

    @Mixin
    Consent consent;

    TopicDelete(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        List<MetadataResponseTopic> topics = cluster.topics(names);
        topics.stream().filter(topic -> topic.isInternal).findFirst().ifPresent(own -> {
            throw new Failure(Kind.USAGE, "The cluster keeps its state in " + own.name + ": all committed offsets, or all transactions, would be gone with it.",
                    "It is not deleted here; kafka-topics.sh --delete does it where that is what you want.");
        });
        if (!consent.given(terminal(), "Delete " + Sentences.count(topics.size(), "topic") + " with all records: " + String.join(", ", names) + "?")) {
            return;
        }
        if (consent.dryRun) {
            topics.forEach(topic -> output.changed("topic", topic.name, "deleted", true,
                    "The topic " + topic.name + " with " + Sentences.count(topic.partitions.size(), "partition") + " would be deleted."));
            return;
        }
        DeleteTopicsRequest request = new DeleteTopicsRequest();
        request.topicNames.addAll(names);
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        DeleteTopicsResponse response = cluster.callController(ApiKey.DELETE_TOPICS, 1, 5, request, DeleteTopicsResponse::new,
                answer -> answer.responses.stream().mapToInt(topic -> topic.errorCode).filter(code -> code == ErrorCode.NOT_CONTROLLER.code()).findAny()
                        .orElse(0));
        Failure failure = null;
        for (DeleteTopicsResponse.DeletableTopicResult topic : response.responses) {
            if (topic.errorCode == 0) {
                output.changed("topic", topic.name, "deleted", false, "The topic " + topic.name + " is deleted.");
            } else {
                failure = Failures.next(failure, terminal(), Sentences.failure(topic.errorCode, topic.errorMessage, "The topic " + topic.name));
            }
        }
        Failures.rethrow(failure);
    }
}
