package io.partita.broker.http;

import io.partita.broker.http.Topics.Found;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.CreatePartitionsRequest;
import io.partita.broker.protocol.message.CreatePartitionsResponse;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.DeleteRecordsRequest;
import io.partita.broker.protocol.message.DeleteRecordsResponse;
import io.partita.broker.protocol.message.DeleteTopicsRequest;
import io.partita.broker.protocol.message.DeleteTopicsResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Topics, their partitions and settings. */
final class TopicRoutes {

    private static final int TIMEOUT_MILLIS = 30_000;

    private TopicRoutes() {}

    static List<Route> all() {
        JsonObject topic = new JsonObject().put("name", "orders").put("partitions", 3).put("replicationFactor", 1)
                .put("configs", new JsonObject().put("retention.ms", "604800000"));
        return List.of(
                Route.get("/api/v1/topics", "listTopics", "The topics that you may see, by name", TopicRoutes::list)
                        .query("name", "string", "Only those with this in their names")
                        .query("internal", "boolean", "Also those that the cluster keeps its state in")
                        .query("include", "string",
                                "What else of each, separated by commas: records (how many), size (bytes of all replicas), lag (of all groups)")
                        .query("limit", "integer", "How many at most (100; at most 1000)")
                        .query("after", "string", "Begin behind this name: next of the page before")
                        .gives("topics", "array").gives("total", "integer"),
                Route.of("POST", "/api/v1/topics", "createTopic", "Makes a topic", TopicRoutes::create).takes(topic)
                        .query("dryRun", "boolean", "Only say whether it could be done").answers(201, "The topic that was made").gives("name", "string"),
                Route.get("/api/v1/topics/{topic}", "getTopic", "A topic with its partitions", TopicRoutes::get)
                        .gives("name", "string").gives("id", "string").gives("partitions", "array").gives("replicationFactor", "integer"),
                Route.of("PATCH", "/api/v1/topics/{topic}", "changeTopic", "Gives a topic more partitions, or other settings (null takes one back)",
                        TopicRoutes::change).takes(new JsonObject().put("partitions", 6).put("configs", new JsonObject().put("retention.ms", "86400000")))
                        .query("dryRun", "boolean", "Only say whether it could be done").gives("name", "string"),
                Route.of("DELETE", "/api/v1/topics/{topic}", "deleteTopic", "Deletes a topic with all its records, unless the cluster keeps its state in it",
                        TopicRoutes::delete).answers(204,
                                "It is gone"),
                Route.get("/api/v1/topics/{topic}/configs", "getTopicConfigs", "The settings of a topic: where each value comes from, and what it means",
                        TopicRoutes::configs).query("changed", "boolean", "Only those that differ from the default").gives("configs", "array"),
                Route.get("/api/v1/topics/{topic}/offsets", "getOffsets", "Where records of a time begin in each partition", TopicRoutes::offsets)
                        .query("at", "string", "earliest, latest, a time as 2026-11-30T12:00:00Z, milliseconds since 1970, or how long ago as PT10M")
                        .gives("offsets", "array"),
                Route.of("POST", "/api/v1/topics/{topic}/truncation", "deleteRecords", "Deletes the records before an offset of each partition",
                        TopicRoutes::truncate)
                        .takes(new JsonObject().put("partitions", new JsonArray().add(new JsonObject().put("partition", 0).put("before", 0))))
                        .gives("partitions", "array"));
    }

    // ---- reading

    private static HttpAnswer list(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        boolean internal = exchange.request().flag("internal");
        List<MetadataResponseTopic> topics = new ArrayList<>(Topics.all(kafka));
        topics.removeIf(topic -> topic.isInternal && !internal || !exchange.isWanted(topic.name));
        String included = exchange.request().parameter("include");
        List<String> include = included == null ? List.of() : List.of(included.split(","));
        return HttpAnswer.ok(exchange.page("topics", topics, topic -> topic.name, part -> shown(kafka, part, include)));
    }

