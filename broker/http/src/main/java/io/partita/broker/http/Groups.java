package io.partita.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.http.Topics.Found;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.message.ConsumerGroupDescribeRequest;
import io.partita.broker.protocol.message.ConsumerGroupDescribeResponse;
import io.partita.broker.protocol.message.ConsumerProtocolAssignment;
import io.partita.broker.protocol.message.DescribeGroupsRequest;
import io.partita.broker.protocol.message.DescribeGroupsResponse;
import io.partita.broker.protocol.message.ListGroupsRequest;
import io.partita.broker.protocol.message.ListGroupsResponse;
import io.partita.broker.protocol.message.OffsetFetchRequest;
import io.partita.broker.protocol.message.OffsetFetchResponse;
import io.partita.broker.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What a caller may see of groups: by ListGroups, DescribeGroups, ConsumerGroupDescribe and OffsetFetch. */
final class Groups {

    private static final int LIST = 5;
    private static final int OFFSET_FETCH = 9;
    /** In one request. */
    private static final int GROUPS_AT_ONCE = 100;

    private Groups() {}

    /** A group in a list. */
    record Listed(String id, String type, String state, String protocol, int coordinator) {

        /** Whether its members commit offsets. How far a group of another kind is, is not known here. */
        boolean commitsOffsets() {
            return type.isEmpty() || type.equalsIgnoreCase("classic") || type.equalsIgnoreCase("consumer") || isStreams();
        }

        boolean isStreams() {
            return type.equalsIgnoreCase("streams");
        }

        boolean isShare() {
            return type.equalsIgnoreCase("share");
        }
    }

    /** One group; as one of consumers that has no members where there is none. @throws Problem when it is of a kind that is not known here */
    static Listed one(Kafka kafka, String id) {
        Listed found = all(kafka).stream().filter(group -> group.id().equals(id)).findFirst()
                .orElseGet(() -> new Listed(id, "", "Empty", "", kafka.coordinator(Kafka.GROUP_KEY, id)));
        if (!found.commitsOffsets() && !found.isShare()) {
            String kind = found.type().toLowerCase(Locale.ROOT);
            throw Problem.of(409, "'" + id + "' is a " + kind + " group: kafka-" + kind + "-groups.sh shows and changes it.");
        }
        return found;
    }

    /** All groups that the caller may describe, by id. */
    static List<Listed> all(Kafka kafka) {
        Map<Integer, ListGroupsResponse> answers = kafka.each(kafka.brokers(), ApiKey.LIST_GROUPS, LIST, broker -> new ListGroupsRequest());
        Map<String, Listed> byId = new TreeMap<>();
        answers.forEach((broker, answer) -> answer.groups.forEach(
                group -> byId.put(group.groupId, new Listed(group.groupId, group.groupType, group.groupState, group.protocolType, broker))));
        return new ArrayList<>(byId.values());
    }

    /** What groups have committed: offsets by partition, topic and group. Those whose coordinators do not answer, or are just loading them, are left out. */
    static Map<String, Map<String, Map<Integer, Long>>> committed(Kafka kafka, List<Listed> groups) {
        Map<Integer, List<String>> byBroker = new LinkedHashMap<>();
        groups.forEach(group -> byBroker.computeIfAbsent(group.coordinator(), broker -> new ArrayList<>()).add(group.id()));
        Map<String, Map<String, Map<Integer, Long>>> committed = new TreeMap<>();
        byBroker.forEach((broker, ids) -> {
            for (int from = 0; from < ids.size(); from += GROUPS_AT_ONCE) {
                OffsetFetchRequest request = request(ids.subList(from, Math.min(ids.size(), from + GROUPS_AT_ONCE)));
                Map<Integer, OffsetFetchResponse> answers = kafka.each(List.of(broker), ApiKey.OFFSET_FETCH, OFFSET_FETCH, asked -> request);
                answers.values().forEach(answer -> answer.groups.stream().filter(group -> group.errorCode == ErrorCode.NONE.code())
                        .forEach(group -> committed.put(group.groupId, offsets(group))));
            }
        });
        return committed;
    }

    /** What one group has committed. @throws Problem when its coordinator does not say: that is not the same as nothing */
    static Map<String, Map<Integer, Long>> committed(Kafka kafka, String id) {
        int coordinator = kafka.coordinator(Kafka.GROUP_KEY, id);
        OffsetFetchResponse response = kafka.at(coordinator, ApiKey.OFFSET_FETCH, OFFSET_FETCH, request(List.of(id)));
        OffsetFetchResponseGroup group = response.groups.getFirst();
        Problem.check(group.errorCode, "group '" + id + "'", null);
        return offsets(group);
    }

    private static OffsetFetchRequest request(List<String> ids) {
        var request = new OffsetFetchRequest();
        for (String id : ids) {
            var group = new OffsetFetchRequest.OffsetFetchRequestGroup();
            group.groupId = id;
            group.topics = null;
            request.groups.add(group);
        }
        return request;
    }

    private static Map<String, Map<Integer, Long>> offsets(OffsetFetchResponseGroup group) {
        Map<String, Map<Integer, Long>> topics = new TreeMap<>();
        group.topics.forEach(topic -> topic.partitions.forEach(partition -> {
            if (partition.errorCode == ErrorCode.NONE.code() && partition.committedOffset >= 0) {
                topics.computeIfAbsent(topic.name, name -> new TreeMap<>()).put(partition.partitionIndex, partition.committedOffset);
            }
        }));
        return topics;
    }

