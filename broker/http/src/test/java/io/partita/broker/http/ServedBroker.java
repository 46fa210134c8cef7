package io.partita.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.MetadataStore;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** A broker in memory that serves HTTP, and a client of it. */
final class ServedBroker implements AutoCloseable {

    final Broker broker;
    final HttpServer server;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private ServedBroker(Broker broker, HttpServer server) {
        this.broker = broker;
        this.server = server;
    }

    static ServedBroker start(Map<String, String> settings) {
        return start(settings, null);
    }

    static ServedBroker start(Map<String, String> settings, MetadataStore.Factory metadata) {
        Map<String, String> all = new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "http-test", "node.id", "1",
                "http.listener", "127.0.0.1:0", "group.initial.rebalance.delay.ms", "0", "offsets.topic.num.partitions", "4",
                "transaction.state.log.num.partitions", "4"));
        all.putAll(settings);
        BrokerOptions options = BrokerOptions.of(BrokerConfig.of(all)).withDisk(new MemoryDisk());
        Broker broker = Broker.start(metadata == null ? options : options.withMetadata(metadata));
        return new ServedBroker(broker, HttpServer.start(broker));
    }

    /** The same, but readers who take nothing are given up sooner. */
    ServedBroker stalledAfter(int millis) {
        server.close();
        return new ServedBroker(broker, HttpServer.start(broker, millis));
    }

    String base() {
        return "http://127.0.0.1:" + server.port();
    }

    Properties clientProperties() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", broker.bootstrapServers());
        return properties;
    }

    /** @param headers names and values in turn */
    HttpResponse<String> send(String method, String path, Object body, String... headers) {
        var request = java.net.http.HttpRequest.newBuilder(URI.create(base() + path))
                .method(method,
                        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body instanceof JsonObject json ? json.encode() : body.toString()));
        if (body instanceof JsonObject) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    JsonObject get(String path, String... headers) {
        return ok(200, send("GET", path, null, headers));
    }

    JsonObject post(String path, JsonObject body, String... headers) {
        HttpResponse<String> response = send("POST", path, body, headers);
        return ok(response.statusCode() == 201 ? 201 : 200, response);
    }

    static JsonObject ok(int status, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        return response.body().isEmpty() ? new JsonObject() : new JsonObject(response.body());
    }

    /** What is told of a request that cannot be carried out. */
    static JsonObject problem(int status, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals("application/problem+json", response.headers().firstValue("content-type").orElseThrow());
        return new JsonObject(response.body());
    }

    @Override
    public void close() {
        server.close();
        broker.close();
    }
}