    private static List<JsonObject> shown(Kafka kafka, List<MetadataResponseTopic> topics, List<String> include) {
        Map<String, List<Integer>> partitions = new LinkedHashMap<>();
        topics.forEach(topic -> partitions.put(topic.name, Topics.partitions(topic)));
        boolean lag = include.contains("lag");
        Map<String, Map<Integer, Found>> ends = include.contains("records") || lag ? Topics.offsets(kafka, partitions, Topics.LATEST) : Map.of();
        Map<String, Map<Integer, Found>> starts = include.contains("records") ? Topics.offsets(kafka, partitions, Topics.EARLIEST) : Map.of();
        Map<String, Long> sizes = include.contains("size") ? Topics.sizes(kafka, partitions) : Map.of();
        Map<String, Map<String, Long>> lags = lag ? Groups.lagByTopic(kafka, ends) : Map.of();
        List<JsonObject> shown = new ArrayList<>();
        for (MetadataResponseTopic topic : topics) {
            JsonObject json = summary(topic);
            if (include.contains("records")) {
                long end = sum(ends.get(topic.name));
                json.put("records", end - sum(starts.get(topic.name))).put("endOffsets", end);
            }
            if (include.contains("size")) {
                json.put("sizeBytes", sizes.getOrDefault(topic.name, 0L));
            }
            if (lag) {
                JsonArray groups = new JsonArray();
                lags.getOrDefault(topic.name, Map.of()).forEach((group, behind) -> groups.add(new JsonObject().put("group", group).put("lag", behind)));
                json.put("groups", groups);
            }
            shown.add(json);
        }
        return shown;
    }

    private static long sum(Map<Integer, Found> offsets) {
        return offsets == null ? 0 : offsets.values().stream().mapToLong(found -> Math.max(0, found.offset())).sum();
    }

    static JsonObject summary(MetadataResponseTopic topic) {
        long underReplicated = topic.partitions.stream().filter(Topics::isUnderReplicated).count();
        long leaderless = topic.partitions.stream().filter(partition -> partition.leaderId < 0).count();
        return new JsonObject().put("name", topic.name).put("id", topic.topicId.toString()).put("internal", topic.isInternal)
                .put("partitionCount", topic.partitions.size())
                .put("replicationFactor", topic.partitions.isEmpty() ? 0 : topic.partitions.getFirst().replicaNodes.size())
                .put("underReplicated", underReplicated).put("leaderless", leaderless);
    }

    private static HttpAnswer get(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        MetadataResponseTopic topic = Topics.one(kafka, exchange.path("topic"));
        Map<String, List<Integer>> partitions = Map.of(topic.name, Topics.partitions(topic));
        Map<Integer, Found> starts = Topics.offsets(kafka, partitions, Topics.EARLIEST).getOrDefault(topic.name, Map.of());
        Map<Integer, Found> ends = Topics.offsets(kafka, partitions, Topics.LATEST).getOrDefault(topic.name, Map.of());
        Map<Integer, Long> sizes = new HashMap<>();
        Topics.logDirectories(kafka, partitions).values().forEach(answer -> answer.results.forEach(directory -> directory.topics.forEach(
                one -> one.partitions.forEach(partition -> sizes.merge(partition.partitionIndex, partition.partitionSize, Math::max)))));
        JsonArray all = new JsonArray();
        for (MetadataResponsePartition partition : topic.partitions) {
            Found start = starts.get(partition.partitionIndex);
            Found end = ends.get(partition.partitionIndex);
            all.add(new JsonObject().put("partition", partition.partitionIndex).put("leader", partition.leaderId < 0 ? null : partition.leaderId)
                    .put("leaderEpoch", partition.leaderEpoch).put("replicas", new JsonArray(new ArrayList<>(partition.replicaNodes)))
                    .put("inSync", new JsonArray(new ArrayList<>(partition.isrNodes))).put("startOffset", start == null ? null : start.offset())
                    .put("endOffset", end == null ? null : end.offset()).put("sizeBytes", sizes.get(partition.partitionIndex)));
        }
        String tag = Topics.tag(topic, Configs.ofTopicItself(kafka, topic.name));
        return HttpAnswer.ok(summary(topic).put("partitions", all)).with("etag", tag);
    }