    /** How far each group is behind in each of the topics, whose ends are given. */
    static Map<String, Map<String, Long>> lagByTopic(Kafka kafka, Map<String, Map<Integer, Found>> ends) {
        Map<String, Map<String, Long>> lags = new LinkedHashMap<>();
        List<Listed> all = all(kafka);
        committed(kafka, all.stream().filter(Listed::commitsOffsets).toList()).forEach((group, topics) -> topics.forEach((topic, offsets) -> {
            Map<Integer, Found> of = ends.get(topic);
            if (of != null) {
                lags.computeIfAbsent(topic, name -> new TreeMap<>()).put(group, lag(offsets, of));
            }
        }));
        ShareGroups.stands(kafka, all.stream().filter(Listed::isShare).toList()).forEach((group, topics) -> topics.forEach((topic, partitions) -> {
            Long lag = ShareGroups.lag(partitions);
            if (lag != null && ends.containsKey(topic)) {
                lags.computeIfAbsent(topic, name -> new TreeMap<>()).put(group, lag);
            }
        }));
        return lags;
    }

    static long lag(Map<Integer, Long> committed, Map<Integer, Found> ends) {
        long lag = 0;
        for (Map.Entry<Integer, Long> one : committed.entrySet()) {
            Found end = ends.get(one.getKey());
            lag += end == null ? 0 : Math.max(0, end.offset() - one.getValue());
        }
        return lag;
    }

    /** State, protocol and members of a group. @throws Problem when there is none */
    static JsonObject described(Kafka kafka, String id) {
        int coordinator = kafka.coordinator(Kafka.GROUP_KEY, id);
        var request = new ConsumerGroupDescribeRequest();
        request.groupIds.add(id);
        ConsumerGroupDescribeResponse response = kafka.at(coordinator, ApiKey.CONSUMER_GROUP_DESCRIBE, 1, request);
        var group = response.groups.getFirst();
        JsonObject json = new JsonObject().put("group", id).put("coordinator", coordinator);
        if (group.errorCode != ErrorCode.NONE.code()) {
            return group.errorCode == ErrorCode.GROUP_AUTHORIZATION_FAILED.code() ? refuse(group.errorCode, id) : classic(kafka, coordinator, id, json);
        }
        JsonArray members = new JsonArray();
        for (var member : group.members) {
            JsonArray assigned = new JsonArray();
            member.assignment.topicPartitions.forEach(
                    topic -> assigned.add(new JsonObject().put("topic", topic.topicName).put("partitions", new JsonArray(new ArrayList<>(topic.partitions)))));
            members.add(member(member.memberId, member.instanceId, member.clientId, member.clientHost, assigned).put("epoch", member.memberEpoch));
        }
        return json.put("type", "consumer").put("state", group.groupState).put("assignor", group.assignorName).put("epoch", group.groupEpoch)
                .put("members", members);
    }

    private static JsonObject refuse(short error, String id) {
        throw Problem.of(ErrorCode.forCode(error), "group '" + id + "'", null);
    }

    private static JsonObject classic(Kafka kafka, int coordinator, String id, JsonObject json) {
        var request = new DescribeGroupsRequest();
        request.groups.add(id);
        DescribeGroupsResponse response = kafka.at(coordinator, ApiKey.DESCRIBE_GROUPS, 6, request);
        var group = response.groups.getFirst();
        if (group.errorCode == ErrorCode.GROUP_ID_NOT_FOUND.code()) {
            Listed listed = one(kafka, id);
            if (listed.isShare() || listed.isStreams()) {
                return listed.isShare() ? ShareGroups.described(kafka, coordinator, id) : StreamsGroups.described(kafka, coordinator, id);
            }
        }
        Problem.check(group.errorCode, "group '" + id + "'", null);
        JsonArray members = new JsonArray();
        for (var member : group.members) {
            members.add(
                    member(member.memberId, member.groupInstanceId, member.clientId, member.clientHost, assigned(group.protocolType, member.memberAssignment)));
        }
        return json.put("type", "classic").put("state", group.groupState).put("assignor", group.protocolData).put("protocol", group.protocolType)
                .put("members", members);
    }

    static JsonObject member(String id, String instance, String client, String host, JsonArray assigned) {
        return new JsonObject().put("member", id).put("instance", instance).put("client", client)
                .put("host", host.startsWith("/") ? host.substring(1) : host).put("assigned", assigned);
    }

    /** What a member of a classic group of consumers has; empty where that cannot be read. */
    private static JsonArray assigned(String protocolType, byte[] assignment) {
        JsonArray assigned = new JsonArray();
        if (!protocolType.equals("consumer") || assignment.length < Short.BYTES) {
            return assigned;
        }
        ByteBuf bytes = Unpooled.wrappedBuffer(assignment);
        short version = bytes.readShort();
        var parsed = new ConsumerProtocolAssignment();
        try {
            parsed.read(new MessageReader(bytes), (short) Math.max(0, Math.min(version, ConsumerProtocolAssignment.HIGHEST_VERSION)));
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            return assigned;
        }
        parsed.assignedPartitions.forEach(
                topic -> assigned.add(new JsonObject().put("topic", topic.topic).put("partitions", new JsonArray(new ArrayList<>(topic.partitions)))));
        return assigned;
    }
}
