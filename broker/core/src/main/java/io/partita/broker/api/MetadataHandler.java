package io.partita.broker.api;

import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Metadata (key 3), versions 0-13: which brokers there are, and who leads the partitions of which topics.
 *
 * <pre>
 * v0   an empty list of topics asks for all; later versions say null for all, and empty means none
 * v1   rack, controller, isInternal        v8   authorised operations (KIP-430); those of the cluster until v10
 * v2   cluster id                          v10  topic ids in the answer (KIP-516)
 * v4   allowAutoTopicCreation              v12  topics asked for by id
 * v5   offline replicas                    v13  an error for the whole answer (KIP-1102), which we never give
 * v7   leader epochs (KIP-320)
 * </pre>
 *
 * <p>Where Kafka answers that a topic is unknown while it creates it, and the client asks again 100 ms later, we answer once it is there: the
 * first record of a new topic does not wait. The wait is bounded, and so is what stands behind it on the connection.
 */
final class MetadataHandler implements Handler<MetadataRequest> {

    /** How long an answer waits for topics it has to create. */
    private static final int CREATION_WAIT_MILLIS_MAX = 1_000;

    private final ClusterConfig cluster;
    private final MissingTopics missingTopics;

    MetadataHandler(ClusterConfig cluster) {
        this.cluster = cluster;
        this.missingTopics = new MissingTopics(cluster);
    }

    @Override
    public void handle(RequestContext context, MetadataRequest request) {
        ClusterImage image = cluster.image();
        short version = context.version();
        if (request.topics != null && version < 12 && refersByIdTooEarly(request)) {
            context.respond(refusal(request));
            return;
        }
        if (request.topics == null || version == 0 && request.topics.isEmpty()) {
            MetadataResponse response = response(context, request, image);
            for (TopicImage topic : image.topics()) {
                if (Permission.METADATA_ALL.isGranted(context, topic.name())) {
                    response.topics.add(describe(topic, context, request, image));
                }
            }
            context.respond(withBrokers(response, context, image));
            return;
        }
        Map<String, ErrorCode> refused = new HashMap<>();
        List<NewTopic> missing = missingTopics(context, request, image, refused);
        if (missing.isEmpty()) {
            context.respond(describeNamed(context, request, image, refused));
            return;
        }
        TimedAnswer.give(context, cluster.store().createTopics(missing, false), CREATION_WAIT_MILLIS_MAX,
                results -> describeNamed(context, request, cluster.image(), errors(missing, results, refused)),
                (error, reason) -> describeNamed(context, request, cluster.image(), refused));
    }

    private static boolean refersByIdTooEarly(MetadataRequest request) {
        for (MetadataRequestTopic topic : request.topics) {
            if (topic.name == null || !topic.topicId.equals(Message.ZERO_UUID)) {
                return true;
            }
        }
        return false;
    }

    private static MetadataResponse refusal(MetadataRequest request) {
        MetadataResponse response = new MetadataResponse();
        for (MetadataRequestTopic topic : request.topics) {
            MetadataResponseTopic refused = error(ErrorCode.INVALID_REQUEST, topic.name == null ? "" : topic.name);
            refused.topicId = topic.topicId;
            response.topics.add(refused);
        }
        return response;
    }

    /** The topics to create before the answer. Illegal names are left to the answer; what the client may not create is noted in {@code refused}. */
    private List<NewTopic> missingTopics(RequestContext context, MetadataRequest request, ClusterImage image, Map<String, ErrorCode> refused) {
        if (context.version() >= 4 && !request.allowAutoTopicCreation) {
            return List.of();
        }
        List<NewTopic> missing = new ArrayList<>(0);
        for (MetadataRequestTopic topic : request.topics) {
            NewTopic creatable = topic.name == null || !topic.topicId.equals(Message.ZERO_UUID) ? null : missingTopics.creatable(topic.name, image);
            if (creatable == null || !Permission.METADATA.isGrantedQuietly(context, creatable.name())) {
                continue;
            }
            if (mayCreate(context, creatable.name())) {
                missing.add(creatable);
            } else {
                refused.put(creatable.name(), Permission.METADATA_CREATE_TOPIC.refusal());
            }
        }
        return missing;
    }

    private static boolean mayCreate(RequestContext context, String topic) {
        return Permission.METADATA_CREATE.isGrantedQuietly(context) || Permission.METADATA_CREATE_TOPIC.isGranted(context, topic);
    }

    /** What kept topics from being created, by name, as far as clients know what to do with it; the rest is left to be "unknown", which they retry. */
    private static Map<String, ErrorCode> errors(List<NewTopic> topics, List<Result<TopicImage>> results, Map<String, ErrorCode> refused) {
        Map<String, ErrorCode> errors = new HashMap<>(refused);
        for (int i = 0; i < topics.size(); i++) {
            ErrorCode error = results.get(i).error();
            switch (error) {
                case INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR -> errors.put(topics.get(i).name(), error);
                default -> {}
            }
        }
        return errors;
    }

