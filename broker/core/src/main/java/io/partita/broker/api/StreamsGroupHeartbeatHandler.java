package io.partita.broker.api;

import io.partita.broker.group.Answer;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.streams.ResolvedTopology.MissingTopic;
import io.partita.broker.group.streams.StreamsHeartbeatRequest;
import io.partita.broker.group.streams.StreamsHeartbeatResult;
import io.partita.broker.group.streams.StreamsMemberMetadata;
import io.partita.broker.group.streams.StreamsStatus;
import io.partita.broker.group.streams.TaskId;
import io.partita.broker.group.streams.Tasks;
import io.partita.broker.group.streams.Topology;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatRequest;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatRequest.KeyValue;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatRequest.TaskIds;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatRequest.TaskOffset;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * StreamsGroupHeartbeat (key 88), versions 0–1 (KIP-1071): joins, leaves, says what it has, learns what it is to have. Topics of the application that are
 * missing are made with the rights of whoever asks. The answer may be held back for a second while nothing changes, if the client is one that can bear it. v1
 * tells a wider lag that is acceptable; no descriptions of topologies are kept (KIP-1331), so none are asked for.
 */
public final class StreamsGroupHeartbeatHandler implements Handler<StreamsGroupHeartbeatRequest> {

    private final GroupCoordinator groups;
    private final StreamsTopics topics;

    public StreamsGroupHeartbeatHandler(GroupCoordinator groups, MetadataStore store) {
        this.groups = groups;
        this.topics = new StreamsTopics(store);
    }

    @Override
    public void handle(RequestContext context, StreamsGroupHeartbeatRequest request) {
        if (!Permission.STREAMS_GROUP_HEARTBEAT.isGranted(context, request.groupId)) {
            refuse(context, Permission.STREAMS_GROUP_HEARTBEAT.refusal(), null);
            return;
        }
        Topology topology = request.topology == null ? null : topology(request.topology);
        if (request.topology != null) {
            String problem = problem(request.topology, topology);
            if (problem != null) {
                refuse(context, ErrorCode.STREAMS_INVALID_TOPOLOGY, problem);
                return;
            }
            if (!topology.topicNames().stream().allMatch(name -> Permission.STREAMS_GROUP_HEARTBEAT_TOPIC.isGranted(context, name))) {
                refuse(context, Permission.STREAMS_GROUP_HEARTBEAT_TOPIC.refusal(), null);
                return;
            }
        }
        if ((request.activeTasks == null) != (request.standbyTasks == null) || (request.activeTasks == null) != (request.warmupTasks == null)) {
            refuse(context, ErrorCode.INVALID_REQUEST, "If one task-type is non-null, all must be non-null.");
            return;
        }
        Tasks owned = request.activeTasks == null
                ? null
                : new Tasks(tasks(request.activeTasks), tasks(request.standbyTasks), tasks(request.warmupTasks));
        var endpoint = request.userEndpoint == null ? null : new StreamsMemberMetadata.Endpoint(request.userEndpoint.host, request.userEndpoint.port);
        var heartbeat = new StreamsHeartbeatRequest(request.groupId, request.memberId, request.memberEpoch, request.endpointInformationEpoch,
                request.instanceId, request.rackId, request.rebalanceTimeoutMs, topology, owned, request.processId, endpoint,
                request.clientTags == null ? null : pairs(request.clientTags), lags(request), request.shutdownApplication, GroupClient.of(context));
        groups.streamsHeartbeat(heartbeat, answer(context));
    }

    private static void refuse(RequestContext context, ErrorCode error, String message) {
        var refusal = new StreamsGroupHeartbeatResponse();
        refusal.errorCode = error.code();
        refusal.errorMessage = message;
        context.respond(refusal);
    }

    private Answer<StreamsHeartbeatResult> answer(RequestContext context) {
        return GroupClient.answer(context, result -> response(context, result));
    }

    // ---- request

    private static String problem(StreamsGroupHeartbeatRequest.Topology said, Topology topology) {
        var names = topology.topicNames();
        for (var subtopology : said.subtopologies) {
            if (!subtopology.sourceTopicRegex.isEmpty() || subtopology.copartitionGroups.stream().anyMatch(group -> !group.sourceTopicRegex.isEmpty())) {
                return "Regular expressions for source topics are not supported yet.";
            }
            names.addAll(subtopology.repartitionSinkTopics);
        }
        var internal = names.stream().filter(TopicNames::isInternal).toList();
        if (!internal.isEmpty()) {
            return "Use of Kafka internal topics " + String.join(",", internal) + " in a Kafka Streams topology is prohibited.";
        }
        var invalid = names.stream().filter(name -> TopicNames.problem(name) != null).toList();
        return invalid.isEmpty() ? null : "Topic names " + String.join(",", invalid) + " are not valid topic names.";
    }

    private static Topology topology(StreamsGroupHeartbeatRequest.Topology topology) {
        var subtopologies = new ArrayList<Topology.Subtopology>();
        for (var one : topology.subtopologies) {
            var copartitions = one.copartitionGroups.stream()
                    .map(group -> new Topology.Copartition(group.sourceTopics, group.repartitionSourceTopics)).toList();
            subtopologies.add(new Topology.Subtopology(one.subtopologyId, one.sourceTopics, internal(one.repartitionSourceTopics), one.repartitionSinkTopics,
                    internal(one.stateChangelogTopics), copartitions));
        }
        return new Topology(topology.epoch, subtopologies);
    }

