package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecordRoutesTest {

    private static final String RECORDS = "/api/v1/topics/orders/records";

    private final ServedBroker served = ServedBroker.start(Map.of());

    @BeforeEach
    void create() {
        served.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 3));
    }

    @AfterEach
    void close() {
        served.close();
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, String> more) {
        Properties properties = served.clientProperties();
        properties.putAll(more);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> values(JsonObject answer) {
        return answer.getJsonArray("records").stream().map(record -> ((JsonObject) record).getString("value")).toList();
    }

    @Test
    void whatIsExportedIsImportedAsItWas() {
        JsonArray records = new JsonArray().add(new JsonObject().put("key", "k").put("value", new JsonObject().put("n", 1)).put("timestamp", 7)
                .put("headers",
                        new JsonArray().add(new JsonObject().put("key", "h").put("value", "1"))
                                .add(new JsonObject().put("key", "h").put("valueBase64", "AP8="))))
                .add(new JsonObject().put("valueBase64", "AAEC").put("partition", 1)).add(new JsonObject().put("key", "k").putNull("value"))
                .add(new JsonObject().put("value", "two\nlines").put("partition", 2));
        served.post(RECORDS, new JsonObject().put("records", records));
        // When
        HttpResponse<String> exported = served.send("GET", "/api/v1/topics/orders/export", null);
        assertEquals(4, exported.body().lines().count(), exported.body());
        served.post("/api/v1/topics", new JsonObject().put("name", "again").put("partitions", 3));
        assertEquals(201, served.send("POST", "/api/v1/topics/again/records", exported.body(), "Content-Type", "application/x-ndjson").statusCode());
        // Then
        assertEquals(exported.body(), served.send("GET", "/api/v1/topics/again/export", null).body());
        assertEquals(1, served.send("GET", "/api/v1/topics/orders/export?contains=lines", null).body().lines().count());
        assertTrue(problem(400, served.send("POST", "/api/v1/topics/again/records", "{}\nx", "Content-Type", "application/x-ndjson")).getString("detail")
                .contains("Line 2"));
    }

    /** Fewer where a process may have few descriptors (ulimit -n): each takes one here and one in the broker. */
    @Test
    void aThousandStreamsAreServedAndNoMore() throws IOException {
        List<Socket> streams = new ArrayList<>();
        try {
            for (int i = 0; i <= HttpService.STREAMS_MAX; i++) {
                Socket socket = new Socket("127.0.0.1", served.server.port());
                streams.add(socket);
                socket.setSoTimeout(60_000);
                socket.getOutputStream().write("GET /api/v1/topics/orders/tail HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                // Its place is taken.
                assertTrue(readUntil(socket, i < HttpService.STREAMS_MAX ? ": here" : "event: problem").contains("text/event-stream"));
            }
            streams.removeLast().close();
            // When something is written
            served.post(RECORDS, new JsonObject().put("value", "for all"));
            // Then all have it
            for (Socket socket : streams) {
                assertTrue(readUntil(socket, "event: position").contains("for all"));
            }
        } finally {
            for (Socket socket : streams) {
                socket.close();
            }
        }
    }

    private static String readUntil(Socket socket, String wanted) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(wanted) < 0) {
            int next = socket.getInputStream().read();
            assertTrue(next >= 0, "it ended after " + read);
            read.append((char) next);
        }
        return read.toString();
    }

    @Test
    void recordsAreFoundByWhatIsTrueOfThem() {
        JsonArray records = new JsonArray();
        for (int i = 0; i < 20; i++) {
            records.add(new JsonObject().put("key", (i % 2 == 0 ? "eu-" : "us-") + i).put("value", new JsonObject().put("amount", i).put("item", "tea"))
                    .put("headers", new JsonObject().put("source", i < 15 ? "web" : "shop")));
        }
        records.add(new JsonObject().put("key", "eu-text").put("value", "no json"));
        served.post(RECORDS, new JsonObject().put("records", records));
        // Then
        String filter = "value.amount > 10 && key.startsWith('eu-') && headers['source'] == 'web'";
        JsonObject found = served.get(RECORDS + "?from=earliest&filter=" + encoded(filter));
        assertEquals(List.of("eu-12", "eu-14"), found.getJsonArray("records").stream().map(record -> ((JsonObject) record).getString("key")).sorted().toList());
        assertEquals(21, found.getInteger("scanned"));
        assertEquals(1, served.get(RECORDS + "?filter=" + encoded("value == 'no json'")).getJsonArray("records").size());
        String elsewhere = "has(record.keyAsText) && record.keyAsText.matches('^eu-1[24]$') && record.headers.size() == 1 && record.value.amount > 12";
        assertEquals(1, served.get(RECORDS + "?from=earliest&filter=" + encoded(elsewhere)).getJsonArray("records").size());
        assertEquals(1, served.get(RECORDS + "?contains=shop&filter=" + encoded("value.amount == 17")).getJsonArray("records").size());
        JsonObject problem = problem(400, served.send("GET", RECORDS + "?filter=" + encoded("value.amount >"), null));
        assertTrue(problem.getString("detail").contains("at character 15"), problem.encode());
        problem(400, served.send("GET", "/api/v1/topics/orders/tail?filter=" + encoded("x == 1"), null));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void whatIsSentAgainUnderItsKeyIsWrittenOnce() {
        String path = "/api/v1/topics/orders/records";
        JsonObject record = new JsonObject().put("value", "once");
        JsonObject first = served.post(path, record, "Idempotency-Key", "a-1");
        // When its answer was lost
        HttpResponse<String> again = served.send("POST", path, record, "Idempotency-Key", "a-1");
        // Then it is the same
        assertEquals(first, ServedBroker.ok(201, again));
        assertEquals("true", again.headers().firstValue("idempotency-replayed").orElseThrow());
        assertEquals(1, served.get(path + "?contains=once").getJsonArray("records").size());
        // and another request needs another key
        problem(422, served.send("POST", path, new JsonObject().put("value", "twice"), "Idempotency-Key", "a-1"));
        problem(400, served.send("POST", path, record, "Idempotency-Key", " ".repeat(300)));
        served.post(path, record, "Idempotency-Key", "a-2");
        assertEquals(2, served.get(path + "?contains=once").getJsonArray("records").size());
        // and what was not written may be tried again under its key
        problem(404, served.send("POST", "/api/v1/topics/later/records", record, "Idempotency-Key", "a-3"));
        served.post("/api/v1/topics", new JsonObject().put("name", "later"));
        assertEquals(201, served.send("POST", "/api/v1/topics/later/records", record, "Idempotency-Key", "a-3").statusCode());
    }

    @Test
    void recordsOfEveryKindArriveAsTheyWereSent() {
        // When
        byte[] binary = {0, 1, (byte) 0xff};
        served.post(RECORDS, new JsonObject().put("records", new JsonArray().add(new JsonObject().put("value", "text").put("partition", 0))
                .add(new JsonObject().put("value", new JsonObject().put("n", 1)).put("partition", 0))
                .add(new JsonObject().put("valueBase64", Base64.getEncoder().encodeToString(binary)).put("keyBase64", "AAE=").put("partition", 0))
                .add(new JsonObject().putNull("value").put("key", "k").put("partition", 0).put("timestamp", 1000)
                        .put("headers", new JsonObject().put("h", "v")))));
        served.send("POST", RECORDS + "?key=raw&partition=0&header=a:b", "<raw/>", "Content-Type", "text/xml");
        // Then
        Properties properties = served.clientProperties();
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition("orders", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            var records = consumer.poll(Duration.ofSeconds(20)).records(partition);
            assertArrayEquals(bytes("text"), records.get(0).value());
            assertArrayEquals(bytes("{\"n\":1}"), records.get(1).value());
            assertArrayEquals(binary, records.get(2).value());
            assertArrayEquals(new byte[] {0, 1}, records.get(2).key());
            assertEquals(null, records.get(3).value());
            assertEquals(1000, records.get(3).timestamp());
            assertArrayEquals(bytes("v"), records.get(3).headers().lastHeader("h").value());
            assertArrayEquals(bytes("<raw/>"), records.get(4).value());
            assertArrayEquals(bytes("raw"), records.get(4).key());
        }
    }

    @Test
    void aKeyGoesWhereKafkasProducersSendIt() throws Exception {
        try (var producer = producer(Map.of())) {
            for (int i = 0; i < 50; i++) {
                String key = "key-" + "x".repeat(i % 7) + i;
                int theirs = producer.send(new ProducerRecord<>("orders", bytes(key), bytes("v"))).get().partition();
                int ours = served.post(RECORDS, new JsonObject().put("key", key).put("value", "v")).getJsonArray("records").getJsonObject(0)
                        .getInteger("partition");
                assertEquals(theirs, ours, key);
            }
        }
    }

    @Test
    void whatProducersCompressIsShown() throws Exception {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            try (var producer = producer(Map.of("compression.type", codec))) {
                producer.send(new ProducerRecord<>("orders", 1, bytes("k"), bytes(codec))).get();
            }
        }
        assertEquals(List.of("none", "gzip", "snappy", "lz4", "zstd"), values(served.get(RECORDS + "?partition=1&offset=0")));
    }

    @Test
    void theNewestComeFirstAndOthersInTheirOrder() {
        JsonArray many = new JsonArray();
        for (int i = 0; i < 30; i++) {
            many.add(new JsonObject().put("value", "v" + i).put("partition", i % 3).put("timestamp", 1000 + i));
        }
        served.post(RECORDS, new JsonObject().put("records", many));
        assertEquals(List.of("v29", "v28", "v27"), values(served.get(RECORDS + "?limit=3")));
        // When a reader goes on from page to page
        List<String> all = new ArrayList<>();
        JsonObject page = served.get(RECORDS + "?from=earliest&limit=7");
        while (!page.getJsonArray("records").isEmpty()) {
            all.addAll(values(page));
            page = served.get(RECORDS + "?limit=7&offsets=" + page.getString("next"));
        }
        // Then nothing is missing or double
        assertEquals(30, all.size());
        assertEquals(30, all.stream().distinct().count());
        assertEquals(List.of("v12", "v13"), values(served.get(RECORDS + "?from=1012&limit=2")));
        for (String longAgo : List.of("1960-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "PT999999999H")) {
            assertEquals(List.of("v0"), values(served.get(RECORDS + "?from=" + longAgo + "&limit=1")), longAgo);
        }
        problem(400, served.send("GET", RECORDS + "?from=PT2562047788015215H", null));
        assertEquals(List.of("v4"), values(served.get(RECORDS + "?from=earliest&partition=1&contains=v4&limit=1")));
    }

    @Test
    void aTransactionThatWasAbortedIsShownToThoseWhoAskForIt() {
        try (var producer = producer(Map.of("transactional.id", "t"))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("orders", 0, null, bytes("aborted")));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("orders", 0, null, bytes("committed")));
            producer.commitTransaction();
            assertEquals(List.of("committed"), values(served.get(RECORDS + "?from=earliest")));
            assertEquals(List.of("aborted", "committed"), values(served.get(RECORDS + "?from=earliest&isolation=uncommitted")));
            JsonObject transaction = served.get("/api/v1/transactions/t");
            assertEquals("CompleteCommit", transaction.getString("state"));
            assertEquals(1, served.get("/api/v1/transactions").getInteger("total"));
        }
    }

    @Test
    void aLargeValueIsCutAndGivenWholeWhenAskedFor() {
        String large = "ä".repeat(5_000);
        served.post(RECORDS, new JsonObject().put("value", large).put("partition", 2));
        JsonObject record = served.get(RECORDS + "?valueBytes=101").getJsonArray("records").getJsonObject(0);
        assertEquals("ä".repeat(50), record.getString("value"));
        assertTrue(record.getBoolean("valueCut"));
        assertEquals(10_000, record.getInteger("valueBytes"));
        var whole = served.send("GET", "/api/v1/topics/orders/partitions/2/records/0/value", null);
        assertEquals(large, new String(whole.body().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        assertTrue(whole.headers().firstValue("content-disposition").orElseThrow().startsWith("attachment"));
        problem(404, served.send("GET", "/api/v1/topics/orders/partitions/2/records/7/value", null));
    }

    @Test
    void whatCannotBeWrittenSaysWhy() {
        served.post("/api/v1/topics", new JsonObject().put("name", "small").put("configs", new JsonObject().put("max.message.bytes", 1000)));
        JsonObject problem = problem(413, served.send("POST", "/api/v1/topics/small/records", new JsonObject().put("value", "x".repeat(2_000))));
        assertEquals("MESSAGE_TOO_LARGE", problem.getString("error"));
        problem(404, served.send("POST", RECORDS, new JsonObject().put("value", "x").put("partition", 9)));
        problem(404, served.send("POST", "/api/v1/topics/none/records", new JsonObject().put("value", "x")));
        problem(400, served.send("POST", RECORDS, new JsonObject().put("valueBase64", "?")));
        problem(400, served.send("GET", RECORDS + "?from=yesterday", null));
        problem(400, served.send("GET", RECORDS + "?limit=0", null));
        problem(400, served.send("GET", RECORDS + "?offset=3", null));
    }

    @Test
    void recordsAreFollowedAsTheyCome() throws Exception {
        // Given a reader
        var connection = URI.create(served.base() + "/api/v1/topics/orders/tail").toURL().openConnection();
        connection.setReadTimeout(30_000);
        try (var lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("retry: 2000", lines.readLine());
            // When
            served.post(RECORDS, new JsonObject().put("key", "k").put("value", "first").put("partition", 1));
            served.post(RECORDS, new JsonObject().put("value", "second").put("partition", 1));
            // Then
            List<String> values = new ArrayList<>();
            String position = null;
            while (values.size() < 2 || position == null) {
                String line = lines.readLine();
                if (line.startsWith("data: {\"partition\"")) {
                    values.add(new JsonObject(line.substring(6)).getString("value"));
                }
                position = line.startsWith("id: ") && values.size() == 2 ? line : position;
            }
            assertEquals(List.of("first", "second"), values);
            assertEquals("id: 0:0,1:2,2:0", position);
        }
    }

    @Test
    void aReaderThatComesAgainGoesOnWhereItWas() throws Exception {
        for (String value : List.of("a", "b", "c")) {
            served.post(RECORDS, new JsonObject().put("value", value).put("partition", 0));
        }
        var connection = URI.create(served.base() + "/api/v1/topics/orders/tail?partition=0").toURL().openConnection();
        connection.setRequestProperty("Last-Event-ID", "0:1");
        connection.setReadTimeout(30_000);
        try (var lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (!line.startsWith("data: ")) {
                line = lines.readLine();
            }
            assertEquals("b", new JsonObject(line.substring(6)).getString("value"));
        }
    }

    @Test
    void nothingOfARecordIsTakenForAPage() {
        served.post(RECORDS, new JsonObject().put("value", "<script>alert(1)</script>").put("partition", 0));
        var value = served.send("GET", "/api/v1/topics/orders/partitions/0/records/0/value", null);
        assertEquals("nosniff", value.headers().firstValue("x-content-type-options").orElseThrow());
        assertEquals("application/octet-stream", value.headers().firstValue("content-type").orElseThrow());
        assertFalse(value.headers().firstValue("content-security-policy").orElseThrow().contains("script"));
    }

    /** What a reader does not take waits as what it is: records of the log. */
    @Test
    void aReaderWhoTakesNothingHoldsUpNobodyElse() throws Exception {
        // Given more records than any buffer on the way holds
        String large = "x".repeat(500_000);
        for (int i = 0; i < 40; i++) {
            served.post(RECORDS, new JsonObject().put("value", large).put("partition", 0));
        }
        List<Socket> asleep = new ArrayList<>();
        try {
            // When many follow them and read nothing
            for (int i = 0; i < 100; i++) {
                Socket reader = new Socket("127.0.0.1", served.server.port());
                reader.setReceiveBufferSize(4_096);
                reader.getOutputStream().write(("GET /api/v1/topics/orders/tail?from=earliest&valueBytes=1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                asleep.add(reader);
            }
            for (Socket reader : asleep) {
                assertEquals('H', reader.getInputStream().read());
            }
            // Then others are served, and see all of it
            served.post(RECORDS, new JsonObject().put("value", "awake").put("partition", 1));
            assertEquals(List.of("awake"), values(served.get(RECORDS + "?limit=1")));
            assertEquals(40, served.get("/api/v1/topics/orders").getJsonArray("partitions").getJsonObject(0).getInteger("endOffset"));
        } finally {
            for (Socket reader : asleep) {
                reader.close();
            }
        }
    }
}