    private static HttpAnswer configs(Exchange exchange) {
        String topic = exchange.path("topic");
        return HttpAnswer.ok(new JsonObject().put("configs",
                Configs.json(Configs.of(exchange.kafka(), Configs.TOPIC, topic, "topic '" + topic + "'"), exchange.request().flag("changed"))));
    }

    private static HttpAnswer offsets(Exchange exchange) {
        MetadataResponseTopic topic = Topics.one(exchange.kafka(), exchange.path("topic"));
        long at = time(exchange.request().parameter("at"), "latest");
        JsonArray offsets = new JsonArray();
        Topics.offsets(exchange.kafka(), Map.of(topic.name, Topics.partitions(topic)), at).getOrDefault(topic.name, Map.of()).forEach(
                (partition, found) -> offsets.add(new JsonObject().put("partition", partition).put("offset", found.offset() < 0 ? null : found.offset())
                        .put("timestamp", found.timestamp() < 0 ? null : found.timestamp())));
        return HttpAnswer.ok(new JsonObject().put("offsets", offsets));
    }

    /** What people write for a time, as ListOffsets takes it. */
    static long time(String text, String otherwise) {
        String time = text == null || text.isEmpty() ? otherwise : text;
        if (time.equals("latest")) {
            return Topics.LATEST;
        }
        if (time.equals("earliest")) {
            return Topics.EARLIEST;
        }
        try {
            if (time.chars().allMatch(Character::isDigit)) {
                return Long.parseLong(time);
            }
            if (time.startsWith("P")) {
                return Math.max(0, Instant.now().minus(Duration.parse(time)).toEpochMilli());
            }
            // Before 1970 are the numbers by which ListOffsets asks for something else.
            return Math.max(0, OffsetDateTime.parse(time).toInstant().toEpochMilli());
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            throw Problem
                    .badRequest("A time is earliest, latest, 2026-11-30T12:00:00Z, milliseconds since 1970, or how long ago as PT10M; not '" + time + "'.");
        }
    }

    // ---- changing

    private static HttpAnswer create(Exchange exchange) {
        JsonObject body = exchange.body("name", "partitions", "replicationFactor", "configs");
        var topic = new CreateTopicsRequest.CreatableTopic();
        topic.name = Body.string(body, "name");
        topic.numPartitions = (int) Body.number(body, "partitions", -1, 1, 100_000);
        topic.replicationFactor = (short) Body.number(body, "replicationFactor", -1, 1, Short.MAX_VALUE);
        Body.object(body, "configs").forEach(one -> {
            var config = new CreateTopicsRequest.CreatableTopicConfig();
            config.name = one.getKey();
            config.value = one.getValue() == null ? null : one.getValue().toString();
            topic.configs.add(config);
        });
        var request = new CreateTopicsRequest();
        request.topics.add(topic);
        request.timeoutMs = TIMEOUT_MILLIS;
        request.validateOnly = exchange.request().flag("dryRun");
        CreateTopicsResponse response = exchange.kafka().here(ApiKey.CREATE_TOPICS, 7, request);
        var result = response.topics.getFirst();
        Problem.check(result.errorCode, "topic '" + topic.name + "'", result.errorMessage);
        return HttpAnswer.json(request.validateOnly ? 200 : 201, new JsonObject().put("name", result.name).put("id", result.topicId.toString())
                .put("partitionCount", result.numPartitions).put("replicationFactor", result.replicationFactor).put("dryRun", request.validateOnly))
                .with("location", "/api/v1/topics/" + result.name);
    }

