package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.streams.DescribedStreamsGroup;
import io.partita.broker.group.streams.TaskId;
import io.partita.broker.group.streams.Tasks;
import io.partita.broker.group.streams.Topology;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.StreamsGroupDescribeRequest;
import io.partita.broker.protocol.message.StreamsGroupDescribeResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * StreamsGroupDescribe (key 89), versions 0–1 (KIP-1071). v1 says what assigns (KIP-1357), and whether there is a description of the topology (KIP-1331): there
 * never is one, as none are kept.
 */
public final class StreamsGroupDescribeHandler implements Handler<StreamsGroupDescribeRequest> {

    /** Of descriptions of topologies. */
    private static final byte NOT_STORED = 1;

    private final GroupCoordinator groups;

    public StreamsGroupDescribeHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, StreamsGroupDescribeRequest request) {
        groups.describeStreamsGroups(request.groupIds, GroupClient.guarded(context, results -> {
            var response = new StreamsGroupDescribeResponse();
            for (int i = 0; i < results.size(); i++) {
                var described = new StreamsGroupDescribeResponse.DescribedGroup();
                described.groupId = request.groupIds.get(i);
                ErrorCode error = Permission.STREAMS_GROUP_DESCRIBE.isGranted(context, described.groupId)
                        ? results.get(i).error()
                        : Permission.STREAMS_GROUP_DESCRIBE.refusal();
                DescribedStreamsGroup group = results.get(i).group();
                if (error != ErrorCode.NONE) {
                    described.errorCode = error.code();
                } else if (group == null) {
                    described.errorCode = ErrorCode.GROUP_ID_NOT_FOUND.code();
                    described.errorMessage = "Streams group " + described.groupId + " not found.";
                } else if (!mayKnow(context, group)) {
                    described.errorCode = Permission.STREAMS_GROUP_DESCRIBE_TOPIC.refusal().code();
                    described.errorMessage = "The described group uses topics that the client is not authorized to describe.";
                } else {
                    fill(described, group);
                    described.topologyDescriptionStatus = request.includeTopologyDescription ? NOT_STORED : 0;
                    if (request.includeAuthorizedOperations) {
                        described.authorizedOperations = AuthorizedOperations.ofGroup(context, described.groupId);
                    }
                }
                response.groups.add(described);
            }
            context.respond(response);
        }));
    }

    private static boolean mayKnow(RequestContext context, DescribedStreamsGroup group) {
        return group.topology() == null
                || group.topology().topicNames().stream().allMatch(name -> Permission.STREAMS_GROUP_DESCRIBE_TOPIC.isGranted(context, name));
    }

    private static void fill(StreamsGroupDescribeResponse.DescribedGroup described, DescribedStreamsGroup group) {
        described.groupState = group.state();
        described.groupEpoch = group.epoch();
        described.assignmentEpoch = group.assignmentEpoch();
        described.assignorName = group.assignor();
        described.topology = group.topology() == null ? null : topology(group);
        for (var member : group.members()) {
            var metadata = member.metadata();
            var one = new StreamsGroupDescribeResponse.Member();
            one.memberId = member.memberId();
            one.memberEpoch = member.epoch();
            one.instanceId = metadata.instanceId();
            one.rackId = metadata.rackId();
            one.clientId = metadata.clientId();
            one.clientHost = metadata.clientHost();
            one.topologyEpoch = metadata.topologyEpoch();
            one.processId = metadata.processId();
            if (metadata.endpoint() != null) {
                one.userEndpoint = new StreamsGroupDescribeResponse.Endpoint();
                one.userEndpoint.host = metadata.endpoint().host();
                one.userEndpoint.port = metadata.endpoint().port();
            }
            one.clientTags = pairs(metadata.tags());
            one.assignment = assignment(member.assigned());
            one.targetAssignment = assignment(member.target());
            described.members.add(one);
        }
    }

    private static StreamsGroupDescribeResponse.Topology topology(DescribedStreamsGroup group) {
        var topology = new StreamsGroupDescribeResponse.Topology();
        topology.epoch = group.topology().epoch();
        topology.subtopologies = new ArrayList<>();
        for (Topology.Subtopology subtopology : group.topology().subtopologies()) {
            var one = new StreamsGroupDescribeResponse.Subtopology();
            one.subtopologyId = subtopology.id();
            one.sourceTopics = subtopology.sourceTopics();
            one.repartitionSinkTopics = subtopology.repartitionSinks();
            // Changelogs have a partition for each task.
            int tasks = group.taskCounts().getOrDefault(subtopology.id(), 0);
            subtopology.changelogs().forEach(topic -> one.stateChangelogTopics.add(info(topic, tasks)));
            subtopology.repartitionSources().forEach(topic -> one.repartitionSourceTopics.add(info(topic, topic.partitions())));
            topology.subtopologies.add(one);
        }
        return topology;
    }

    private static StreamsGroupDescribeResponse.TopicInfo info(Topology.InternalTopic topic, int partitions) {
        var info = new StreamsGroupDescribeResponse.TopicInfo();
        info.name = topic.name();
        info.partitions = partitions;
        info.replicationFactor = topic.replicationFactor();
        info.topicConfigs = pairs(topic.configs());
        return info;
    }

    private static List<StreamsGroupDescribeResponse.KeyValue> pairs(Map<String, String> map) {
        var pairs = new ArrayList<StreamsGroupDescribeResponse.KeyValue>();
        map.forEach((name, set) -> {
            var pair = new StreamsGroupDescribeResponse.KeyValue();
            pair.key = name;
            pair.value = set;
            pairs.add(pair);
        });
        return pairs;
    }

    private static StreamsGroupDescribeResponse.Assignment assignment(Tasks tasks) {
        var assignment = new StreamsGroupDescribeResponse.Assignment();
        assignment.activeTasks = ids(tasks.active());
        assignment.standbyTasks = ids(tasks.standby());
        assignment.warmupTasks = ids(tasks.warmup());
        return assignment;
    }

    private static List<StreamsGroupDescribeResponse.TaskIds> ids(SortedSet<TaskId> tasks) {
        var partitions = new TreeMap<String, List<Integer>>();
        tasks.forEach(task -> partitions.computeIfAbsent(task.subtopology(), id -> new ArrayList<>()).add(task.partition()));
        var ids = new ArrayList<StreamsGroupDescribeResponse.TaskIds>();
        partitions.forEach((subtopology, of) -> {
            var one = new StreamsGroupDescribeResponse.TaskIds();
            one.subtopologyId = subtopology;
            one.partitions = of;
            ids.add(one);
        });
        return ids;
    }
}
