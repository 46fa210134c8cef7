package io.partita.broker.http;

import io.partita.broker.http.Groups.Listed;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsResponse;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsResponse;
import io.partita.broker.protocol.message.ShareGroupDescribeRequest;
import io.partita.broker.protocol.message.ShareGroupDescribeResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a caller may see of share groups (KIP-932): by ShareGroupDescribe and DescribeShareGroupOffsets. Their records are acknowledged one by one, so in place of what is committed there
 * is where a group starts: everything before that is done with.
 */
final class ShareGroups {

    private static final int DESCRIBE = 1;
    private static final int OFFSETS = 1;
    private static final int GROUPS_AT_ONCE = 100;
    private static final List<DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseGroup> NONE = List.of();

    private ShareGroups() {}

    /**
     * Where a group stands in a partition.
     *
     * @param start −1 where nothing was read yet
     * @param lag records that are still to be delivered, −1 where that is not known
     */
    record Stand(long start, long lag) {}

    /** Where share groups stand, by group, topic and partition; groups that may not be seen or whose coordinator does not answer are left out. */
    static Map<String, Map<String, Map<Integer, Stand>>> stands(Kafka kafka, List<Listed> groups) {
        Map<Integer, List<String>> byBroker = new LinkedHashMap<>();
        groups.forEach(group -> byBroker.computeIfAbsent(group.coordinator(), broker -> new ArrayList<>()).add(group.id()));
        Map<String, Map<String, Map<Integer, Stand>>> stands = new TreeMap<>();
        byBroker.forEach((broker, ids) -> {
            for (int from = 0; from < ids.size(); from += GROUPS_AT_ONCE) {
                var request = new DescribeShareGroupOffsetsRequest();
                for (String id : ids.subList(from, Math.min(ids.size(), from + GROUPS_AT_ONCE))) {
                    var group = new DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup();
                    group.groupId = id;
                    group.topics = null;
                    request.groups.add(group);
                }
                Map<Integer, DescribeShareGroupOffsetsResponse> answers = kafka.each(List.of(broker), ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS, OFFSETS,
                        asked -> request);
                for (var group : answers.isEmpty() ? NONE : answers.get(broker).groups) {
                    if (group.errorCode != ErrorCode.NONE.code()) {
                        continue;
                    }
                    Map<String, Map<Integer, Stand>> topics = new TreeMap<>();
                    group.topics.forEach(topic -> topic.partitions.forEach(partition -> {
                        if (partition.errorCode == ErrorCode.NONE.code()) {
                            topics.computeIfAbsent(topic.topicName, name -> new TreeMap<>()).put(partition.partitionIndex,
                                    new Stand(partition.startOffset, partition.lag));
                        }
                    }));
                    stands.put(group.groupId, topics);
                }
            }
        });
        return stands;
    }

    static Map<String, Map<Integer, Stand>> stands(Kafka kafka, Listed group) {
        return stands(kafka, List.of(group)).getOrDefault(group.id(), Map.of());
    }

    /** From where a group goes on, by topic and partition, where it has begun. */
    static Map<String, Map<Integer, Long>> starts(Kafka kafka, Listed group) {
        Map<String, Map<Integer, Long>> starts = new TreeMap<>();
        stands(kafka, group).forEach((topic, partitions) -> partitions.forEach((partition, stand) -> {
            if (stand.start() >= 0) {
                starts.computeIfAbsent(topic, name -> new TreeMap<>()).put(partition, stand.start());
            }
        }));
        return starts;
    }

    /** Over partitions; null where it is known of none. */
    static Long lag(Map<Integer, Stand> partitions) {
        Long sum = null;
        for (Stand stand : partitions.values()) {
            if (stand.lag() >= 0) {
                sum = (sum == null ? 0 : sum) + stand.lag();
            }
        }
        return sum;
    }

    /** Over topics; null where it is known of none. */
    static Long lagOfAll(Map<String, Map<Integer, Stand>> topics) {
        Long sum = null;
        for (Map<Integer, Stand> partitions : topics.values()) {
            Long of = lag(partitions);
            sum = of == null ? sum : Long.valueOf((sum == null ? 0 : sum) + of);
        }
        return sum;
    }

    /** State, members and what they have. @throws Problem when there is none, or it may not be seen */
    static JsonObject described(Kafka kafka, int coordinator, String id) {
        var request = new ShareGroupDescribeRequest();
        request.groupIds.add(id);
        ShareGroupDescribeResponse response = kafka.at(coordinator, ApiKey.SHARE_GROUP_DESCRIBE, DESCRIBE, request);
        var group = response.groups.getFirst();
        Problem.check(group.errorCode, "group '" + id + "'", null);
        JsonArray members = new JsonArray();
        for (var member : group.members) {
            JsonArray assigned = new JsonArray();
            member.assignment.topicPartitions.forEach(
                    topic -> assigned.add(new JsonObject().put("topic", topic.topicName).put("partitions", new JsonArray(new ArrayList<>(topic.partitions)))));
            members.add(Groups.member(member.memberId, null, member.clientId, member.clientHost, assigned).put("epoch", member.memberEpoch)
                    .put("subscribed", new JsonArray(new ArrayList<>(member.subscribedTopicNames))));
        }
        return new JsonObject().put("group", id).put("coordinator", coordinator).put("type", "share").put("state", group.groupState)
                .put("assignor", group.assignorName).put("epoch", group.groupEpoch).put("members", members);
    }

    /** Has a group without members go on elsewhere. */
    static void alter(Kafka kafka, Listed group, Map<String, Map<Integer, Long>> wanted) {
        var request = new AlterShareGroupOffsetsRequest();
        request.groupId = group.id();
        wanted.forEach((topic, partitions) -> {
            var one = new AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic();
            one.topicName = topic;
            partitions.forEach((index, offset) -> {
                var partition = new AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition();
                partition.partitionIndex = index;
                partition.startOffset = offset;
                one.partitions.add(partition);
            });
            request.topics.add(one);
        });
        AlterShareGroupOffsetsResponse response = kafka.at(group.coordinator(), ApiKey.ALTER_SHARE_GROUP_OFFSETS, 0, request);
        Problem.check(response.errorCode, "group '" + group.id() + "'", null);
        response.responses.forEach(topic -> topic.partitions
                .forEach(partition -> Problem.check(partition.errorCode, "topic '" + topic.topicName + "'", partition.errorMessage)));
    }
}
