package io.partita.broker.http;

import io.partita.broker.control.Leadership;
import io.partita.broker.control.Leadership.Change;
import io.partita.broker.control.Leadership.Led;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse;
import io.partita.broker.protocol.message.ElectLeadersRequest;
import io.partita.broker.protocol.message.ElectLeadersResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who leads: away from a broker before it is worked on, and evenly again afterwards. No record moves, only the order of replicas, whose first is the preferred leader. */
final class LeaderRoutes {

    private static final int TIMEOUT_MILLIS = 30_000;
    private static final long SEEN_AGAIN_MILLIS = 20;
    /** The broker that is asked. */
    private static final String SELF = "self";

    private LeaderRoutes() {}

    static List<Route> all() {
        return List.of(
                Route.of("POST", "/api/v1/brokers/{broker}/leaders-away", "moveLeadersAway",
                        "Has others lead what a broker leads (the broker 'self': the one that is asked), before it is worked on: where it stays in sync it is the last to lead again",
                        LeaderRoutes::away).query("dryRun", "boolean", "Only say what would be").gives("dryRun", "boolean").gives("moved", "array")
                        .gives("left", "array"),
                Route.of("POST", "/api/v1/leaders/spread", "spreadLeaders",
                        "Has all brokers lead as many partitions as the others, as far as their replicas are in sync: after maintenance",
                        LeaderRoutes::spread).query("dryRun", "boolean", "Only say what would be").gives("dryRun", "boolean").gives("moved", "array")
                        .gives("left", "array"));
    }

    private static HttpAnswer away(Exchange exchange) {
        int broker = exchange.path("broker").equals(SELF) ? exchange.kafka().self() : exchange.pathNumber("broker");
        if (exchange.kafka().image().broker(broker) == null) {
            throw Problem.notFound("There is no broker " + broker + ": GET /api/v1/brokers lists those that there are.");
        }
        List<Led> led = led(exchange.kafka());
        List<Change> changes = new Leadership(led, exchange.kafka().brokers()).away(broker);
        JsonObject answer = done(exchange, changes);
        JsonArray left = answer.getJsonArray("left");
        List<Led> moved = changes.stream().map(Change::of).toList();
        led.stream().filter(one -> one.leader() == broker && !moved.contains(one)).forEach(one -> left.add(new JsonObject().put("topic", one.topic())
                .put("partition", one.partition()).put("why", "No other replica is in sync.")));
        return HttpAnswer.ok(answer.put("broker", broker));
    }

    private static HttpAnswer spread(Exchange exchange) {
        return HttpAnswer.ok(done(exchange, new Leadership(led(exchange.kafka()), exchange.kafka().brokers()).spread()));
    }

    private static List<Led> led(Kafka kafka) {
        List<Led> all = new ArrayList<>();
        Topics.all(kafka).forEach(topic -> topic.partitions.stream().filter(partition -> partition.leaderId >= 0).forEach(partition -> all.add(
                new Led(topic.name, partition.partitionIndex, partition.leaderId, List.copyOf(partition.replicaNodes),
                        partition.replicaNodes.stream().filter(partition.isrNodes::contains).toList()))));
        return all;
    }

    /** Carries changes out unless they are only to be looked at. */
    private static JsonObject done(Exchange exchange, List<Change> changes) {
        boolean dryRun = exchange.request().flag("dryRun");
        Map<String, String> refused;
        try {
            refused = dryRun || changes.isEmpty() ? Map.of() : carriedOut(exchange.kafka(), changes);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw Problem.of(503, "The broker stops: ask another one.");
        }
        JsonArray moved = new JsonArray();
        JsonArray left = new JsonArray();
        for (Change change : changes) {
            JsonObject one = new JsonObject().put("topic", change.of().topic()).put("partition", change.of().partition());
            String why = refused.get(change.of().topic() + "-" + change.of().partition());
            if (why == null) {
                moved.add(one.put("from", change.of().leader()).put("to", change.to()));
            } else {
                left.add(one.put("why", why));
            }
        }
        return new JsonObject().put("dryRun", dryRun).put("moved", moved).put("left", left);
    }

