package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigEntry;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicRules;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.CreateTopicsResponse.CreatableTopicConfigs;
import io.partita.broker.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * CreateTopics (key 19), versions 0-7. Any broker takes it, in any version: there is no controller to find, and old clients build version 0
 * by hand.
 *
 * <pre>
 * v1  validateOnly, error messages
 * v4  -1 for the broker's default of partitions and replicas (KIP-464; we take it in every version)
 * v5  the answer tells partitions, replicas and settings of the new topic (KIP-525)
 * v6  THROTTLING_QUOTA_EXCEEDED is known (KIP-599)
 * v7  and its id (KIP-516)
 * </pre>
 */
final class CreateTopicsHandler implements Handler<CreateTopicsRequest> {

    private static final int FIRST_VERSION_WITH_QUOTA = 6;

    private final ClusterConfig cluster;
    private final int nodeId;
    private final List<LogDirectory> directories;

    CreateTopicsHandler(ClusterConfig cluster, int nodeId, List<LogDirectory> directories) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.directories = directories;
    }

    @Override
    public void handle(RequestContext context, CreateTopicsRequest request) {
        CreateTopicsResponse response = new CreateTopicsResponse();
        Map<String, List<CreatableTopic>> byName = new LinkedHashMap<>();
        for (CreatableTopic topic : request.topics) {
            byName.computeIfAbsent(topic.name, name -> new ArrayList<>(1)).add(topic);
        }
        boolean tooMany = partitionCount(request.topics) > TopicRules.PARTITIONS_PER_REQUEST_MAX;
        MutationQuota quota = new MutationQuota(context, FIRST_VERSION_WITH_QUOTA, request.validateOnly);
        List<NewTopic> topics = new ArrayList<>();
        List<CreatableTopicResult> pending = new ArrayList<>();
        for (List<CreatableTopic> same : byName.values()) {
            CreatableTopic topic = same.getFirst();
            CreatableTopicResult result = new CreatableTopicResult();
            result.name = topic.name;
            response.topics.add(result);
            if (!mayCreate(context, topic.name)) {
                refuse(result, Permission.CREATE_TOPICS.refusal(), "Authorization failed.");
            } else if (same.size() > 1) {
                refuse(result, ErrorCode.INVALID_REQUEST, "Topic '" + topic.name + "' is named " + same.size() + " times in one request: name it once.");
            } else if (tooMany) {
                refuse(result, ErrorCode.POLICY_VIOLATION, "One request can create at most " + TopicRules.PARTITIONS_PER_REQUEST_MAX
                        + " partitions: create some topics first and the others after them.");
            } else if (!isConsecutive(topic.assignments)) {
                refuse(result, ErrorCode.INVALID_REPLICA_ASSIGNMENT, "The partitions of '" + topic.name
                        + "' that are assigned to brokers must be numbered 0, 1, 2 and so on, each once.");
            } else if (!quota.admits(partitions(topic))) {
                refuse(result, MutationQuota.EXCEEDED, MutationQuota.WHY_EXCEEDED);
            } else {
                topics.add(newTopic(topic));
                pending.add(result);
            }
        }
        if (topics.isEmpty()) {
            context.respond(response);
            return;
        }
        TimedAnswer.give(context, cluster.store().createTopics(topics, request.validateOnly), request.timeoutMs,
                results -> {
                    fill(context, pending, results, request.validateOnly);
                    return response;
                },
                (error, reason) -> {
                    pending.forEach(result -> refuse(result, error, reason));
                    return response;
                });
    }

    private static boolean mayCreate(RequestContext context, String topic) {
        return Permission.CREATE_TOPICS.isGrantedQuietly(context) || Permission.CREATE_TOPICS_TOPIC.isGranted(context, topic);
    }

    private static long partitionCount(List<CreatableTopic> topics) {
        long count = 0;
        for (CreatableTopic topic : topics) {
            count += partitions(topic);
        }
        return count;
    }

    private static int partitions(CreatableTopic topic) {
        return topic.assignments.isEmpty() ? Math.max(1, topic.numPartitions) : topic.assignments.size();
    }

    private static boolean isConsecutive(List<CreatableReplicaAssignment> assignments) {
        boolean[] seen = new boolean[assignments.size()];
        for (CreatableReplicaAssignment assignment : assignments) {
            int index = assignment.partitionIndex;
            if (index < 0 || index >= seen.length || seen[index]) {
                return false;
            }
            seen[index] = true;
        }
        return true;
    }

    private static NewTopic newTopic(CreatableTopic topic) {
        List<List<Integer>> assignment = null;
        if (!topic.assignments.isEmpty()) {
            assignment = new ArrayList<>(topic.assignments.size());
            for (int i = 0; i < topic.assignments.size(); i++) {
                assignment.add(null);
            }
            for (CreatableReplicaAssignment one : topic.assignments) {
                assignment.set(one.partitionIndex, one.brokerIds);
            }
        }
        Map<String, String> configs = new HashMap<>();
        for (CreatableTopicConfig config : topic.configs) {
            configs.put(config.name, config.value);
        }
        return new NewTopic(topic.name, topic.numPartitions, topic.replicationFactor, assignment, configs);
    }

    private void fill(RequestContext context, List<CreatableTopicResult> pending, List<Result<TopicImage>> results, boolean validateOnly) {
        ClusterImage image = cluster.image();
        BrokerConfig broker = cluster.broker(image);
        for (int i = 0; i < pending.size(); i++) {
            CreatableTopicResult result = pending.get(i);
            if (!results.get(i).isDone()) {
                refuse(result, results.get(i).error(), results.get(i).message());
                continue;
            }
            TopicImage topic = results.get(i).value();
            result.errorMessage = null;
            if (!validateOnly) {
                result.topicId = topic.id();
                tellWhatIsNotServed(result, topic);
            }
            if (context.version() < 5) {
                continue;
            }
            if (!Permission.CREATE_TOPICS_CONFIGS.isGranted(context, topic.name())) {
                result.topicConfigErrorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED.code();
                result.configs = null;
            } else {
                result.numPartitions = topic.partitions().size();
                result.replicationFactor = (short) ClusterConfig.replicationFactor(topic);
                result.configs = configs(topic, broker);
            }
        }
    }

    /** A topic that is there and cannot be written to is not what was asked for, as on a full disk; nor must whoever asked believe that it is not there. */
    private void tellWhatIsNotServed(CreatableTopicResult result, TopicImage topic) {
        int unserved = 0;
        for (int index = 0; index < topic.partitions().size(); index++) {
            LogId log = new LogId(topic.name(), index);
            unserved += topic.partition(index).leader() == nodeId && directories.stream().noneMatch(directory -> directory.log(log) != null) ? 1 : 0;
        }
        if (unserved > 0) {
            refuse(result, ErrorCode.KAFKA_STORAGE_ERROR, "Topic '" + topic.name() + "' is there, but no log could be made for " + unserved
                    + " of its partitions: is the disk full? It is tried every second, and they are served when it could be. The log of broker " + nodeId
                    + " says what is wrong.");
        }
    }

    private static List<CreatableTopicConfigs> configs(TopicImage topic, BrokerConfig broker) {
        List<CreatableTopicConfigs> configs = new ArrayList<>();
        for (ConfigEntry entry : ConfigEntry.ofTopic(topic.configs(), broker, null)) {
            CreatableTopicConfigs config = new CreatableTopicConfigs();
            config.name = entry.definition().name();
            config.value = entry.value();
            config.readOnly = entry.readOnly();
            config.configSource = entry.source().id();
            config.isSensitive = entry.definition().sensitive();
            configs.add(config);
        }
        return configs;
    }

    private static void refuse(CreatableTopicResult result, ErrorCode error, String message) {
        result.errorCode = error.code();
        result.errorMessage = message;
    }
}
