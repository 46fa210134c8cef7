package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchemasTest {

    /** Zero, schema 7, then the field 1 of the first message: "tea". */
    private static final byte[] TEA = {0, 0, 0, 0, 7, 0, 0x0A, 3, 't', 'e', 'a'};
    private static final byte[] UNKNOWN = {0, 0, 0, 0, 9, 1};

    private final Tool tool = Tool.withBroker();
    private final AtomicReference<String> user = new AtomicReference<>();
    private HttpServer registry;

    @BeforeEach
    void start() throws Exception {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            user.set(exchange.getRequestHeaders().getFirst("Authorization"));
            boolean isKnown = exchange.getRequestURI().getPath().equals("/schemas/ids/7");
            byte[] answer = "{\"schemaType\": \"PROTOBUF\", \"schema\": \"message Order { optional string item_name = 1; }\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(isKnown ? 200 : 404, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        registry.start();
        tool.run("topic", "create", "orders");
        Properties properties = new Properties();
        properties.put("bootstrap.servers", tool.address());
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (byte[] value : new byte[][] {TEA, UNKNOWN, "text".getBytes(StandardCharsets.UTF_8)}) {
                producer.send(new ProducerRecord<>("orders", null, value)).get();
            }
        }
    }

    @AfterEach
    void close() {
        registry.stop(0);
        tool.close();
    }

    private String url() {
        return "http://127.0.0.1:" + registry.getAddress().getPort();
    }

    @Test
    void recordsAreShownByTheirSchemas() {
        String unknown = new String(UNKNOWN, StandardCharsets.UTF_8);
        Tool.Result shown = tool.run("consume", "orders", "--registry", url());
        assertEquals("{\"itemName\":\"tea\"}\n" + unknown + "\ntext\n", shown.out());
        assertEquals("The value at offset 1 of partition 0 is shown as it is (schema 9). The schema registry has no such schema.\n", shown.err());
        assertEquals("{\"itemName\":\"tea\"}\n", tool.run("consume", "orders", "-g", "itemName", "-X", "schema.registry.url=" + url()).out());
        // As in the settings of an application that uses Confluent's serializers.
        tool.run("consume", "orders", "-X", "schema.registry.url=" + url(), "-X", "basic.auth.user.info=me:secret");
        assertEquals("Basic bWU6c2VjcmV0", user.get());
        String raw = new String(TEA, StandardCharsets.UTF_8) + "\n" + unknown + "\ntext\n";
        assertEquals(raw, tool.run("consume", "orders", "--raw", "-X", "schema.registry.url=" + url()).out());
        assertEquals(raw, tool.run("consume", "orders").out());
        assertTrue(tool.run("consume", "orders", "-o", "hex", "--registry", url()).out().contains("00000000070"));
    }

    @Test
    void addressThatIsNoneIsSaid() {
        Tool.Result refused = tool.run("consume", "orders", "--registry", "registry:8081");
        assertEquals(2, refused.code());
        assertTrue(refused.err().contains("http://HOST:PORT"), refused.err());
    }
}
