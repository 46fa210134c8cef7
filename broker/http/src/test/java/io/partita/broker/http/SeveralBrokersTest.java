package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.metadata.PartitionImage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Any broker of a cluster is asked, and has those do it who lead what it is about. */
class SeveralBrokersTest {

    private final ThreadLoop loop = new ThreadLoop("test-objects");
    private final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final List<ServedBroker> brokers = new ArrayList<>();

    @BeforeEach
    void start() {
        for (int id = 1; id <= 3; id++) {
            ThreadLoop metadata = new ThreadLoop("test-metadata-" + id);
            brokers.add(ServedBroker.start(Map.of("node.id", Integer.toString(id), "offsets.topic.replication.factor", "3", "default.replication.factor", "3"),
                    ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close)));
        }
    }

    @AfterEach
    void close() {
        brokers.forEach(served -> {
            served.server.close();
            served.broker.kill();
        });
        loop.close();
    }

    /** A topic takes records with acks=all from when enough replicas have joined its leader. */
    private void awaitInSync() {
        for (ServedBroker served : brokers) {
            while (served.broker.image().topics().stream().anyMatch(topic -> topic.partitions().stream().anyMatch(one -> one.inSyncReplicas().size() < 3))) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void everyBrokerServesEverything() {
        ServedBroker first = brokers.getFirst();
        // Given a topic whose partitions are led by several
        first.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 6).put("replicationFactor", 3));
        Set<Object> leaders = new HashSet<>();
        first.get("/api/v1/topics/orders").getJsonArray("partitions").forEach(partition -> leaders.add(((JsonObject) partition).getValue("leader")));
        assertTrue(leaders.size() > 1, "led by " + leaders);
        awaitInSync();
        // When records are written and read by any of them
        JsonArray records = new JsonArray();
        for (int i = 0; i < 60; i++) {
            records.add(new JsonObject().put("key", "k" + i).put("value", "v" + i));
        }
        for (int i = 0; i < 3; i++) {
            first.post("/api/v1/topics/orders/records", new JsonObject().put("records", records));
        }
        for (ServedBroker served : brokers) {
            assertEquals(180, served.get("/api/v1/topics/orders/records?from=earliest&limit=1000").getJsonArray("records").size());
            JsonObject topic = served.get("/api/v1/topics?include=records,size").getJsonArray("topics").getJsonObject(0);
            assertEquals(180, topic.getInteger("records"));
            assertEquals(3,
                    served.get("/api/v1/brokers").getJsonArray("brokers").stream().filter(broker -> ((JsonObject) broker).getBoolean("answers")).count());
        }
        // and a group is reset by any of them
        for (ServedBroker served : brokers) {
            served.post("/api/v1/groups/billing/offsets",
                    new JsonObject().put("topics", new JsonArray().add("orders")).put("to", "earliest").put("dryRun", false));
            assertEquals(180, served.get("/api/v1/groups/billing").getInteger("lag"));
            assertEquals(1, served.get("/api/v1/groups?include=lag").getInteger("total"));
        }
        // and settings of another broker are those of that one
        assertFalse(first.get("/api/v1/brokers/3/configs").getJsonArray("configs").isEmpty());
        problem(404, first.send("GET", "/api/v1/brokers/9/configs", null));
    }

    @Test
    void leadersGoAwayFromABrokerAndAreSpreadAgain() {
        ServedBroker first = brokers.getFirst();
        first.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 6).put("replicationFactor", 3));
        await(partitions -> partitions.stream().allMatch(one -> one.inSyncReplicas().size() == 3));
        int busy = first.broker.image().topic("orders").partition(0).leader();
        long led = led(busy);
        // When it is only looked at
        JsonObject preview = first.post("/api/v1/brokers/" + busy + "/leaders-away?dryRun=true", null);
        assertEquals(led, preview.getJsonArray("moved").size(), preview.encode());
        assertEquals(led, led(busy));
        // When it is done
        JsonObject away = first.post("/api/v1/brokers/" + busy + "/leaders-away", null);
        assertEquals(led, away.getJsonArray("moved").size(), away.encode());
        assertTrue(away.getJsonArray("left").isEmpty(), away.encode());
        await(partitions -> partitions.stream().allMatch(one -> one.leader() != busy && one.inSyncReplicas().size() == 3));
        // and back
        JsonObject spread = brokers.getLast().post("/api/v1/leaders/spread", null);
        assertTrue(spread.getJsonArray("left").isEmpty(), spread.encode());
        await(partitions -> brokers.stream().allMatch(one -> led(one.broker.nodeId()) == 2));
        problem(404, first.send("POST", "/api/v1/brokers/9/leaders-away", null));
        assertEquals(3, brokers.getLast().post("/api/v1/brokers/self/leaders-away?dryRun=true", null).getInteger("broker"));
    }

    /** Until every broker has seen it of the topic's partitions. */
    private void await(Predicate<List<PartitionImage>> wanted) {
        for (ServedBroker served : brokers) {
            while (served.broker.image().topic("orders") == null || !wanted.test(served.broker.image().topic("orders").partitions())) {
                Thread.onSpinWait();
            }
        }
    }

    private long led(int broker) {
        return brokers.getFirst().broker.image().topic("orders").partitions().stream().filter(partition -> partition.leader() == broker).count();
    }

    @Test
    void whatOneGaveAnyTakesBack() {
        ServedBroker first = brokers.getFirst();
        first.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 6).put("replicationFactor", 3));
        // Given a group that has begun
        JsonObject take = new JsonObject().put("topic", "orders").put("limit", 500);
        await(partitions -> partitions.stream().allMatch(one -> one.inSyncReplicas().size() == 3));
        assertEquals(0, first.post("/api/v1/groups/workers/leases", take).getInteger("records"));
        JsonArray records = new JsonArray();
        for (int i = 0; i < 60; i++) {
            records.add(new JsonObject().put("key", "k" + i).put("value", "v" + i));
        }
        first.post("/api/v1/topics/orders/records", new JsonObject().put("records", records));
        // When one broker gives them, and the others are told what became of them
        int settled = 0;
        Set<Object> leases = new HashSet<>();
        while (settled < 60) {
            for (Object lease : first.post("/api/v1/groups/workers/leases", take).getJsonArray("leases")) {
                leases.add(((JsonObject) lease).getString("lease"));
                settled += brokers.getLast()
                        .post("/api/v1/groups/workers/acknowledgements", new JsonObject().put("lease", ((JsonObject) lease).getString("lease")))
                        .getInteger("settled");
            }
        }
        assertTrue(leases.size() > 1, "several leaders");
        // Then they are done with
        assertEquals(60, settled);
        assertEquals(0, brokers.get(1).get("/api/v1/groups/workers").getInteger("lag"));
    }

    @Test
    void connectionsToAllBrokersAreSeenFromAny() throws IOException {
        int port = Integer.parseInt(brokers.getLast().broker.bootstrapServers().replaceAll(".*:", ""));
        try (var client = new Socket("127.0.0.1", port)) {
            String remote = "127.0.0.1:" + client.getLocalPort();
            JsonObject seen = brokers.getFirst().get("/api/v1/connections?name=" + remote);
            while (seen.getInteger("total") == 0 || !seen.getJsonArray("missing").isEmpty()) {
                seen = brokers.getFirst().get("/api/v1/connections?name=" + remote);
            }
            assertEquals(1, seen.getInteger("total"), seen.encode());
            assertEquals(3, seen.getJsonArray("connections").getJsonObject(0).getInteger("broker"));
        }
    }

    @Test
    void whenABrokerIsGoneTheOthersSayWhatThatMeans() {
        // Given
        ServedBroker first = brokers.getFirst();
        first.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 6).put("replicationFactor", 3));
        awaitInSync();
        assertTrue(first.get("/api/v1/cluster").getBoolean("well"));
        // When
        ServedBroker gone = brokers.removeLast();
        gone.server.close();
        gone.broker.kill();
        while (first.broker.image().broker(3) != null
                || first.broker.image().topic("orders").partitions().stream().anyMatch(partition -> partition.leader() == 3)) {
            // Lists give what there is, however little of it the one that is gone would tell.
            first.get("/api/v1/groups?include=lag");
            first.get("/api/v1/topics?include=records,size,lag");
            first.get("/api/v1/cluster?include=records");
        }
        // Then
        JsonObject cluster = first.get("/api/v1/cluster");
        assertFalse(cluster.getBoolean("well"));
        assertTrue(cluster.getJsonArray("problems").encode().contains("Broker 3 is not there"), cluster.encode());
        List<String> kinds = first.get("/api/v1/events").getJsonArray("events").stream().map(event -> ((JsonObject) event).getString("kind")).toList();
        assertTrue(kinds.contains("leader_elected"), kinds.toString());
        assertTrue(kinds.contains("broker_left"), kinds.toString());
        // and the topic is served
        JsonArray records = new JsonArray();
        for (int i = 0; i < 12; i++) {
            records.add(new JsonObject().put("partition", i % 6).put("value", "v" + i));
        }
        assertEquals(12, first.post("/api/v1/topics/orders/records", new JsonObject().put("records", records)).getJsonArray("records").stream()
                .filter(record -> ((JsonObject) record).containsKey("offset")).count());
    }

    @Test
    void thatNothingCanBeWrittenIsSaid() {
        // Given
        ServedBroker first = brokers.getFirst();
        first.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 3).put("replicationFactor", 3));
        awaitInSync();
        // When two are gone, of which one cannot leave the in-sync set because two are needed
        for (int i = 0; i < 2; i++) {
            ServedBroker gone = brokers.removeLast();
            gone.server.close();
            gone.broker.kill();
        }
        while (first.broker.image().brokers().size() > 1
                || first.broker.image().topic("orders").partitions().stream().anyMatch(partition -> partition.leader() != 1)) {
            Thread.onSpinWait();
        }
        // Then
        JsonArray problems = first.get("/api/v1/cluster").getJsonArray("problems");
        assertTrue(problems.encode().contains("3 partitions take no records with acks=all"), problems.encode());
    }
}
