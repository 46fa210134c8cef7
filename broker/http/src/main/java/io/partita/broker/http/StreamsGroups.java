package io.partita.broker.http;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.StreamsGroupDescribeRequest;
import io.partita.broker.protocol.message.StreamsGroupDescribeResponse;
import io.partita.broker.protocol.message.StreamsGroupDescribeResponse.Subtopology;
import io.partita.broker.protocol.message.StreamsGroupDescribeResponse.TaskIds;
import io.partita.broker.protocol.message.StreamsGroupDescribeResponse.TopicInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** What a caller may see of groups of Kafka Streams (KIP-1071): by StreamsGroupDescribe. They commit offsets as groups of consumers do. */
final class StreamsGroups {

    private static final int DESCRIBE = 1;

    private StreamsGroups() {}

    /** State, topology and members, with their tasks and the partitions that these read. @throws Problem when there is none, or it may not be seen */
    static JsonObject described(Kafka kafka, int coordinator, String id) {
        var request = new StreamsGroupDescribeRequest();
        request.groupIds.add(id);
        StreamsGroupDescribeResponse response = kafka.at(coordinator, ApiKey.STREAMS_GROUP_DESCRIBE, DESCRIBE, request);
        var group = response.groups.getFirst();
        Problem.check(group.errorCode, "group '" + id + "'", group.errorMessage);
        List<Subtopology> subtopologies = group.topology == null || group.topology.subtopologies == null ? List.of() : group.topology.subtopologies;
        JsonArray parts = new JsonArray();
        subtopologies.forEach(one -> parts.add(new JsonObject().put("subtopology", one.subtopologyId)
                .put("sources", new JsonArray(new ArrayList<>(sources(one))))
                .put("repartitionSinks", new JsonArray(new ArrayList<>(one.repartitionSinkTopics))).put("changelogs", names(one.stateChangelogTopics))));
        JsonArray members = new JsonArray();
        for (var member : group.members) {
            members.add(Groups.member(member.memberId, member.instanceId, member.clientId, member.clientHost,
                    reads(kafka.image(), subtopologies, member.assignment.activeTasks)).put("epoch", member.memberEpoch).put("process", member.processId)
                    .put("topologyEpoch", member.topologyEpoch).put("active", tasks(member.assignment.activeTasks))
                    .put("standby", tasks(member.assignment.standbyTasks)).put("warmup", tasks(member.assignment.warmupTasks)));
        }
        return new JsonObject().put("group", id).put("coordinator", coordinator).put("type", "streams").put("state", group.groupState)
                .put("assignor", group.assignorName).put("epoch", group.groupEpoch).put("assignmentEpoch", group.assignmentEpoch)
                .put("topologyEpoch", group.topology == null ? null : group.topology.epoch).put("subtopologies", parts).put("members", members);
    }

    private static TreeSet<String> sources(Subtopology one) {
        TreeSet<String> sources = new TreeSet<>(one.sourceTopics);
        one.repartitionSourceTopics.forEach(topic -> sources.add(topic.name));
        return sources;
    }

    private static JsonArray names(List<TopicInfo> topics) {
        return new JsonArray(topics.stream().map(topic -> topic.name).toList());
    }

    /** As Kafka Streams writes them: 1_0 is the first task of the second part. */
    private static JsonArray tasks(List<TaskIds> tasks) {
        JsonArray names = new JsonArray();
        tasks.forEach(of -> of.partitions.forEach(partition -> names.add(of.subtopologyId + "_" + partition)));
        return names;
    }

    /** A task reads the partition of its number of each topic that has one. */
    private static JsonArray reads(ClusterImage image, List<Subtopology> subtopologies, List<TaskIds> active) {
        JsonArray reads = new JsonArray();
        for (TaskIds tasks : active) {
            subtopologies.stream().filter(one -> one.subtopologyId.equals(tasks.subtopologyId)).forEach(one -> {
                for (String source : sources(one)) {
                    TopicImage topic = image.topic(source);
                    List<Integer> partitions = topic == null ? List.of() : tasks.partitions.stream().filter(index -> topic.partition(index) != null).toList();
                    if (!partitions.isEmpty()) {
                        reads.add(new JsonObject().put("topic", source).put("partitions", new JsonArray(new ArrayList<>(partitions))));
                    }
                }
            });
        }
        return reads;
    }
}
