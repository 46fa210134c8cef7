package io.partita.cli.client;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.DeleteTopicsRequest;
import io.partita.broker.protocol.message.DeleteTopicsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes topics that are not there, leaves alone those that are, whatever they are like, and may delete what it made. */
public final class MissingTopics {

    private final Cluster cluster;

    public MissingTopics(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * @param topics with their numbers of partitions
     * @return those that were made
     */
    public List<String> make(Map<String, Integer> topics) {
        if (topics.isEmpty()) {
            return List.of();
        }
        CreateTopicsRequest request = new CreateTopicsRequest();
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        topics.forEach((name, partitions) -> {
            CreatableTopic topic = new CreatableTopic();
            topic.name = name;
            topic.numPartitions = partitions;
            topic.replicationFactor = -1;
            request.topics.add(topic);
        });
        CreateTopicsResponse response = cluster.callController(ApiKey.CREATE_TOPICS, 4, 7, request, CreateTopicsResponse::new,
                answer -> answer.topics.stream().mapToInt(topic -> topic.errorCode).filter(code -> code == ErrorCode.NOT_CONTROLLER.code()).findAny()
                        .orElse(0));
        List<String> made = new ArrayList<>();
        response.topics.forEach(topic -> {
            if (topic.errorCode == 0) {
                made.add(topic.name);
            } else if (ErrorCode.forCode(topic.errorCode) != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw Sentences.failure(topic.errorCode, topic.errorMessage, "The topic " + topic.name);
            }
        });
        return made;
    }

    /** Deletes what was made. */
    public void delete(List<String> names) {
        DeleteTopicsRequest request = new DeleteTopicsRequest();
        request.topicNames.addAll(names);
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        cluster.callController(ApiKey.DELETE_TOPICS, 1, 5, request, DeleteTopicsResponse::new, answer -> answer.responses.getFirst().errorCode).responses
                .forEach(topic -> Sentences.check(topic.errorCode, topic.errorMessage, "The topic " + topic.name));
    }
}
