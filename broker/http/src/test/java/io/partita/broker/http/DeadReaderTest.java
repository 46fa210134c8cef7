package io.partita.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class DeadReaderTest {

    private static final String TAIL = "GET /api/v1/topics/orders/tail?from=earliest&valueBytes=1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String SOCKET = "GET /api/v1/topics/orders/socket?from=earliest&valueBytes=1000000&credit=1000 HTTP/1.1\r\nHost: localhost\r\n"
            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    @Test
    void readersOfStreamsWhoTakeNothingAreGivenUpWithAllThatWasHeldForThem() throws Exception {
        try (ServedBroker served = ServedBroker.start(Map.of()).stalledAfter(500)) {
            // Given more than any buffer on the way holds
            served.post("/api/v1/topics", new JsonObject().put("name", "orders"));
            for (int i = 0; i < 40; i++) {
                served.post("/api/v1/topics/orders/records", new JsonObject().put("value", "x".repeat(500_000)));
            }
            List<Socket> dead = new ArrayList<>();
            try {
                for (String request : List.of(TAIL, SOCKET)) {
                    for (int i = 0; i < 10; i++) {
                        dead.add(asleep(served, request));
                    }
                }
                // Then each of them gives its place and its memory back, while its socket is still open here
                served.server.service().awaitNoStream();
            } finally {
                for (Socket reader : dead) {
                    reader.close();
                }
            }
        }
    }

    private static Socket asleep(ServedBroker served, String request) throws IOException {
        Socket reader = new Socket();
        reader.setReceiveBufferSize(4_096);
        reader.connect(new java.net.InetSocketAddress("127.0.0.1", served.server.port()));
        reader.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        // It has begun.
        assertEquals('H', reader.getInputStream().read());
        return reader;
    }

    @Test
    void moreConnectionsThanAreServedAtOnceTakeTurns() throws Exception {
        try (ServedBroker served = ServedBroker.start(Map.of()); ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            served.post("/api/v1/topics", new JsonObject().put("name", "orders"));
            List<Future<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                answers.add(clients.submit(() -> served.send("POST", "/api/v1/topics/orders/records", new JsonObject().put("value", "x"))));
            }
            for (Future<HttpResponse<String>> answer : answers) {
                assertEquals(201, answer.get().statusCode(), answer.get().body());
            }
        }
    }
}