    private static HttpAnswer change(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        JsonObject body = exchange.body("partitions", "configs");
        boolean dryRun = exchange.request().flag("dryRun");
        MetadataResponseTopic topic = Topics.one(kafka, exchange.path("topic"));
        String about = "topic '" + topic.name + "'";
        exchange.ifMatches(Topics.tag(topic, Configs.ofTopicItself(kafka, topic.name)));
        if (!body.containsKey("partitions") && !body.containsKey("configs")) {
            throw Problem.badRequest("There is nothing to change: give partitions, configs or both.");
        }
        if (body.containsKey("configs")) {
            Configs.change(kafka, Configs.TOPIC, topic.name, Body.object(body, "configs"), dryRun, about);
        }
        long partitions = Body.number(body, "partitions", topic.partitions.size(), 1, 100_000);
        if (partitions != topic.partitions.size()) {
            var more = new CreatePartitionsRequest.CreatePartitionsTopic();
            more.name = topic.name;
            more.count = (int) partitions;
            more.assignments = null;
            var request = new CreatePartitionsRequest();
            request.topics.add(more);
            request.timeoutMs = TIMEOUT_MILLIS;
            request.validateOnly = dryRun;
            CreatePartitionsResponse response = kafka.here(ApiKey.CREATE_PARTITIONS, 3, request);
            Problem.check(response.results.getFirst().errorCode, about, response.results.getFirst().errorMessage);
        }
        MetadataResponseTopic after = Topics.one(kafka, topic.name);
        JsonObject answer = summary(after).put("dryRun", dryRun);
        if (dryRun) {
            answer.put("partitionCount", partitions);
        }
        return HttpAnswer.ok(answer).with("etag", Topics.tag(after, Configs.ofTopicItself(kafka, topic.name)));
    }

    private static HttpAnswer delete(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        MetadataResponseTopic topic = Topics.one(kafka, exchange.path("topic"));
        if (topic.isInternal) {
            throw Problem.of(409, "The cluster keeps its state in '" + topic.name + "': all committed offsets, or all transactions, would be gone with it."
                    + " It is not deleted here; kafka-topics.sh --delete does it where that is what you want.");
        }
        if (exchange.request().header("if-match") != null) {
            exchange.ifMatches(Topics.tag(topic, Configs.ofTopicItself(kafka, topic.name)));
        }
        var one = new DeleteTopicsRequest.DeleteTopicState();
        // By its id, so that another one that has got the name meanwhile stays.
        one.name = null;
        one.topicId = topic.topicId;
        var request = new DeleteTopicsRequest();
        request.topics.add(one);
        request.timeoutMs = TIMEOUT_MILLIS;
        DeleteTopicsResponse response = kafka.here(ApiKey.DELETE_TOPICS, 6, request);
        Problem.check(response.responses.getFirst().errorCode, "topic '" + topic.name + "'", response.responses.getFirst().errorMessage);
        return HttpAnswer.nothing();
    }

    private static HttpAnswer truncate(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        String topic = exchange.path("topic");
        Map<Integer, Long> before = new LinkedHashMap<>();
        for (JsonObject one : Body.objects(exchange.body("partitions"), "partitions")) {
            Body.only(one, "partition", "before");
            before.put((int) Body.number(one, "partition", -1, 0, Integer.MAX_VALUE),
                    "latest".equals(one.getValue("before")) ? -1L : Body.number(one, "before", -1, 0, Long.MAX_VALUE));
        }
        if (before.isEmpty()) {
            throw Problem.badRequest(
                    "Say which partitions, and before which offset: {\"partitions\": [{\"partition\": 0, \"before\": 100}]}; \"latest\" is all there is.");
        }
        before.keySet().forEach(partition -> kafka.leader(topic, partition));
        List<DeleteRecordsResponse> answers = kafka.leaders(Map.of(topic, before.keySet()), ApiKey.DELETE_RECORDS, 2, mine -> {
            var request = new DeleteRecordsRequest();
            request.timeoutMs = TIMEOUT_MILLIS;
            var one = new DeleteRecordsRequest.DeleteRecordsTopic();
            one.name = topic;
            for (int index : mine.get(topic)) {
                var partition = new DeleteRecordsRequest.DeleteRecordsPartition();
                partition.partitionIndex = index;
                partition.offset = before.get(index);
                one.partitions.add(partition);
            }
            request.topics.add(one);
            return request;
        });
        JsonArray done = new JsonArray();
        answers.forEach(answer -> answer.topics.forEach(one -> one.partitions.forEach(partition -> {
            Problem.check(partition.errorCode, "partition " + partition.partitionIndex + " of topic '" + topic + "'", null);
            done.add(new JsonObject().put("partition", partition.partitionIndex).put("startOffset", partition.lowWatermark));
        })));
        return HttpAnswer.ok(new JsonObject().put("partitions", done));
    }
}
