package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseRoutesTest {

    private static final String LEASES = "/api/v1/groups/workers/leases";
    private static final String ACKNOWLEDGEMENTS = "/api/v1/groups/workers/acknowledgements";

    private ServedBroker served;

    @AfterEach
    void close() {
        served.close();
    }

    /** Locks that no machine is slow enough for. */
    private static final Map<String, String> LONG_LOCKS = Map.of("group.share.record.lock.duration.ms", "3600000", "group.share.max.record.lock.duration.ms",
            "3600000");

    private void start(Map<String, String> settings) {
        served = ServedBroker.start(settings);
        served.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 1));
        try (var admin = Admin.create(served.clientProperties())) {
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, "workers"), List.of(
                    new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().toCompletionStage()
                    .toCompletableFuture().join();
        }
    }

    private void write(int count) {
        JsonArray records = new JsonArray();
        for (int i = 0; i < count; i++) {
            records.add(new JsonObject().put("key", "k" + i).put("value", "v" + i));
        }
        served.post("/api/v1/topics/orders/records", new JsonObject().put("records", records));
    }

    /** The one lease that there is when so many are taken. */
    private JsonObject take(int limit) {
        return lease(new JsonObject().put("topic", "orders").put("limit", limit).put("waitMillis", 20_000));
    }

    /** The one that is given as soon as there is something to be given. */
    private JsonObject lease(JsonObject wanted) {
        JsonObject taken = served.post(LEASES, wanted);
        while (taken.getInteger("records") == 0) {
            taken = served.post(LEASES, wanted);
        }
        assertEquals(1, taken.getJsonArray("leases").size(), taken.encode());
        return taken.getJsonArray("leases").getJsonObject(0);
    }

    private static List<String> values(JsonObject lease) {
        List<String> values = new ArrayList<>();
        lease.getJsonArray("records").forEach(one -> values.add(((JsonObject) one).getString("value") + " " + ((JsonObject) one).getInteger("delivery")));
        return values;
    }

    private int left() {
        return served.post(LEASES, new JsonObject().put("topic", "orders").put("limit", 500)).getInteger("records");
    }

    @Test
    void whatIsTakenIsNobodyElsesAndWhatIsSaidOfItHolds() {
        start(LONG_LOCKS);
        write(6);
        // Given two who take three each
        JsonObject first = take(3);
        JsonObject second = take(3);
        assertEquals(List.of("v0 1", "v1 1", "v2 1"), values(first));
        assertEquals(List.of("v3 1", "v4 1", "v5 1"), values(second));
        assertEquals(3_600_000, first.getInteger("lockMillis"));
        assertEquals(0, left());
        // When one is done with a record, gives one back, and needs longer for the third
        JsonObject said = served.post(ACKNOWLEDGEMENTS, new JsonObject().put("lease", first.getString("lease")).put("ack", new JsonArray().add("0:0"))
                .put("nack", new JsonArray().add("0:1")).put("extend", new JsonArray().add("0:2")));
        assertEquals(2, said.getInteger("settled"));
        assertEquals(1, said.getInteger("left"));
        // Then what was given back is delivered again
        JsonObject again = take(10);
        assertEquals(List.of("v1 2"), values(again));
        // and the lease goes on under the name that was given
        problem(409, served.send("POST", ACKNOWLEDGEMENTS, new JsonObject().put("lease", first.getString("lease")).put("extend", new JsonArray().add("0:2"))));
        problem(409, served.send("POST", ACKNOWLEDGEMENTS, new JsonObject().put("lease", said.getString("lease")).put("ack", new JsonArray().add("0:0"))));
        JsonObject last = served.post(ACKNOWLEDGEMENTS, new JsonObject().put("lease", said.getString("lease")));
        assertEquals(new JsonObject().put("settled", 1).put("left", 0).put("problems", new JsonArray()), last);
        assertEquals(409, served.send("POST", ACKNOWLEDGEMENTS, new JsonObject().put("lease", said.getString("lease"))).statusCode());
        // and all others are done with at once, but for those that are rejected or not named
        assertEquals(1, served.post(ACKNOWLEDGEMENTS, new JsonObject().put("lease", again.getString("lease")).put("reject", new JsonArray().add("all")))
                .getInteger("settled"));
        served.post(ACKNOWLEDGEMENTS, new JsonObject().put("lease", second.getString("lease")).put("nack", new JsonArray().add("0:4"))
                .put("ack", new JsonArray().add("all")));
        assertEquals(List.of("v4 2"), values(take(10)));
        assertEquals("share", served.get("/api/v1/groups/workers").getString("type"));
    }

    @Test
    void whoSaysNothingLosesWhatHeHadWhenItsLocksRunOut() {
        start(Map.of("group.share.record.lock.duration.ms", "1000", "group.share.min.record.lock.duration.ms", "1000"));
        write(2);
        JsonObject lost = take(10);
        assertEquals(List.of("v0 1", "v1 1"), values(lost));
        // When nothing comes of him
        JsonObject again = take(10);
        // Then others have it
        assertTrue(values(again).getFirst().startsWith("v0 "), again.encode());
        var answer = served.send("POST", ACKNOWLEDGEMENTS, new JsonObject().put("lease", lost.getString("lease")));
        boolean isTold = answer.statusCode() == 409 || answer.statusCode() == 200 && !new JsonObject(answer.body()).getJsonArray("problems").isEmpty();
        assertTrue(isTold, answer.body());
    }

    @Test
    void whoWaitsGetsWhatComes() throws InterruptedException {
        start(LONG_LOCKS);
        assertEquals(0, left());
        Thread writer = Thread.ofPlatform().start(() -> write(1));
        assertEquals(List.of("v0 1"), values(take(10)));
        writer.join();
    }

    @Test
    void recordsThatAreTooMuchForOneAnswerComeWithTheNext() {
        start(LONG_LOCKS);
        var properties = served.clientProperties();
        properties.putAll(Map.of("compression.type", "gzip", "batch.size", 20_000_000, "max.request.size", 20_000_000, "linger.ms", 60_000));
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < 6; i++) {
                producer.send(new ProducerRecord<>("orders", 0, null, new byte[1_000_000]));
            }
            producer.flush();
        }
        Set<Integer> seen = new TreeSet<>();
        int answers = 0;
        while (seen.size() < 6) {
            JsonObject lease = lease(new JsonObject().put("topic", "orders").put("limit", 10).put("valueBytes", 10).put("waitMillis", 20_000));
            lease.getJsonArray("records").forEach(one -> seen.add(((JsonObject) one).getInteger("offset")));
            assertTrue(lease.getJsonArray("records").size() < 6, lease.encode());
            served.post(ACKNOWLEDGEMENTS, new JsonObject().put("lease", lease.getString("lease")));
            answers++;
        }
        assertTrue(answers > 1, answers + " answers");
        assertEquals(0, served.get("/api/v1/groups/workers").getInteger("lag"));
    }

    @Test
    void whatIsNoLeaseIsToldSo() {
        start(LONG_LOCKS);
        for (String text : List.of("x", "a b c", "💥", "YSAxIHggMQ")) {
            problem(400, served.send("POST", ACKNOWLEDGEMENTS, new JsonObject().put("lease", text)));
        }
        problem(404, served.send("POST", LEASES, new JsonObject().put("topic", "missing")));
        problem(400, served.send("POST", LEASES, new JsonObject().put("topic", "orders").put("limit", 501)));
    }
}
