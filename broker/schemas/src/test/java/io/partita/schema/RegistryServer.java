package io.partita.schema;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A schema registry that says what a test tells it to. */
final class RegistryServer implements AutoCloseable {

    /** What it answers to a path. */
    @FunctionalInterface
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    /** Paths in the order in which they were asked for. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    RegistryServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            answers.getOrDefault(exchange.getRequestURI().getPath(), any -> send(any, 404, "{\"error_code\":40403,\"message\":\"Schema not found\"}"))
                    .to(exchange);
        });
        server.start();
    }

    URI address() {
        return URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress().getPort());
    }

    RegistryServer on(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    /** @param type null for Avro, as registries leave it out @param references as {@code NAME=SUBJECT}, of version 1 */
    RegistryServer schema(int id, String type, String text, String... references) {
        return on("/schemas/ids/" + id, exchange -> send(exchange, 200, json(type, text, references)));
    }

    RegistryServer subject(String subject, String type, String text, String... references) {
        return on("/subjects/" + subject + "/versions/1", exchange -> send(exchange, 200, json(type, text, references)));
    }

    static String json(String type, String text, String... references) {
        JsonObject answer = new JsonObject().put("schema", text);
        if (type != null) {
            answer.put("schemaType", type);
        }
        List<JsonObject> all = new ArrayList<>();
        for (String reference : references) {
            String[] words = reference.split("=");
            all.add(new JsonObject().put("name", words[0]).put("subject", words[1]).put("version", 1));
        }
        return all.isEmpty() ? answer.encode() : answer.put("references", new JsonArray(all)).encode();
    }

    static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