    private static List<Topology.InternalTopic> internal(List<StreamsGroupHeartbeatRequest.TopicInfo> topics) {
        return topics.stream().map(info -> new Topology.InternalTopic(info.name, info.partitions, info.replicationFactor, pairs(info.topicConfigs))).toList();
    }

    private static SortedMap<String, String> pairs(Collection<KeyValue> said) {
        var pairs = new TreeMap<String, String>();
        said.forEach(pair -> pairs.put(pair.key, pair.value));
        return pairs;
    }

    private static SortedSet<TaskId> tasks(List<TaskIds> said) {
        var tasks = new TreeSet<TaskId>();
        said.forEach(ids -> ids.partitions.forEach(partition -> tasks.add(new TaskId(ids.subtopologyId, partition))));
        return tasks;
    }

    /** How much is missing in each copy of state; null when nothing is said. */
    private static Map<TaskId, Long> lags(StreamsGroupHeartbeatRequest request) {
        if (request.taskOffsets == null) {
            return null;
        }
        var ends = new HashMap<TaskId, Long>();
        if (request.taskEndOffsets != null) {
            request.taskEndOffsets.forEach(end -> ends.put(task(end), end.offset));
        }
        var lags = new HashMap<TaskId, Long>();
        for (TaskOffset offset : request.taskOffsets) {
            Long end = ends.get(task(offset));
            // Where the end is not known there may be any number missing.
            lags.put(task(offset), end == null ? Long.MAX_VALUE : Math.max(0, end - offset.offset));
        }
        return lags;
    }

    private static TaskId task(TaskOffset offset) {
        return new TaskId(offset.subtopologyId, offset.partition);
    }

    // ---- response

    private StreamsGroupHeartbeatResponse response(RequestContext context, StreamsHeartbeatResult result) {
        var response = new StreamsGroupHeartbeatResponse();
        response.errorCode = result.error().code();
        response.errorMessage = result.message();
        if (result.error() != ErrorCode.NONE) {
            return response;
        }
        response.memberId = result.memberId();
        response.memberEpoch = result.epoch();
        response.heartbeatIntervalMs = result.times().intervalMillis();
        response.taskOffsetIntervalMs = result.times().taskOffsetIntervalMillis();
        response.acceptableRecoveryLagLegacy = (int) Math.min(Integer.MAX_VALUE, result.times().acceptableLag());
        response.acceptableRecoveryLag = result.times().acceptableLag();
        response.status = new ArrayList<>();
        for (StreamsStatus status : result.statuses()) {
            boolean missing = status.code() == StreamsStatus.Code.MISSING_INTERNAL_TOPICS;
            String more = missing ? makeTopics(context, result.missing()) : "";
            var one = new StreamsGroupHeartbeatResponse.Status();
            one.statusCode = status.code().id();
            one.statusDetail = status.detail() + more;
            response.status.add(one);
        }
        if (result.tasks() != null) {
            response.activeTasks = ids(result.tasks().active());
            response.standbyTasks = ids(result.tasks().standby());
            response.warmupTasks = ids(result.tasks().warmup());
        }
        response.endpointInformationEpoch = result.endpointEpoch();
        if (result.endpoints() != null) {
            response.partitionsByUserEndpoint = new ArrayList<>();
            for (var endpoint : result.endpoints()) {
                var one = new StreamsGroupHeartbeatResponse.EndpointToPartitions();
                one.userEndpoint = new StreamsGroupHeartbeatResponse.Endpoint();
                one.userEndpoint.host = endpoint.endpoint().host();
                one.userEndpoint.port = endpoint.endpoint().port();
                one.activePartitions = partitions(endpoint.active());
                one.standbyPartitions = partitions(endpoint.standby());
                response.partitionsByUserEndpoint.add(one);
            }
        }
        return response;
    }

    /** Has topics made that the client may make. What there is to say to that. */
    private String makeTopics(RequestContext context, List<MissingTopic> missing) {
        boolean all = Permission.STREAMS_GROUP_HEARTBEAT_CREATE.isGrantedQuietly(context);
        var allowed = new ArrayList<MissingTopic>();
        var refused = new ArrayList<String>();
        for (MissingTopic topic : missing) {
            if (all || Permission.STREAMS_GROUP_HEARTBEAT_CREATE_TOPIC.isGranted(context, topic.topic().name())) {
                allowed.add(topic);
            } else {
                refused.add(topic.topic().name());
            }
        }
        String failed = topics.make(allowed);
        return (refused.isEmpty() ? "" : "; Unauthorized to CREATE on topics " + String.join(", ", refused) + ".") + failed;
    }

    private static List<StreamsGroupHeartbeatResponse.TopicPartition> partitions(SortedMap<String, SortedSet<Integer>> topics) {
        var partitions = new ArrayList<StreamsGroupHeartbeatResponse.TopicPartition>();
        topics.forEach((name, numbers) -> {
            var one = new StreamsGroupHeartbeatResponse.TopicPartition();
            one.topic = name;
            one.partitions = List.copyOf(numbers);
            partitions.add(one);
        });
        return partitions;
    }

    private static List<StreamsGroupHeartbeatResponse.TaskIds> ids(SortedSet<TaskId> tasks) {
        var partitions = new TreeMap<String, List<Integer>>();
        tasks.forEach(task -> partitions.computeIfAbsent(task.subtopology(), id -> new ArrayList<>()).add(task.partition()));
        var ids = new ArrayList<StreamsGroupHeartbeatResponse.TaskIds>();
        partitions.forEach((subtopology, of) -> {
            var one = new StreamsGroupHeartbeatResponse.TaskIds();
            one.subtopologyId = subtopology;
            one.partitions = of;
            ids.add(one);
        });
        return ids;
    }
}
