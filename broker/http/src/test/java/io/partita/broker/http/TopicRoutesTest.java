package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.ok;
import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TopicRoutesTest {

    private final ServedBroker served = ServedBroker.start(Map.of());

    @AfterEach
    void close() {
        served.close();
    }

    private void create(String name, int partitions) {
        served.post("/api/v1/topics", new JsonObject().put("name", name).put("partitions", partitions));
    }

    @Test
    void aTopicIsMadeChangedAndDeletedAsByAnAdminClient() throws Exception {
        try (Admin admin = Admin.create(served.clientProperties())) {
            // When
            JsonObject made = ok(201, served.send("POST", "/api/v1/topics",
                    new JsonObject().put("name", "orders").put("partitions", 2).put("configs", new JsonObject().put("retention.ms", 1000))));
            // Then
            var described = admin.describeTopics(List.of("orders")).allTopicNames().get().get("orders");
            assertEquals(2, described.partitions().size());
            assertEquals(2, made.getInteger("partitionCount"));
            // When it is changed
            ok(200, served.send("PATCH", "/api/v1/topics/orders",
                    new JsonObject().put("partitions", 3).put("configs",
                            new JsonObject().putNull("retention.ms").put("cleanup.policy", new JsonArray().add("compact")))));
            // Then
            assertEquals(3, served.get("/api/v1/topics/orders").getJsonArray("partitions").size());
            JsonArray changed = served.get("/api/v1/topics/orders/configs?changed=true").getJsonArray("configs");
            assertEquals(List.of("cleanup.policy"), changed.stream().map(one -> ((JsonObject) one).getString("name"))
                    .filter(name -> !name.startsWith("min.insync")).toList());
            // When it is deleted
            assertEquals(204, served.send("DELETE", "/api/v1/topics/orders", null).statusCode());
            // Then
            assertFalse(admin.listTopics().names().get().contains("orders"));
        }
    }

    @Test
    void whatNobodyWouldLookAtIsRefusedByItsName() {
        assertEquals("There is no field 'partitionCount' here: there are name, partitions, replicationFactor, configs.",
                problem(400, served.send("POST", "/api/v1/topics", new JsonObject().put("name", "orders").put("partitionCount", 6))).getString("detail"));
        assertEquals("There is no parameter 'dryrun' of POST /api/v1/topics: there are dryRun.",
                problem(400, served.send("POST", "/api/v1/topics?dryrun=true", new JsonObject().put("name", "orders"))).getString("detail"));
        assertEquals("There is no parameter 'force' of DELETE /api/v1/topics/{topic}, which takes none.",
                problem(400, served.send("DELETE", "/api/v1/topics/orders?force=true", null)).getString("detail"));
        assertEquals(0, served.get("/api/v1/topics").getInteger("total"));
    }

    @Test
    void aDryRunSaysHowManyPartitionsThereWouldBe() {
        create("orders", 2);
        assertEquals(6, ok(200, served.send("PATCH", "/api/v1/topics/orders?dryRun=true", new JsonObject().put("partitions", 6))).getInteger("partitionCount"));
        assertEquals(2, served.get("/api/v1/topics/orders").getInteger("partitionCount"));
    }

    @Test
    void whatTheClusterKeepsItsStateInIsNotDeleted() throws Exception {
        try (Admin admin = Admin.create(served.clientProperties())) {
            // Given
            create("orders", 1);
            admin.alterConsumerGroupOffsets("readers", Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(0))).all().get();
            // When
            JsonObject problem = problem(409, served.send("DELETE", "/api/v1/topics/__consumer_offsets", null));
            // Then
            assertTrue(problem.getString("detail").contains("all committed offsets"), problem.encode());
            assertEquals(1, admin.listConsumerGroupOffsets("readers").partitionsToOffsetAndMetadata().get().size());
        }
    }

    @Test
    void aDryRunChangesNothing() {
        // When
        served.post("/api/v1/topics?dryRun=true", new JsonObject().put("name", "orders"));
        // Then
        JsonObject problem = problem(404, served.send("GET", "/api/v1/topics/orders", null));
        assertEquals("UNKNOWN_TOPIC_OR_PARTITION", problem.getString("error"));
        assertTrue(problem.getString("detail").contains("the list of topics shows"), problem.encode());
    }

    @Test
    void aChangeOfWhatHasChangedMeanwhileIsRefused() {
        // Given somebody who looked, and somebody else who changed
        create("orders", 1);
        String seen = served.send("GET", "/api/v1/topics/orders", null).headers().firstValue("etag").orElseThrow();
        HttpResponse<String> other = served.send("PATCH", "/api/v1/topics/orders", new JsonObject().put("partitions", 2), "If-Match", seen);
        assertEquals(200, other.statusCode(), other.body());
        // Then
        JsonObject problem = problem(412, served.send("DELETE", "/api/v1/topics/orders", null, "If-Match", seen));
        assertTrue(problem.getString("detail").contains("look again"), problem.encode());
        // When he looks again
        String now = served.send("GET", "/api/v1/topics/orders", null).headers().firstValue("etag").orElseThrow();
        assertNotEquals(seen, now);
        assertEquals(204, served.send("DELETE", "/api/v1/topics/orders", null, "If-Match", now).statusCode());
    }

    @Test
    void whatCannotBeIsRefusedWithASentence() {
        create("orders", 2);
        Map<JsonObject, Integer> refused = Map.of(new JsonObject().put("name", "orders"), 409, new JsonObject().put("name", "no/name"), 400,
                new JsonObject().put("name", "many").put("replicationFactor", 7), 400, new JsonObject(), 400, new JsonObject().put("name", 5), 400,
                new JsonObject().put("name", "odd").put("configs", new JsonObject().put("no.such", 1)), 400);
        refused.forEach((body, status) -> {
            String detail = problem(status, served.send("POST", "/api/v1/topics", body)).getString("detail");
            assertTrue(detail.endsWith(".") && detail.contains(" "), detail);
        });
        problem(400, served.send("PATCH", "/api/v1/topics/orders", new JsonObject().put("partitions", 1)));
        problem(415, served.send("POST", "/api/v1/topics", "name=orders", "Content-Type", "application/x-www-form-urlencoded"));
        problem(400, served.send("POST", "/api/v1/topics", "[1]", "Content-Type", "application/json"));
        problem(405, served.send("PUT", "/api/v1/topics/orders", new JsonObject()));
        problem(404, served.send("GET", "/api/v1/subjects", null));
    }

    @Test
    void aLongListComesInPages() {
        // Given
        for (int i = 0; i < 5; i++) {
            create("topic-" + i, 1);
        }
        create("other", 1);
        // When
        JsonObject first = served.get("/api/v1/topics?name=TOPIC&limit=2&include=records,size,lag");
        JsonObject second = served.get("/api/v1/topics?name=topic&limit=4&after=" + first.getString("next"));
        // Then
        assertEquals(5, first.getInteger("total"));
        assertEquals("topic-1", first.getString("next"));
        assertEquals(List.of("topic-2", "topic-3", "topic-4"),
                second.getJsonArray("topics").stream().map(topic -> ((JsonObject) topic).getString("name")).toList());
        assertNull(second.getString("next"));
    }

    @Test
    void whatHasNotChangedIsNotSentAgain() {
        create("orders", 1);
        HttpResponse<String> first = served.send("GET", "/api/v1/topics/orders/configs", null);
        String tag = first.headers().firstValue("etag").orElseThrow();
        assertEquals(304, served.send("GET", "/api/v1/topics/orders/configs", null, "If-None-Match", tag).statusCode());
    }

    @Test
    void settingsSayWhereTheyComeFromAndWhatTheyMean() {
        served.post("/api/v1/topics", new JsonObject().put("name", "orders").put("configs", new JsonObject().put("retention.ms", 1000)));
        JsonObject retention = served.get("/api/v1/topics/orders/configs").getJsonArray("configs").stream().map(JsonObject.class::cast)
                .filter(config -> config.getString("name").equals("retention.ms")).findFirst().orElseThrow();
        assertEquals("1000", retention.getString("value"));
        assertEquals("topic", retention.getString("source"));
        assertTrue(retention.getString("documentation").length() > 20);
    }

    @Test
    void recordsBeforeAnOffsetAreDeleted() {
        // Given
        create("orders", 1);
        served.post("/api/v1/topics/orders/records",
                new JsonObject().put("records", new JsonArray().add(new JsonObject().put("value", "a")).add(new JsonObject().put("value", "b"))));
        // When
        JsonObject done = served.post("/api/v1/topics/orders/truncation",
                new JsonObject().put("partitions", new JsonArray().add(new JsonObject().put("partition", 0).put("before", 1))));
        // Then
        assertEquals(1, done.getJsonArray("partitions").getJsonObject(0).getInteger("startOffset"));
        assertEquals(1, served.get("/api/v1/topics/orders/records?from=earliest").getJsonArray("records").size());
    }
}
