package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CopyRoutesTest {

    /** With locks that no machine is slow enough for. */
    private final ServedBroker served = ServedBroker.start(Map.of("group.share.record.lock.duration.ms", "3600000", "group.share.max.record.lock.duration.ms",
            "3600000"));

    @AfterEach
    void close() {
        served.close();
    }

    private void topic(String name, int partitions, JsonObject configs) {
        served.post("/api/v1/topics", new JsonObject().put("name", name).put("partitions", partitions).put("configs", configs));
    }

    private void write(String topic, int count) {
        JsonArray records = new JsonArray();
        for (int i = 0; i < count; i++) {
            records.add(
                    new JsonObject().put("key", "k" + i).put("value", "v" + i).put("timestamp", 1000 + i).put("headers", new JsonObject().put("n", "h" + i)));
        }
        served.post("/api/v1/topics/" + topic + "/records", new JsonObject().put("records", records));
    }

    private List<JsonObject> records(String topic) {
        return served.get("/api/v1/topics/" + topic + "/records?from=earliest&limit=1000").getJsonArray("records").stream().map(JsonObject.class::cast)
                .toList();
    }

    @Test
    void recordsAreReplayedAsTheyAreAndItIsSaidWhereToGoOn() {
        topic("orders", 2, new JsonObject());
        topic("again", 2, new JsonObject());
        write("orders", 10);
        String path = "/api/v1/topics/orders/replays";
        // When it is only looked at
        JsonObject preview = served.post(path + "?dryRun=true", new JsonObject().put("to", "again"));
        assertEquals(10, preview.getInteger("copied"));
        assertTrue(records("again").isEmpty());
        // When it is done, some at a time
        JsonObject first = served.post(path, new JsonObject().put("to", "again").put("limit", 7));
        assertEquals(7, first.getInteger("copied"));
        assertFalse(first.getBoolean("complete"));
        JsonObject rest = served.post(path, new JsonObject().put("to", "again").put("offsets", first.getString("next")));
        assertEquals(3, rest.getInteger("copied"));
        assertTrue(rest.getBoolean("complete"));
        // Then each is there once, where it was, with all that it has
        assertEquals(records("orders"), records("again"));
        // and some of them where they are looked for
        topic("few", 1, new JsonObject());
        assertEquals(1, served.post(path, new JsonObject().put("to", "few").put("contains", "h3")).getInteger("copied"));
        assertEquals("v3", records("few").getFirst().getString("value"));
        problem(400, served.send("POST", path, new JsonObject().put("to", "orders")));
        problem(404, served.send("POST", path, new JsonObject().put("to", "missing")));
    }

    private void deadLetters(boolean copied) {
        topic("orders", 1, new JsonObject());
        topic("dlq.orders", 1, new JsonObject().put("errors.deadletterqueue.group.enable", "true"));
        write("orders", 3);
        try (var admin = Admin.create(served.clientProperties())) {
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, "workers"),
                    List.of(set("share.auto.offset.reset", "earliest"), set("errors.deadletterqueue.topic.name", "dlq.orders"),
                            set("errors.deadletterqueue.copy.record.enable", Boolean.toString(copied)))))
                    .all().toCompletionStage().toCompletableFuture().join();
        }
        served.post("/api/v1/groups/workers/acknowledgements",
                new JsonObject().put("lease", lease().getString("lease")).put("reject", new JsonArray().add("0:1")).put("ack", new JsonArray().add("all")));
        while (records("dlq.orders").isEmpty()) {
            Thread.onSpinWait();
        }
    }

    private JsonObject lease() {
        JsonObject wanted = new JsonObject().put("topic", "orders").put("waitMillis", 20_000);
        JsonObject taken = served.post("/api/v1/groups/workers/leases", wanted);
        while (taken.getInteger("records") == 0) {
            taken = served.post("/api/v1/groups/workers/leases", wanted);
        }
        return taken.getJsonArray("leases").getJsonObject(0);
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    @Test
    void deadLettersGoBackToWhereTheyComeFrom() {
        deadLetters(true);
        String path = "/api/v1/topics/dlq.orders/redrives";
        JsonObject preview = served.post(path + "?dryRun=true", new JsonObject());
        assertEquals(new JsonObject().put("topic", "orders").put("partition", 0), preview.getJsonArray("redriven").getJsonObject(0).getJsonObject("to"));
        assertEquals(3, records("orders").size());
        // When
        JsonObject done = served.post(path, new JsonObject());
        // Then the record is there again, with its own headers
        assertTrue(done.getBoolean("complete"), done.encode());
        assertEquals(3, done.getJsonArray("redriven").getJsonObject(0).getJsonObject("to").getInteger("offset"));
        isSentBack(records("orders"));
        // and the group gets it
        assertEquals("v1", lease().getJsonArray("records").getJsonObject(0).getString("value"));
        // and nothing is sent twice by who goes on where that ended
        assertTrue(served.post(path, new JsonObject().put("offsets", done.getString("next"))).getJsonArray("redriven").isEmpty());
        // and what is no dead letter stays
        JsonObject none = served.post("/api/v1/topics/orders/redrives", new JsonObject().put("records", new JsonArray().add("0:0")));
        assertEquals(1, none.getJsonArray("problems").size());
        problem(404, served.send("POST", path, new JsonObject().put("records", new JsonArray().add("0:9"))));
    }

    @Test
    void lettersWithoutACopyOfTheirRecordAreLeftOut() {
        deadLetters(false);
        JsonObject letter = records("dlq.orders").getFirst();
        JsonObject done = served.post("/api/v1/topics/dlq.orders/redrives",
                new JsonObject().put("records", new JsonArray().add("0:" + letter.getInteger("offset"))));
        assertTrue(done.getJsonArray("redriven").isEmpty(), done.encode());
        assertTrue(done.getJsonArray("problems").getJsonObject(0).getString("detail").contains("no copy of its record"), done.encode());
        assertEquals(3, records("orders").size());
    }

    private static void isSentBack(List<JsonObject> records) {
        List<JsonObject> all = records.stream().filter(record -> record.getString("value").equals("v1")).toList();
        assertEquals(2, all.size());
        JsonObject back = all.stream().filter(record -> record.getInteger("offset") == 3).findFirst().orElseThrow();
        assertEquals("k1", back.getString("key"));
        assertEquals(new JsonArray().add(new JsonObject().put("key", "n").put("value", "h1").put("valueBytes", 2)), back.getJsonArray("headers"));
    }
}
