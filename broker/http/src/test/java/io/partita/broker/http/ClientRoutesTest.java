package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientRoutesTest {

    private ServedBroker served;

    @AfterEach
    void close() {
        served.close();
    }

    @Test
    void connectionsSayWhichClientItIsAndWhichOldVersionsItUses() throws IOException {
        served = ServedBroker.start(Map.of());
        served.post("/api/v1/topics", new JsonObject().put("name", "orders"));
        Properties properties = served.clientProperties();
        properties.put("client.id", "shop");
        int port = Integer.parseInt(served.broker.bootstrapServers().replaceAll(".*:", ""));
        // Given a client of today, and one that asks for the offsets of a topic as nobody has since 2016
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()); var old = new Socket("127.0.0.1", port)) {
            producer.send(new ProducerRecord<>("orders", new byte[10]));
            producer.flush();
            listOffsets(old);
            // Then
            JsonObject shop = connections("?name=shop").getFirst();
            assertEquals("apache-kafka-java", shop.getString("software"));
            assertTrue(shop.getString("softwareVersion").startsWith("4."), shop.encode());
            assertEquals("User:ANONYMOUS", shop.getString("principal"));
            assertEquals(1, shop.getInteger("broker"));
            assertEquals(new JsonArray(), shop.getJsonArray("deprecated"));
            JsonObject ancient = connections("?deprecated=true").getFirst();
            assertEquals("ancient", ancient.getString("client"));
            assertEquals(new JsonArray().add(new JsonObject().put("api", "ListOffsets").put("version", 0).put("current", 1)),
                    ancient.getJsonArray("deprecated"));
            assertEquals(1, served.get("/api/v1/connections?limit=1").getJsonArray("connections").size());
            assertTrue(served.get("/api/v1/connections?broker=2").getJsonArray("connections").isEmpty());
        }
    }

    private List<JsonObject> connections(String query) {
        return served.get("/api/v1/connections" + query).getJsonArray("connections").stream().map(JsonObject.class::cast).toList();
    }

    private static void listOffsets(Socket socket) throws IOException {
        byte[] client = "ancient".getBytes(StandardCharsets.UTF_8);
        byte[] topic = "orders".getBytes(StandardCharsets.UTF_8);
        var out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(10 + client.length + 4 + 4 + 2 + topic.length + 4 + 16);
        out.writeShort(2);
        out.writeShort(0);
        out.writeInt(1);
        out.writeShort(client.length);
        out.write(client);
        out.writeInt(-1);
        out.writeInt(1);
        out.writeShort(topic.length);
        out.write(topic);
        out.writeInt(1);
        out.writeInt(0);
        out.writeLong(-1);
        out.writeInt(1);
        var in = new DataInputStream(socket.getInputStream());
        in.readFully(new byte[in.readInt()]);
    }

    @Test
    void whoTakesMoreThanHisQuotaIsSeen() {
        served = ServedBroker.start(Map.of("quota.window.size.seconds", "3600"));
        served.post("/api/v1/topics", new JsonObject().put("name", "orders"));
        served.post("/api/v1/quotas", new JsonObject().put("entity", new JsonObject().put("client-id", "shop"))
                .put("quotas", new JsonObject().put("producer_byte_rate", 1)));
        Properties properties = served.clientProperties();
        properties.putAll(Map.of("client.id", "shop", "linger.ms", "0"));
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            // When a window of eleven hours lets 36,000 bytes through
            JsonArray usages;
            do {
                producer.send(new ProducerRecord<>("orders", new byte[500_000]));
                producer.flush();
                usages = served.get("/api/v1/throttling").getJsonArray("usage");
            } while (usages.isEmpty());
            // Then
            JsonObject usage = usages.getJsonObject(0);
            assertEquals(new JsonObject().put("client-id", "shop"), usage.getJsonObject("entity"));
            assertEquals("producer_byte_rate", usage.getString("quota"));
            assertEquals(1, usage.getInteger("bound"));
            assertTrue(usage.getDouble("perSecond") > 1, usage.encode());
            assertTrue(usage.getLong("waitMillis") > 0, usage.encode());
            JsonObject muted = connections("?name=shop").stream().filter(one -> one.getLong("throttledMillis") > 0).findFirst().orElseThrow();
            assertEquals("shop", muted.getString("client"));
        }
    }

    @Test
    void whoMayNotDescribeTheClusterSeesNobody() {
        served = ServedBroker.start(Map.of("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"));
        problem(403, served.send("GET", "/api/v1/connections", null));
        problem(403, served.send("GET", "/api/v1/throttling", null));
    }
}
