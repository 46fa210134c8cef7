package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.Test;

class GroupRoutesTest {

    private final ServedBroker served = ServedBroker.start(Map.of("group.streams.initial.rebalance.delay.ms", "0"));

    @BeforeEach
    void create() {
        served.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 1));
        JsonArray records = new JsonArray();
        for (int i = 0; i < 10; i++) {
            records.add(new JsonObject().put("value", "v" + i).put("timestamp", 1000 + i));
        }
        served.post("/api/v1/topics/orders/records", new JsonObject().put("records", records));
    }

    @AfterEach
    void close() {
        served.close();
    }

    private KafkaConsumer<String, String> consumer(String protocol) {
        Properties properties = served.clientProperties();
        properties.putAll(
                Map.of("group.id", "billing", "client.id", "bill-1", "group.protocol", protocol, "auto.offset.reset", "earliest", "max.poll.records", "4",
                        "enable.auto.commit", "false"));
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    private static void read(KafkaConsumer<String, String> consumer) {
        consumer.subscribe(List.of("orders"));
        int count = 0;
        while (count == 0) {
            count = consumer.poll(Duration.ofSeconds(1)).count();
        }
        consumer.commitSync();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aGroupSaysWhoIsInItAndHowFarItIsBehind(String protocol) {
        try (var consumer = consumer(protocol)) {
            read(consumer);
            // Then
            JsonObject group = served.get("/api/v1/groups/billing");
            assertEquals(served.get("/api/v1/groups?name=billing").getJsonArray("groups").getJsonObject(0).getString("type"), group.getString("type"));
            assertEquals("Stable", group.getString("state"));
            assertEquals(6, group.getInteger("lag"));
            JsonObject member = group.getJsonArray("members").getJsonObject(0);
            assertEquals("bill-1", member.getString("client"));
            assertEquals("orders", member.getJsonArray("assigned").getJsonObject(0).getString("topic"));
            JsonObject listed = served.get("/api/v1/groups?include=lag").getJsonArray("groups").getJsonObject(0);
            assertEquals(6, listed.getInteger("lag"));
            JsonObject topic = served.get("/api/v1/topics?include=lag").getJsonArray("topics").getJsonObject(0);
            assertEquals(new JsonObject().put("group", "billing").put("lag", 6), topic.getJsonArray("groups").getJsonObject(0));
            // When somebody wants to reset it while it has members
            JsonObject preview = served.post("/api/v1/groups/billing/offsets", new JsonObject().put("to", "earliest"));
            assertTrue(preview.getString("warning").contains("stop its consumers"), preview.encode());
            JsonObject problem = problem(409,
                    served.send("POST", "/api/v1/groups/billing/offsets", new JsonObject().put("to", "earliest").put("dryRun", false)));
            assertTrue(problem.getString("detail").contains("stop its consumers"), problem.encode());
            problem(409, served.send("DELETE", "/api/v1/groups/billing", null));
        }
    }

    @Test
    void aGroupIsResetAfterALookAtWhatThatWouldDo() {
        try (var consumer = consumer("classic")) {
            read(consumer);
        }
        String path = "/api/v1/groups/billing/offsets";
        // When it is only looked at
        JsonObject preview = served.post(path, new JsonObject().put("to", "earliest"));
        // Then
        assertTrue(preview.getBoolean("dryRun"));
        assertEquals(new JsonObject().put("topic", "orders").put("partition", 0).put("before", 4).put("after", 0).put("change", -4),
                preview.getJsonArray("offsets").getJsonObject(0));
        assertEquals(6, served.get("/api/v1/groups/billing").getInteger("lag"));
        // When it is done, in each of the ways
        assertEquals(10, lagAfter(path, new JsonObject().put("to", "earliest")));
        assertEquals(0, lagAfter(path, new JsonObject().put("to", "latest")));
        assertEquals(3, lagAfter(path, new JsonObject().put("by", -3)));
        assertEquals(5, lagAfter(path, new JsonObject().put("to", "1005")));
        assertEquals(8, lagAfter(path,
                new JsonObject().put("offsets", new JsonArray().add(new JsonObject().put("topic", "orders").put("partition", 0).put("offset", 2)))));
        // and it can be deleted
        assertEquals(204, served.send("DELETE", "/api/v1/groups/billing", null).statusCode());
        problem(404, served.send("GET", "/api/v1/groups/billing", null));
    }

    private int lagAfter(String path, JsonObject reset) {
        return lagAfter(path, "billing", reset);
    }

    private int lagAfter(String path, String group, JsonObject reset) {
        served.post(path, reset.put("dryRun", false));
        return served.get("/api/v1/groups/" + group).getInteger("lag");
    }

    @Test
    void aGroupOfKafkaStreamsSaysWhatItsMembersWorkOnAndHowMuchIsLeft() {
        StreamsMember member = StreamsMember.of(served.broker, "totals", "orders");
        member.commit("orders", 4);
        // Then
        JsonObject group = served.get("/api/v1/groups/totals");
        assertEquals("streams", group.getString("type"));
        assertEquals(3, group.getInteger("topologyEpoch"));
        assertEquals(new JsonArray().add("orders"), group.getJsonArray("subtopologies").getJsonObject(0).getJsonArray("sources"));
        JsonObject described = group.getJsonArray("members").getJsonObject(0);
        assertEquals("streams-1", described.getString("client"));
        assertEquals("process-1", described.getString("process"));
        assertEquals(new JsonArray().add("0_0"), described.getJsonArray("active"));
        assertEquals(new JsonArray(), described.getJsonArray("standby"));
        assertEquals(new JsonObject().put("topic", "orders").put("partitions", new JsonArray().add(0)), described.getJsonArray("assigned").getJsonObject(0));
        assertEquals(6, group.getInteger("lag"));
        assertEquals(6, served.get("/api/v1/groups?include=lag").getJsonArray("groups").getJsonObject(0).getInteger("lag"));
        assertEquals(new JsonObject().put("group", "totals").put("lag", 6),
                served.get("/api/v1/topics?include=lag").getJsonArray("topics").getJsonObject(0).getJsonArray("groups").getJsonObject(0));
        problem(409, served.send("POST", "/api/v1/groups/totals/offsets", new JsonObject().put("to", "earliest").put("dryRun", false)));
        // When it is stopped, and reset
        member.leave();
        assertEquals(10, lagAfter("/api/v1/groups/totals/offsets", "totals", new JsonObject().put("to", "earliest")));
        assertEquals(204, served.send("DELETE", "/api/v1/groups/totals", null).statusCode());
    }

    @Test
    void aShareGroupSaysWhoIsInItWhereItStartsAndHowMuchIsLeft() {
        Properties properties = served.clientProperties();
        properties.putAll(Map.of("group.id", "workers", "client.id", "work-1", "share.acknowledgement.mode", "explicit", "max.poll.records", "4"));
        earliest("workers");
        try (var consumer = new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            // When four of ten are done with
            int done = 0;
            while (done < 4) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    consumer.acknowledge(record, done < 4 ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
                    done++;
                }
                consumer.commitSync();
            }
            // Then
            JsonObject group = served.get("/api/v1/groups/workers");
            assertEquals("share", group.getString("type"));
            JsonObject member = group.getJsonArray("members").getJsonObject(0);
            assertEquals("work-1", member.getString("client"));
            assertEquals(new JsonArray().add("orders"), member.getJsonArray("subscribed"));
            assertEquals(new JsonObject().put("topic", "orders").put("partitions", new JsonArray().add(0)), member.getJsonArray("assigned").getJsonObject(0));
            assertEquals(new JsonObject().put("topic", "orders").put("partition", 0).put("start", 4).put("endOffset", 10).put("lag", 6),
                    group.getJsonArray("offsets").getJsonObject(0));
            assertEquals(6, group.getInteger("lag"));
            JsonObject listed = served.get("/api/v1/groups?include=lag").getJsonArray("groups").getJsonObject(0);
            assertEquals("workers", listed.getString("group"));
            assertEquals(6, listed.getInteger("lag"));
            JsonObject topic = served.get("/api/v1/topics?include=lag").getJsonArray("topics").getJsonObject(0);
            assertEquals(new JsonObject().put("group", "workers").put("lag", 6), topic.getJsonArray("groups").getJsonObject(0));
            // and with members it goes on where it is
            problem(409, served.send("POST", "/api/v1/groups/workers/offsets", new JsonObject().put("to", "earliest").put("dryRun", false)));
        }
        // When it has none
        while (!served.get("/api/v1/groups/workers").getJsonArray("members").isEmpty()) {
            Thread.onSpinWait();
        }
        String path = "/api/v1/groups/workers/offsets";
        JsonObject preview = served.post(path, new JsonObject().put("to", "earliest"));
        assertEquals(new JsonObject().put("topic", "orders").put("partition", 0).put("before", 4).put("after", 0).put("change", -4),
                preview.getJsonArray("offsets").getJsonObject(0));
        served.post(path, new JsonObject().put("to", "earliest").put("dryRun", false));
        assertEquals(10, served.get("/api/v1/groups/workers").getInteger("lag"));
        assertEquals(204, served.send("DELETE", "/api/v1/groups/workers", null).statusCode());
    }

    private void earliest(String group) {
        try (var admin = Admin.create(served.clientProperties())) {
            var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(
                    new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET),
                    new AlterConfigOp(new ConfigEntry("share.record.lock.duration.ms", "60000"), AlterConfigOp.OpType.SET)))).all().toCompletionStage()
                    .toCompletableFuture().join();
        }
    }
}
