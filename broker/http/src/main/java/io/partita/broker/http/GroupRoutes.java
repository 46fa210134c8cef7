package io.partita.broker.http;

import io.partita.broker.http.Groups.Listed;
import io.partita.broker.http.ShareGroups.Stand;
import io.partita.broker.http.Topics.Found;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteGroupsRequest;
import io.partita.broker.protocol.message.DeleteGroupsResponse;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetCommitResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Groups: how far they are behind, who is in them, and from where they go on. */
final class GroupRoutes {

    private GroupRoutes() {}

    static List<Route> all() {
        return List.of(
                Route.get("/api/v1/groups", "listGroups", "The groups that you may see, by id", GroupRoutes::list)
                        .query("name", "string", "Only those with this in their ids").query("state", "string", "Only those in this state, as Stable or Empty")
                        .query("include", "string", "lag: how far each is behind, over all partitions")
                        .query("limit", "integer", "How many at most (100; at most 1000)")
                        .query("after", "string", "Begin behind this id: next of the page before")
                        .gives("groups", "array").gives("total", "integer"),
                Route.get("/api/v1/groups/{group}", "getGroup",
                        "A group of any kind: its members and what they have, and how far it is: what it has committed, or with share groups where it starts",
                        GroupRoutes::get)
                        .gives("group", "string").gives("state", "string").gives("members", "array").gives("offsets", "array").gives("lag", "integer"),
                Route.of("DELETE", "/api/v1/groups/{group}", "deleteGroup", "Deletes a group without members, with its offsets", GroupRoutes::delete)
                        .answers(204, "It is gone"),
                Route.of("POST", "/api/v1/groups/{group}/offsets", "resetOffsets",
                        "Sets from where a group without members goes on. Without dryRun: false it only says from where that would be", GroupRoutes::reset)
                        .takes(new JsonObject().put("topics", new JsonArray().add("orders")).put("to", "PT24H").put("dryRun", true))
                        .gives("dryRun", "boolean").gives("offsets", "array"));
    }

    private static HttpAnswer list(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        List<Listed> groups = Groups.all(kafka);
        String state = exchange.request().parameter("state");
        groups.removeIf(group -> !exchange.isWanted(group.id()) || state != null && !state.equalsIgnoreCase(group.state()));
        boolean lag = "lag".equals(exchange.request().parameter("include"));
        return HttpAnswer.ok(exchange.page("groups", groups, Listed::id, part -> shown(kafka, part, lag)));
    }

    private static List<JsonObject> shown(Kafka kafka, List<Listed> groups, boolean withLag) {
        Map<String, Map<String, Map<Integer, Long>>> committed = withLag
                ? Groups.committed(kafka, groups.stream().filter(Listed::commitsOffsets).toList())
                : Map.of();
        Map<String, Map<Integer, Found>> ends = withLag ? ends(kafka, committed) : Map.of();
        Map<String, Map<String, Map<Integer, Stand>>> stands = withLag
                ? ShareGroups.stands(kafka, groups.stream().filter(Listed::isShare).toList())
                : Map.of();
        List<JsonObject> shown = new ArrayList<>();
        for (Listed group : groups) {
            JsonObject json = new JsonObject().put("group", group.id()).put("type", group.type()).put("state", group.state()).put("coordinator",
                    group.coordinator());
            if (withLag && group.isShare()) {
                Map<String, Map<Integer, Stand>> topics = stands.getOrDefault(group.id(), Map.of());
                json.put("lag", ShareGroups.lagOfAll(topics)).put("topics", new JsonArray(new ArrayList<>(topics.keySet())));
            } else if (withLag && !committed.containsKey(group.id())) {
                json.putNull("lag").put("topics", new JsonArray());
            } else if (withLag) {
                Map<String, Map<Integer, Long>> topics = committed.getOrDefault(group.id(), Map.of());
                long lag = 0;
                for (Map.Entry<String, Map<Integer, Long>> topic : topics.entrySet()) {
                    lag += Groups.lag(topic.getValue(), ends.getOrDefault(topic.getKey(), Map.of()));
                }
                json.put("lag", lag).put("topics", new JsonArray(new ArrayList<>(topics.keySet())));
            }
            shown.add(json);
        }
        return shown;
    }

