package io.partita.broker.app;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Broker;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The application as it runs in the image, used by Kafka's clients and looked at over HTTP. */
@QuarkusTest
@WithTestResource(TemporaryData.class)
class BrokerApplicationIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    BrokerLifecycle lifecycle;

    @TestHTTPResource("/")
    URI application;

    private final HttpClient http = HttpClient.newHttpClient();
    private String bootstrapServers;

    @BeforeEach
    void theBrokerRuns() {
        await().atMost(PATIENCE).until(() -> lifecycle.broker().isPresent());
        bootstrapServers = lifecycle.broker().map(Broker::bootstrapServers).orElseThrow();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(application.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private String metrics() throws IOException, InterruptedException {
        return get("/metrics").body();
    }

    /** The value of a series as it is written on the endpoint, without its value; -1 when there is none. */
    private double metric(String series) throws IOException, InterruptedException {
        return metrics().lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElse(-1);
    }

    private void produce(String topic, String value) throws Exception {
        Map<String, Object> config = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, value)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private KafkaConsumer<String, String> consumer(String group) {
        Map<String, Object> config = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers, ConsumerConfig.GROUP_ID_CONFIG, group, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    @Test
    void servesKafkaClientsAndCountsWhatTheyDo() throws Exception {
        produce("orders", "an order");
        try (KafkaConsumer<String, String> consumer = consumer("shop")) {
            consumer.subscribe(List.of("orders"));
            await().atMost(PATIENCE).until(() -> !consumer.poll(Duration.ofMillis(100)).isEmpty());

            assertTrue(metric("partita_requests_seconds_count{api=\"Produce\"}") >= 1);
            assertTrue(metric("partita_requests_seconds_bucket{api=\"Fetch\",le=\"30.0\"}") >= 1);
            assertTrue(metric("partita_request_bytes_total{api=\"Produce\"}") > 0);
            assertTrue(metric("partita_topic_bytes_in_total{topic=\"orders\"}") > 0);
            assertEquals(metric("partita_topic_bytes_in_total{topic=\"orders\"}"), metric("partita_topic_bytes_out_total{topic=\"orders\"}"));
            assertEquals(1, metric("partita_partition_log_end_offset{topic=\"orders\",partition=\"0\"}"));
            assertEquals(1, metric("partita_partition_high_watermark{topic=\"orders\",partition=\"0\"}"));
            assertEquals(0, metric("partita_partition_log_start_offset{topic=\"orders\",partition=\"0\"}"));
            assertTrue(metric("partita_partition_log_size_bytes{topic=\"orders\",partition=\"0\"}") > 0);
            assertTrue(metric("partita_connections") >= 1);
            assertTrue(metrics().lines().anyMatch(line -> line.startsWith("partita_directory_free_bytes{directory=")), "how much of the disk is free");
            assertEquals(0, metric("partita_transactional_ids{state=\"Ongoing\"}"));
            assertEquals(0, metric("partita_transactions_ended_total{outcome=\"committed\"}"));
            assertEquals(0, metric("partita_transactions_duration_seconds_total{outcome=\"committed\"}"));
            assertEquals(0, metric("partita_transactions_oldest_age_seconds{state=\"Ongoing\"}"));
            await().atMost(PATIENCE).until(() -> metric("partita_groups{state=\"Stable\"}") == 1);
            consumer.commitSync();
            await().atMost(PATIENCE).until(() -> metric("partita_group_lag_records{group=\"shop\",topic=\"orders\"}") == 0);
            produce("orders", "another one");
            await().atMost(PATIENCE).until(() -> metric("partita_group_lag_records{group=\"shop\",topic=\"orders\"}") == 1);
            assertTrue(metric("partita_group_lag_seconds{group=\"shop\",topic=\"orders\"}") > 0);
        }
    }

    @Test
    void showsItsEventLoopsAndTheJvm() throws Exception {
        await().atMost(PATIENCE).until(() -> metric("partita_event_loop_lag_seconds_count{loop=\"0\"}") > 0);
        String metrics = metrics();

        assertTrue(metrics.contains("jvm_memory_used_bytes"), metrics);
        assertTrue(metrics.contains("jvm_gc_"), metrics);
        assertTrue(metrics.contains("process_cpu_usage"), metrics);
    }

    @Test
    void metricsAreSentToACollectorThatIsNamed() {
        await().atMost(PATIENCE).until(() -> TemporaryData.received().contains("partita_connections"));

        JsonObject resource = new JsonObject(TemporaryData.received().substring("secret ".length())).getJsonArray("resourceMetrics").getJsonObject(0);
        assertTrue(TemporaryData.received().startsWith("secret "));
        assertTrue(resource.getJsonObject("resource").toString().contains("\"partita\""), resource.getJsonObject("resource")::toString);
        assertTrue(resource.toString().contains("jvm_memory_used_bytes"));
    }

    @Test
    void isLiveReadyAndStarted() throws Exception {
        for (String path : List.of("/health/live", "/health/ready", "/health/started", "/health")) {
            HttpResponse<String> answer = get(path);
            assertEquals(200, answer.statusCode(), answer.body());
        }
        assertTrue(get("/health/ready").body().contains(bootstrapServers));
    }

    @Test
    void tellsWhetherItMayBeStopped() throws Exception {
        HttpResponse<String> answer = get("/broker");

        assertEquals(200, answer.statusCode());
        assertEquals("{\"state\":\"running\",\"caughtUp\":true,\"mayStop\":true,\"why\":null,\"broker\":1}", answer.body());
    }

    @Test
    void theRestInterfaceAndTheConsoleAreOnTheSamePort() throws Exception {
        HttpResponse<String> made = http.send(HttpRequest.newBuilder(application.resolve("/api/v1/topics")).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"by-rest\"}")).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(201, made.statusCode(), made.body());
        produce("by-rest", "a record");
        assertTrue(get("/api/v1/topics/by-rest/records").body().contains("a record"));
        assertTrue(get("/").body().contains("/console/main.js"));
        assertEquals("text/javascript; charset=utf-8", get("/console/main.js").headers().firstValue("content-type").orElseThrow());
        HttpResponse<String> problem = get("/api/v1/topics/missing");
        assertEquals(404, problem.statusCode());
        assertEquals("application/problem+json", problem.headers().firstValue("content-type").orElseThrow());
        try (var lines = http.send(HttpRequest.newBuilder(application.resolve("/api/v1/topics/by-rest/tail?from=earliest")).build(),
                HttpResponse.BodyHandlers.ofLines()).body()) {
            assertTrue(lines.filter(line -> line.startsWith("data: ")).findFirst().orElseThrow().contains("a record"));
        }
    }

    @Test
    void recordsGoByWebSocketToo() throws Exception {
        BlockingQueue<String> came = new LinkedBlockingQueue<>();
        URI records = URI.create(application.toString().replaceFirst("^http", "ws")).resolve("/api/v1/topics/by-socket/socket");
        var listener = new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                came.add(text.toString());
                socket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
                came.add("closed with " + status);
                return null;
            }
        };
        // One that is refused is told why in HTTP
        var refused = assertThrows(CompletionException.class, () -> http.newWebSocketBuilder().buildAsync(records, listener).join());
        assertEquals(404, ((WebSocketHandshakeException) refused.getCause()).getResponse().statusCode());
        produce("by-socket", "first");
        WebSocket socket = http.newWebSocketBuilder().buildAsync(URI.create(records + "?from=earliest&credit=1"), listener).join();
        assertTrue(came.take().contains("first"));
        assertTrue(came.take().contains("position"));
        // In two frames
        socket.sendText("{\"value\":", false).join();
        socket.sendText("\"second\"}", true).join();
        assertTrue(came.take().contains("written"));
        socket.sendText("{\"more\":1}", true).join();
        assertTrue(came.take().contains("second"));
        assertTrue(came.take().contains("position"));
        socket.sendBinary(ByteBuffer.allocate(1), true).join();
        assertEquals("closed with 1003", came.take());
    }
}