    private MetadataResponse describeNamed(RequestContext context, MetadataRequest request, ClusterImage image, Map<String, ErrorCode> errors) {
        MetadataResponse response = response(context, request, image);
        // A topic named several times is told once.
        Map<Object, MetadataResponseTopic> told = new LinkedHashMap<>();
        for (MetadataRequestTopic asked : request.topics) {
            if (!asked.topicId.equals(Message.ZERO_UUID)) {
                TopicImage topic = image.topic(asked.topicId);
                if (topic != null && Permission.METADATA.isGranted(context, topic.name())) {
                    told.computeIfAbsent(topic.name(), name -> describe(topic, context, request, image));
                } else {
                    told.computeIfAbsent(asked.topicId, id -> {
                        MetadataResponseTopic unknown = error(ErrorCode.UNKNOWN_TOPIC_ID, null);
                        unknown.topicId = asked.topicId;
                        return unknown;
                    });
                }
            } else if (asked.name == null) {
                told.put(Message.ZERO_UUID, error(ErrorCode.INVALID_REQUEST, null));
            } else {
                told.computeIfAbsent(asked.name, name -> describeName(asked.name, context, request, image, errors));
            }
        }
        response.topics.addAll(told.values());
        return withBrokers(response, context, image);
    }

    private static MetadataResponseTopic describeName(
            String name, RequestContext context, MetadataRequest request, ClusterImage image, Map<String, ErrorCode> errors) {
        if (!Permission.METADATA.isGranted(context, name)) {
            return error(Permission.METADATA.refusal(), name);
        }
        TopicImage topic = image.topic(name);
        if (topic != null) {
            return describe(topic, context, request, image);
        }
        return error(TopicNames.problem(name) != null
                ? ErrorCode.INVALID_TOPIC_EXCEPTION
                : errors.getOrDefault(name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), name);
    }

    private static MetadataResponseTopic error(ErrorCode error, String name) {
        MetadataResponseTopic topic = new MetadataResponseTopic();
        topic.errorCode = error.code();
        topic.name = name;
        topic.isInternal = name != null && TopicNames.isInternal(name);
        return topic;
    }

    private static MetadataResponseTopic describe(TopicImage topic, RequestContext context, MetadataRequest request, ClusterImage image) {
        MetadataResponseTopic described = new MetadataResponseTopic();
        described.name = topic.name();
        described.topicId = topic.id();
        described.isInternal = topic.internal();
        if (request.includeTopicAuthorizedOperations) {
            described.topicAuthorizedOperations = AuthorizedOperations.ofTopic(context, topic.name());
        }
        List<PartitionImage> partitions = topic.partitions();
        described.partitions = new ArrayList<>(partitions.size());
        String listener = context.client().listenerName();
        for (int index = 0; index < partitions.size(); index++) {
            PartitionImage partition = partitions.get(index);
            PartitionState state = PartitionState.of(partition, image, listener);
            MetadataResponsePartition one = new MetadataResponsePartition();
            // Clients before v6 do not know that a broker may lack a listener.
            one.errorCode = (state.error() == ErrorCode.LISTENER_NOT_FOUND && context.version() < 6 ? ErrorCode.LEADER_NOT_AVAILABLE : state.error()).code();
            one.partitionIndex = index;
            one.leaderId = state.leader();
            one.leaderEpoch = partition.leaderEpoch();
            one.replicaNodes = partition.replicas();
            one.isrNodes = partition.inSyncReplicas();
            one.offlineReplicas = state.offlineReplicas();
            described.partitions.add(one);
        }
        return described;
    }

    /** A response that says everything but the topics and their brokers. */
    private static MetadataResponse response(RequestContext context, MetadataRequest request, ClusterImage image) {
        MetadataResponse response = new MetadataResponse();
        response.clusterId = image.clusterId();
        response.controllerId = image.controllerId();
        if (request.includeClusterAuthorizedOperations) {
            response.clusterAuthorizedOperations = AuthorizedOperations.ofCluster(context, Permission.METADATA_CLUSTER_OPERATIONS);
        }
        return response;
    }

    /**
     * Brokers that clients may connect to. One that stops is none of them as soon as it leads nothing that the client asks for: its connections are about to be closed, and who connected again would wait
     * for an address that nobody has. Where all stop there is nobody else to go to.
     */
    private static MetadataResponse withBrokers(MetadataResponse response, RequestContext context, ClusterImage image) {
        String listener = context.client().listenerName();
        boolean isAnybodyStaying = image.isAnybodyStaying();
        for (BrokerImage broker : image.brokers()) {
            BrokerImage.Endpoint endpoint = broker.endpoint(listener);
            boolean isGoing = isAnybodyStaying && broker.standing() == BrokerImage.Standing.STOPPING;
            if (endpoint != null && (!isGoing || isLeader(broker.id(), response))) {
                MetadataResponseBroker one = new MetadataResponseBroker();
                one.nodeId = broker.id();
                one.host = endpoint.host();
                one.port = endpoint.port();
                one.rack = broker.rack();
                response.brokers.add(one);
            }
        }
        return response;
    }
    private static boolean isLeader(int broker, MetadataResponse response) {
        return response.topics.stream().anyMatch(topic -> topic.partitions.stream().anyMatch(partition -> partition.leaderId == broker));
    }
}
