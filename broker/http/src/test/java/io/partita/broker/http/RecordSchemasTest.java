package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.InvalidConfigException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that were written with a schema, as the REST interface shows them. What payloads are made of is tried in the module of schemas. */
class RecordSchemasTest {

    private static final String ORDER = "{\"type\": \"record\", \"name\": \"Order\", \"fields\": [{\"name\": \"item\", \"type\": \"string\"}, {\"name\": \"card\", \"type\": \"string\"},"
            + " {\"name\": \"count\", \"type\": \"int\"}]}";
    /** Zero, schema 7, "tea", "4111", 3. */
    private static final byte[] TEA = {0, 0, 0, 0, 7, 6, 't', 'e', 'a', 8, '4', '1', '1', '1', 6};
    private static final byte[] KEY = {0, 0, 0, 0, 8, 4, 'k', '1'};
    private static final byte[] UNKNOWN = {0, 0, 0, 0, 9, 1};

    @TempDir
    Path folder;
    private HttpServer registry;

    @BeforeEach
    void startRegistry() throws IOException {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        String expected = "Basic " + Base64.getEncoder().encodeToString("reader:secret".getBytes(StandardCharsets.UTF_8));
        registry.createContext("/", exchange -> {
            String schema = switch (exchange.getRequestURI().getPath()) {
                case "/schemas/ids/7" -> ORDER;
                case "/schemas/ids/8" -> "\"string\"";
                default -> null;
            };
            boolean isKnown = expected.equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] answer = new JsonObject().put("schema", schema).encode().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(!isKnown ? 401 : schema == null ? 404 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        registry.start();
    }

    @AfterEach
    void stopRegistry() {
        registry.stop(0);
    }

    private ServedBroker served(String masks) throws IOException {
        Path credentials = Files.writeString(folder.resolve("registry"), "reader:secret\n");
        ServedBroker served = ServedBroker.start(Map.of("http.schema.registry.url", "http://127.0.0.1:" + registry.getAddress().getPort(),
                "http.schema.registry.credentials.file", credentials.toString(), "http.schema.registry.timeout.ms", "60000", "http.mask.fields", masks));
        served.post("/api/v1/topics", new JsonObject().put("name", "orders"));
        served.post("/api/v1/topics", new JsonObject().put("name", "copy"));
        JsonArray records = new JsonArray();
        for (byte[] value : new byte[][] {TEA, UNKNOWN}) {
            records.add(
                    new JsonObject().put("keyBase64", Base64.getEncoder().encodeToString(KEY)).put("valueBase64", Base64.getEncoder().encodeToString(value)));
        }
        records.add(new JsonObject().put("value", "text"));
        served.post("/api/v1/topics/orders/records", new JsonObject().put("records", records));
        return served;
    }

    private static String filter(String text) {
        return "filter=" + URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static final String RECORDS = "/api/v1/topics/orders/records?from=earliest&";

    @Test
    void recordsAreShownAndFoundAsJsonAndKeptAsTheyAre() throws Exception {
        try (ServedBroker served = served("")) {
            JsonArray all = served.get(RECORDS).getJsonArray("records");
            JsonObject tea = all.getJsonObject(0);
            assertEquals(new JsonObject().put("item", "tea").put("card", "4111").put("count", 3), new JsonObject(tea.getString("value")));
            assertEquals("k1", tea.getString("key"));
            assertEquals("avro", tea.getString("valueFormat"));
            assertEquals("7", tea.getString("valueSchema"));
            assertEquals("8", tea.getString("keySchema"));
            assertEquals("The schema registry has no such schema.", all.getJsonObject(1).getString("valueProblem"));
            assertEquals(Base64.getEncoder().encodeToString(UNKNOWN), all.getJsonObject(1).getString("valueBase64"));
            assertEquals("text", all.getJsonObject(2).getString("value"));
            assertNull(all.getJsonObject(2).getString("valueSchema"));
            // Then
            assertEquals(1, served.get(RECORDS + filter("value.count > 2 && key == \"k1\"")).getJsonArray("records").size());
            assertEquals(0, served.get(RECORDS + "format=raw&" + filter("value.count > 2")).getJsonArray("records").size());
            assertEquals(1, served.get(RECORDS + "contains=" + URLEncoder.encode("\"count\":3", StandardCharsets.UTF_8)).getJsonArray("records").size());
            problem(400, served.send("GET", RECORDS + "format=other", null));
            JsonObject raw = served.get(RECORDS + "format=raw").getJsonArray("records").getJsonObject(0);
            assertEquals(Base64.getEncoder().encodeToString(TEA), raw.getString("valueBase64"));
            assertNull(raw.getString("valueSchema"));
            String value = "/api/v1/topics/orders/partitions/0/records/0/value";
            assertEquals(new String(TEA, StandardCharsets.UTF_8), served.send("GET", value, null).body());
            assertEquals(3, new JsonObject(served.send("GET", value + "?format=decoded", null).body()).getInteger("count"));
            // What is exported, looked for in the JSON, can be written again.
            String lines = served.send("GET", "/api/v1/topics/orders/export?" + filter("value.item == \"tea\""), null).body();
            assertEquals(1, lines.lines().count());
            served.send("POST", "/api/v1/topics/copy/records", lines, "Content-Type", "application/x-ndjson");
            assertEquals(1, served.post("/api/v1/topics/orders/replays", new JsonObject().put("to", "copy").put("filter", "value.item == \"tea\""))
                    .getInteger("copied"));
            JsonArray copies = served.get("/api/v1/topics/copy/records?format=raw").getJsonArray("records");
            assertEquals(2, copies.size());
            copies.forEach(copy -> assertEquals(Base64.getEncoder().encodeToString(TEA), ((JsonObject) copy).getString("valueBase64")));
        }
    }

    @Test
    void whatIsHiddenIsHiddenInPayloadsWithSchemasToo() throws Exception {
        try (ServedBroker served = served("orders:value.card")) {
            String shown = served.get(RECORDS).encode();
            assertTrue(shown.contains("tea") && shown.contains(Masks.SHOWN), shown);
            assertFalse(shown.contains("4111") || shown.contains(Base64.getEncoder().encodeToString(UNKNOWN)), shown);
            String raw = served.get(RECORDS + "format=raw").encode();
            assertFalse(raw.contains("tea") || raw.contains(Base64.getEncoder().encodeToString(TEA)), raw);
            assertFalse(served.send("GET", "/api/v1/topics/orders/export", null).body().contains(Base64.getEncoder().encodeToString(TEA)));
            assertFalse(served.send("GET", "/api/v1/topics/orders/partitions/0/records/0/value?format=decoded", null).body().contains("4111"));
            assertEquals(0, served.get(RECORDS + filter("value.card == \"4111\"")).getJsonArray("records").size());
            // Nor by asking what a replay would find.
            JsonObject replay = new JsonObject().put("to", "copy").put("filter", "value.card == \"4111\"");
            assertEquals(0, served.post("/api/v1/topics/orders/replays?dryRun=true", replay).getInteger("copied"));
        }
    }

    @Test
    void registryThatIsAwayLeavesRecordsAsTheyAreAndSaysSo() throws Exception {
        try (ServedBroker served = served("")) {
            registry.stop(0);
            JsonObject tea = served.get(RECORDS).getJsonArray("records").getJsonObject(0);
            assertEquals(Base64.getEncoder().encodeToString(TEA), tea.getString("valueBase64"));
            assertTrue(tea.getString("valueProblem").contains("cannot be reached"), tea.encode());
        }
    }

    @Test
    void settingsThatCannotBeReadAreRefusedAtTheStart() {
        for (String url : new String[] {"registry:8081", "http://user:secret@registry"}) {
            String said = assertThrows(InvalidConfigException.class, () -> RecordViews.of(BrokerConfig.of(Map.of("http.schema.registry.url", url))))
                    .getMessage();
            assertFalse(said.contains("secret"), said);
        }
    }
}
