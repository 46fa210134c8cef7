package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records by WebSocket, of the client that Java has. */
class RecordSocketTest {

    private final ServedBroker served = ServedBroker.start(Map.of("http.mask.fields", "orders:headers.token"));
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void create() {
        served.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 1));
    }

    @AfterEach
    void close() {
        http.shutdownNow();
        served.close();
    }

    private void write(int records) {
        JsonArray all = new JsonArray();
        for (int i = 0; i < records; i++) {
            all.add(new JsonObject().put("value", "v" + i).put("headers", new JsonObject().put("token", "secret")));
        }
        served.post("/api/v1/topics/orders/records", new JsonObject().put("records", all));
    }

    /** One socket, and what came. */
    private static final class Client implements WebSocket.Listener {

        private final BlockingQueue<JsonObject> came = new LinkedBlockingQueue<>();
        private final StringBuilder part = new StringBuilder();
        private WebSocket socket;

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                came.add(new JsonObject(part.toString()));
                part.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            came.add(new JsonObject().put("closed", status));
            return null;
        }

        /** What was on its way to the other side when that closed may take the close with it. */
        @Override
        public void onError(WebSocket from, Throwable error) {
            came.add(new JsonObject().put("closed", -1));
        }

        private Client say(JsonObject message) {
            socket.sendText(message.encode(), true).join();
            return this;
        }

        /** What came besides positions. */
        private JsonObject next() throws InterruptedException {
            JsonObject next = came.take();
            while (next.containsKey("position")) {
                next = came.take();
            }
            return next;
        }

        private List<String> values(int count) throws InterruptedException {
            List<String> values = new ArrayList<>();
            while (values.size() < count) {
                JsonObject next = next();
                assertTrue(next.containsKey("record"), next.encode());
                values.add(next.getJsonObject("record").getString("value"));
            }
            return values;
        }
    }

    private Client connect(String query, String... headers) {
        Client client = new Client();
        WebSocket.Builder builder = http.newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        client.socket = builder.buildAsync(URI.create(served.base().replace("http:", "ws:") + "/api/v1/topics/orders/socket" + query), client).join();
        return client;
    }

    private int refused(String query, String... headers) {
        CompletionException failed = assertThrows(CompletionException.class, () -> connect(query, headers));
        return ((WebSocketHandshakeException) failed.getCause()).getResponse().statusCode();
    }

    @Test
    void asManyRecordsComeAsAreAskedFor() throws Exception {
        write(5);
        Client client = connect("?from=earliest&credit=3");
        assertEquals(List.of("v0", "v1", "v2"), client.values(3));
        // When it says something without asking for more, then that is answered and no record comes before
        client.say(new JsonObject().put("value", "mine").put("key", "k").put("id", 7));
        assertEquals(new JsonObject().put("written", new JsonArray().add(new JsonObject().put("partition", 0).put("offset", 5))).put("id", 7),
                client.next());
        client.say(new JsonObject().put("records", new JsonArray().add(new JsonObject().put("value", new JsonObject().put("n", 1)))
                .add(new JsonObject().putNull("value").put("key", "k"))));
        assertEquals(2, client.next().getJsonArray("written").size());
        // When it asks for more
        client.say(new JsonObject().put("more", 1));
        assertEquals(List.of("v3"), client.values(1));
        client.say(new JsonObject().put("more", 100));
        assertEquals(List.of("v4", "mine", "{\"n\":1}"), client.values(3));
        JsonObject last = client.came.take();
        while (!last.containsKey("position") || !last.getString("position").equals("0:8")) {
            last = client.came.take();
        }
        client.socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        // Then another goes on from there
        Client next = connect("?position=0:7&credit=10&contains=late");
        write(1);
        served.post("/api/v1/topics/orders/records", new JsonObject().put("value", "late").put("headers", new JsonObject().put("token", "secret")));
        JsonObject record = next.next();
        assertEquals("late", record.getJsonObject("record").getString("value"));
        assertEquals(Masks.SHOWN, record.getJsonObject("record").getJsonArray("headers").getJsonObject(0).getString("value"));
        next.socket.abort();
    }

    @Test
    void whatIsWrongIsToldAndTheRestGoesOn() throws Exception {
        Client client = connect("");
        client.socket.sendText("no json", true).join();
        assertEquals(400, client.came.take().getJsonObject("problem").getInteger("status"));
        client.say(new JsonObject().put("velue", 1).put("id", "a"));
        JsonObject told = client.came.take();
        assertEquals("a", told.getString("id"));
        assertEquals(400, told.getJsonObject("problem").getInteger("status"));
        client.say(new JsonObject().put("more", 1_000_000)).say(new JsonObject().put("more", 1_000_000));
        assertEquals(400, client.came.take().getJsonObject("problem").getInteger("status"));
        client.say(new JsonObject().put("value", "after all"));
        // Both come, in whichever order: what was asked for, and what came of it.
        List<String> kinds = new ArrayList<>();
        while (kinds.size() < 2) {
            JsonObject next = client.came.take();
            next.fieldNames().stream().filter(name -> name.equals("written") || name.equals("record")).forEach(kinds::add);
        }
        assertEquals(List.of("record", "written"), kinds.stream().sorted().toList());
        // More than one text may have
        client.socket.sendText(new JsonObject().put("value", "x".repeat(HttpAnswer.Line.TEXT_BYTES_MAX)).encode(), true);
        while (!client.came.take().containsKey("closed")) {
            // Where records went on to.
        }
    }

    @Test
    void whoMayNotOrDoesNotAskForItGetsNone() {
        assertEquals(403, refused("", "Origin", "http://elsewhere.example"));
        assertEquals(400, refused("?credti=1"));
        assertEquals(400, refused("?credit=-1"));
        assertEquals(404, ((WebSocketHandshakeException) assertThrows(CompletionException.class,
                () -> http.newWebSocketBuilder().buildAsync(URI.create(served.base().replace("http:", "ws:") + "/api/v1/topics/none/socket"), new Client())
                        .join())
                .getCause()).getResponse().statusCode());
        assertTrue(problem(426, served.send("GET", "/api/v1/topics/orders/socket", null)).getString("detail").contains("WebSocket"));
        connect("", "Origin", served.base()).socket.abort();
    }
}