    private static Map<String, Map<Integer, Found>> ends(Kafka kafka, Map<String, Map<String, Map<Integer, Long>>> committed) {
        Map<String, TreeMap<Integer, Long>> all = new TreeMap<>();
        committed.values().forEach(topics -> topics.forEach((topic, offsets) -> all.computeIfAbsent(topic, name -> new TreeMap<>()).putAll(offsets)));
        Map<String, List<Integer>> partitions = new LinkedHashMap<>();
        all.forEach((topic, offsets) -> partitions.put(topic, List.copyOf(offsets.keySet())));
        return Topics.offsets(kafka, partitions, Topics.LATEST);
    }

    private static HttpAnswer get(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        String id = exchange.path("group");
        JsonObject group = Groups.described(kafka, id);
        if (group.getString("type").equals("share")) {
            return HttpAnswer.ok(withStands(kafka, id, group));
        }
        Map<String, Map<Integer, Long>> committed = Groups.committed(kafka, id);
        Map<String, Map<Integer, Found>> ends = ends(kafka, Map.of(id, committed));
        JsonArray offsets = new JsonArray();
        long lag = 0;
        for (Map.Entry<String, Map<Integer, Long>> topic : committed.entrySet()) {
            Map<Integer, Found> of = ends.getOrDefault(topic.getKey(), Map.of());
            lag += Groups.lag(topic.getValue(), of);
            topic.getValue().forEach((partition, offset) -> {
                Found end = of.get(partition);
                offsets.add(new JsonObject().put("topic", topic.getKey()).put("partition", partition).put("committed", offset)
                        .put("endOffset", end == null ? null : end.offset()).put("lag", end == null ? null : Math.max(0, end.offset() - offset)));
            });
        }
        return HttpAnswer.ok(group.put("offsets", offsets).put("lag", lag));
    }

    private static JsonObject withStands(Kafka kafka, String id, JsonObject group) {
        Map<String, Map<Integer, Stand>> stands = ShareGroups.stands(kafka, new Listed(id, "share", "", "", group.getInteger("coordinator")));
        Map<String, List<Integer>> partitions = new LinkedHashMap<>();
        stands.forEach((topic, of) -> partitions.put(topic, List.copyOf(of.keySet())));
        Map<String, Map<Integer, Found>> ends = Topics.offsets(kafka, partitions, Topics.LATEST);
        JsonArray offsets = new JsonArray();
        stands.forEach((topic, of) -> of.forEach((partition, stand) -> {
            Found end = ends.getOrDefault(topic, Map.of()).get(partition);
            offsets.add(new JsonObject().put("topic", topic).put("partition", partition).put("start", stand.start() < 0 ? null : stand.start())
                    .put("endOffset", end == null ? null : end.offset()).put("lag", stand.lag() < 0 ? null : stand.lag()));
        }));
        Long lag = ShareGroups.lagOfAll(stands);
        return group.put("offsets", offsets).put("lag", lag == null ? 0 : lag);
    }

    private static HttpAnswer delete(Exchange exchange) {
        String id = exchange.path("group");
        var request = new DeleteGroupsRequest();
        request.groupsNames.add(id);
        DeleteGroupsResponse response = exchange.kafka().at(exchange.kafka().coordinator(Kafka.GROUP_KEY, id), ApiKey.DELETE_GROUPS, 2, request);
        Problem.check(response.results.getFirst().errorCode, "group '" + id + "'", null);
        return HttpAnswer.nothing();
    }

    private static HttpAnswer reset(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        String id = exchange.path("group");
        JsonObject body = exchange.body("offsets", "topics", "to", "by", "dryRun");
        boolean dryRun = Body.flag(body, "dryRun", true);
        Listed group = Groups.one(kafka, id);
        Map<String, Map<Integer, Long>> before = group.isShare() ? ShareGroups.starts(kafka, group) : Groups.committed(kafka, id);
        Map<String, Map<Integer, Long>> wanted = wanted(kafka, body, before);
        if (wanted.isEmpty()) {
            throw Problem.badRequest("There is nothing to reset: the group '" + id + "' has committed nothing, so say which topics.");
        }
        if (!dryRun && group.isShare()) {
            ShareGroups.alter(kafka, group, wanted);
        } else if (!dryRun) {
            commit(kafka, id, wanted);
        }
        JsonArray offsets = new JsonArray();
        wanted.forEach((topic, partitions) -> partitions.forEach((partition, offset) -> {
            Long was = before.getOrDefault(topic, Map.of()).get(partition);
            offsets.add(new JsonObject().put("topic", topic).put("partition", partition).put("before", was).put("after", offset)
                    .put("change", was == null ? null : offset - was));
        }));
        JsonObject answer = new JsonObject().put("group", id).put("dryRun", dryRun).put("offsets", offsets);
        if (dryRun && !group.state().equals("Empty")) {
            answer.put("warning", "The group has members, and only a group without is reset: stop its consumers first.");
        }
        return HttpAnswer.ok(answer);
    }