    /** Returns what was refused, and why. */
    private static Map<String, String> carriedOut(Kafka kafka, List<Change> changes) throws InterruptedException {
        Map<String, String> refused = new LinkedHashMap<>();
        reorder(kafka, changes.stream().filter(change -> !change.replicas().equals(change.of().replicas())).toList(), refused);
        awaitOrder(kafka, changes, refused);
        Map<String, ElectLeadersRequest.TopicPartitions> topics = new LinkedHashMap<>();
        var request = new ElectLeadersRequest();
        request.timeoutMs = TIMEOUT_MILLIS;
        for (Change change : changes) {
            if (!refused.containsKey(change.of().topic() + "-" + change.of().partition())) {
                topics.computeIfAbsent(change.of().topic(), name -> {
                    var topic = new ElectLeadersRequest.TopicPartitions();
                    topic.topic = name;
                    request.topicPartitions.add(topic);
                    return topic;
                }).partitions.add(change.of().partition());
            }
        }
        if (topics.isEmpty()) {
            return refused;
        }
        ElectLeadersResponse response = kafka.here(ApiKey.ELECT_LEADERS, 2, request);
        Problem.check(response.errorCode, "the cluster", null);
        response.replicaElectionResults.forEach(topic -> topic.partitionResult.forEach(partition -> {
            ErrorCode error = ErrorCode.forCode(partition.errorCode);
            if (error != ErrorCode.NONE && error != ErrorCode.ELECTION_NOT_NEEDED) {
                refused.put(topic.topic + "-" + partition.partitionId, Problem.of(error, "topic '" + topic.topic + "'", partition.errorMessage).getMessage());
            }
        }));
        return refused;
    }

    /** This broker decides by what it has seen of the metadata: it has to see the new order first. */
    private static void awaitOrder(Kafka kafka, List<Change> changes, Map<String, String> refused) throws InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
        while (System.nanoTime() < deadline && changes.stream().anyMatch(change -> !refused.containsKey(change.of().topic() + "-" + change.of().partition())
                && !isPreferred(kafka, change))) {
            Thread.sleep(SEEN_AGAIN_MILLIS);
        }
    }

    private static boolean isPreferred(Kafka kafka, Change change) {
        var topic = kafka.image().topic(change.of().topic());
        var partition = topic == null ? null : topic.partition(change.of().partition());
        return partition == null || partition.replicas().getFirst() == change.to();
    }

    private static void reorder(Kafka kafka, List<Change> changes, Map<String, String> refused) {
        if (changes.isEmpty()) {
            return;
        }
        Map<String, AlterPartitionReassignmentsRequest.ReassignableTopic> topics = new LinkedHashMap<>();
        var request = new AlterPartitionReassignmentsRequest();
        request.timeoutMs = TIMEOUT_MILLIS;
        for (Change change : changes) {
            var partition = new AlterPartitionReassignmentsRequest.ReassignablePartition();
            partition.partitionIndex = change.of().partition();
            partition.replicas = change.replicas();
            topics.computeIfAbsent(change.of().topic(), name -> {
                var topic = new AlterPartitionReassignmentsRequest.ReassignableTopic();
                topic.name = name;
                request.topics.add(topic);
                return topic;
            }).partitions.add(partition);
        }
        AlterPartitionReassignmentsResponse response = kafka.here(ApiKey.ALTER_PARTITION_REASSIGNMENTS, 1, request);
        Problem.check(response.errorCode, "the cluster", response.errorMessage);
        response.responses.forEach(topic -> topic.partitions.forEach(partition -> {
            if (partition.errorCode != ErrorCode.NONE.code()) {
                refused.put(topic.name + "-" + partition.partitionIndex,
                        Problem.of(ErrorCode.forCode(partition.errorCode), "topic '" + topic.name + "'", partition.errorMessage).getMessage());
            }
        }));
    }
}