    private static Map<String, Map<Integer, Long>> wanted(Kafka kafka, JsonObject body, Map<String, Map<Integer, Long>> before) {
        Map<String, Map<Integer, Long>> wanted = new TreeMap<>();
        List<JsonObject> explicit = Body.objects(body, "offsets");
        for (JsonObject one : explicit) {
            Body.only(one, "topic", "partition", "offset");
            String topic = Body.string(one, "topic");
            int partition = (int) Body.number(one, "partition", -1, 0, Integer.MAX_VALUE);
            kafka.leader(topic, partition);
            wanted.computeIfAbsent(topic, name -> new TreeMap<>()).put(partition, Body.number(one, "offset", -1, 0, Long.MAX_VALUE));
        }
        if (!explicit.isEmpty()) {
            return wanted;
        }
        List<String> topics = Body.strings(body, "topics");
        String to = Body.optional(body, "to");
        long shift = Body.number(body, "by", 0, Long.MIN_VALUE, Long.MAX_VALUE);
        if (to == null && shift == 0) {
            throw Problem.badRequest(
                    "Say where to: \"to\" is earliest, latest, a time or how long ago as PT24H; \"by\" is how many records forward, or back if negative;"
                            + " \"offsets\" lists topic, partition and offset.");
        }
        Map<String, List<Integer>> partitions = new LinkedHashMap<>();
        for (String topic : topics.isEmpty() ? before.keySet() : topics) {
            partitions.put(topic, shift != 0 ? List.copyOf(before.getOrDefault(topic, Map.of()).keySet()) : Topics.partitions(Topics.one(kafka, topic)));
        }
        Map<String, Map<Integer, Found>> starts = Topics.offsets(kafka, partitions, Topics.EARLIEST);
        Map<String, Map<Integer, Found>> ends = Topics.offsets(kafka, partitions, Topics.LATEST);
        Map<String, Map<Integer, Found>> found = to == null ? Map.of() : Topics.offsets(kafka, partitions, TopicRoutes.time(to, null));
        partitions.forEach((topic, indexes) -> {
            for (int index : indexes) {
                Found start = starts.getOrDefault(topic, Map.of()).get(index);
                Found end = ends.getOrDefault(topic, Map.of()).get(index);
                if (start == null || end == null) {
                    throw Problem.of(ErrorCode.LEADER_NOT_AVAILABLE, "partition " + index + " of topic '" + topic + "'", null);
                }
                long offset = to == null ? before.get(topic).get(index) + shift : found.getOrDefault(topic, Map.of()).getOrDefault(index, end).offset();
                // A time after the last record: behind it.
                offset = offset < 0 && to != null ? end.offset() : offset;
                wanted.computeIfAbsent(topic, name -> new TreeMap<>()).put(index, Math.max(start.offset(), Math.min(end.offset(), offset)));
            }
        });
        return wanted;
    }

    private static void commit(Kafka kafka, String id, Map<String, Map<Integer, Long>> wanted) {
        var request = new OffsetCommitRequest();
        request.groupId = id;
        wanted.forEach((topic, partitions) -> {
            var one = new OffsetCommitRequest.OffsetCommitRequestTopic();
            one.name = topic;
            partitions.forEach((index, offset) -> {
                var partition = new OffsetCommitRequest.OffsetCommitRequestPartition();
                partition.partitionIndex = index;
                partition.committedOffset = offset;
                one.partitions.add(partition);
            });
            request.topics.add(one);
        });
        OffsetCommitResponse response = kafka.at(kafka.coordinator(Kafka.GROUP_KEY, id), ApiKey.OFFSET_COMMIT, 9, request);
        response.topics.forEach(topic -> topic.partitions.forEach(partition -> {
            ErrorCode error = ErrorCode.forCode(partition.errorCode);
            boolean isTopic = error == ErrorCode.TOPIC_AUTHORIZATION_FAILED || error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
            Problem.check(partition.errorCode, isTopic ? "topic '" + topic.name + "'" : "group '" + id + "'", null);
        }));
    }
}
