package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {

    @TempDir
    Path folder;

    private ServedBroker served;

    @AfterEach
    void close() {
        if (served != null) {
            served.close();
        }
    }

    private void secured(String mechanisms) throws IOException {
        Path users = Files.writeString(folder.resolve("users"), "admin=change it\nalice=alice's\n");
        served = ServedBroker.start(Map.of("listeners", "INSIDE://127.0.0.1:0", "listener.security.protocol.map", "INSIDE:SASL_PLAINTEXT",
                "sasl.enabled.mechanisms", mechanisms, "sasl.users.file", users.toString(), "super.users", "User:admin",
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"));
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private static final String ADMIN = basic("admin", "change it");
    private static final String ALICE = basic("alice", "alice's");

    private HttpResponse<String> as(String who, String method, String path, Object body) {
        return served.send(method, path, body, "Authorization", who);
    }

    @Test
    void everybodyHasTheRightsThatHeHasOverKafkasProtocol() throws IOException {
        secured("SCRAM-SHA-512");
        // Given
        assertEquals(201, as(ADMIN, "POST", "/api/v1/topics", new JsonObject().put("name", "orders")).statusCode());
        assertEquals(201, as(ADMIN, "POST", "/api/v1/topics", new JsonObject().put("name", "secrets")).statusCode());
        assertEquals(201, as(ADMIN, "POST", "/api/v1/acls", new JsonObject().put("resource", "topic").put("name", "orders").put("principal", "User:alice")
                .put("operation", "read")).statusCode());
        // Then alice sees what she may
        JsonObject topics = ServedBroker.ok(200, as(ALICE, "GET", "/api/v1/topics", null));
        assertEquals(1, topics.getInteger("total"));
        assertEquals(200, as(ALICE, "GET", "/api/v1/topics/orders/records", null).statusCode());
        problem(403, as(ALICE, "GET", "/api/v1/topics/secrets/records", null));
        assertEquals("TOPIC_AUTHORIZATION_FAILED",
                problem(403, as(ALICE, "POST", "/api/v1/topics/orders/records", new JsonObject().put("value", "x"))).getString("error"));
        problem(403, as(ALICE, "DELETE", "/api/v1/topics/orders", null));
        problem(403, as(ALICE, "POST", "/api/v1/groups/workers/leases", new JsonObject().put("topic", "orders")));
        problem(403, as(ALICE, "POST", "/api/v1/topics", new JsonObject().put("name", "mine")));
        problem(403, as(ALICE, "GET", "/api/v1/acls", null));
        problem(403, as(ALICE, "GET", "/api/v1/log-dirs", null));
        // and hears of nothing else
        JsonArray events = ServedBroker.ok(200, as(ALICE, "GET", "/api/v1/events", null)).getJsonArray("events");
        assertFalse(events.encode().contains("secrets"), events.encode());
        assertEquals("User:alice", ServedBroker.ok(200, as(ALICE, "GET", "/api/v1/session", null)).getString("principal"));
        JsonObject deleted = ServedBroker.ok(200, as(ADMIN, "DELETE", "/api/v1/acls?principal=User:alice", null));
        assertEquals(1, deleted.getJsonArray("deleted").size());
        problem(400, as(ADMIN, "DELETE", "/api/v1/acls", null));
    }

    @Test
    void itIsSaidWhoMayDoSomethingAndWhy() throws IOException {
        secured("SCRAM-SHA-512");
        // Given
        rule("orders", "User:alice", "read", "allow");
        rule("*", "User:*", "describe", "allow");
        rule("orders", "User:bob", "all", "deny");
        assertEquals(201, as(ADMIN, "POST", "/api/v1/users", new JsonObject().put("user", "carol").put("password", "carol's")).statusCode());
        // Then
        JsonObject all = ServedBroker.ok(200, as(ADMIN, "GET", "/api/v1/access?operation=read&name=orders", null));
        Map<String, String> reasons = new TreeMap<>();
        all.getJsonArray("decisions").forEach(one -> reasons.put(((JsonObject) one).getString("principal"),
                ((JsonObject) one).getBoolean("allowed") + " " + ((JsonObject) one).getString("reason")));
        assertEquals(
                Map.of("User:admin", "true super_user", "User:alice", "true allowed", "User:bob", "false denied", "User:carol", "false not_allowed", "User:*",
                        "false not_allowed"),
                reasons);
        JsonObject bob = ServedBroker.ok(200, as(ADMIN, "GET", "/api/v1/access?operation=describe&name=orders&principal=User:bob", null))
                .getJsonArray("decisions").getJsonObject(0);
        assertEquals("deny", bob.getJsonObject("rule").getString("permission"));
        assertTrue(bob.getString("why").contains("DENY User:bob"), bob.encode());
        problem(403, as(ALICE, "GET", "/api/v1/access?name=orders", null));
        problem(400, as(ADMIN, "GET", "/api/v1/access?name=orders&operation=all", null));
        problem(400, as(ADMIN, "GET", "/api/v1/access?name=orders&principal=alice", null));
    }

    private void rule(String topic, String principal, String operation, String permission) {
        assertEquals(201, as(ADMIN, "POST", "/api/v1/acls", new JsonObject().put("resource", "topic").put("name", topic).put("principal", principal)
                .put("operation", operation).put("permission", permission)).statusCode());
    }

    @Test
    void aUserThatIsMadeLogsInUntilHeIsDeleted() throws IOException {
        secured("SCRAM-SHA-512");
        JsonObject made = ServedBroker.ok(201, as(ADMIN, "POST", "/api/v1/users", new JsonObject().put("user", "carol").put("password", "carol's")));
        assertEquals(new JsonArray().add("SCRAM-SHA-256").add("SCRAM-SHA-512"), made.getJsonArray("mechanisms"));
        String carol = basic("carol", "carol's");
        assertEquals("User:carol", ServedBroker.ok(200, as(carol, "GET", "/api/v1/session", null)).getString("principal"));
        problem(403, as(carol, "POST", "/api/v1/users", new JsonObject().put("user", "eve").put("password", "x")));
        problem(400,
                as(ADMIN, "POST", "/api/v1/users", new JsonObject().put("user", "eve").put("password", "x").put("mechanisms", new JsonArray().add("MD5"))));
        HttpResponse<String> login = served.send("POST", "/api/v1/session", new JsonObject().put("user", "carol").put("password", "carol's"));
        String cookie = login.headers().firstValue("set-cookie").orElseThrow();
        String session = cookie.substring(0, cookie.indexOf(';'));
        assertEquals(200, served.send("GET", "/api/v1/topics", null, "Cookie", session).statusCode());
        assertEquals("carol", ServedBroker.ok(200, as(ADMIN, "GET", "/api/v1/users", null)).getJsonArray("users").getJsonObject(0).getString("user"));
        assertEquals(204, as(ADMIN, "DELETE", "/api/v1/users/carol", null).statusCode());
        problem(404, as(ADMIN, "DELETE", "/api/v1/users/carol", null));
        problem(401, as(carol, "GET", "/api/v1/session", null));
        // When somebody else gets the name, the session of before is not his
        ServedBroker.ok(201, as(ADMIN, "POST", "/api/v1/users", new JsonObject().put("user", "carol").put("password", "another")));
        problem(401, as(carol, "GET", "/api/v1/session", null));
    }

    @Test
    void whoDoesNotSayWhoHeIsSeesThePagesAndNothingElse() throws IOException {
        secured("PLAIN,SCRAM-SHA-256");
        JsonObject problem = problem(401, served.send("GET", "/api/v1/topics", null));
        assertTrue(problem.getString("detail").contains("log in"), problem.encode());
        problem(401, as(basic("alice", "wrong"), "GET", "/api/v1/topics", null));
        problem(401, as(basic("nobody", ""), "GET", "/api/v1/topics", null));
        problem(401, as("Bearer abc", "GET", "/api/v1/topics", null));
        problem(400, as("Basic ?", "GET", "/api/v1/topics", null));
        assertEquals(200, served.send("GET", "/api/v1/login", null).statusCode());
        assertEquals(200, served.send("GET", "/api/v1/openapi.json", null).statusCode());
    }

    @Test
    void whoGuessesPasswordsHasToWait() throws IOException {
        secured("PLAIN");
        for (int i = 0; i < 10; i++) {
            problem(401, as(basic("alice", "guess" + i), "GET", "/api/v1/topics", null));
        }
        HttpResponse<String> late = as(basic("alice", "alice's"), "GET", "/api/v1/topics", null);
        problem(429, late);
        assertTrue(Integer.parseInt(late.headers().firstValue("retry-after").orElseThrow()) > 1);
    }

    @Test
    void aSessionIsForTheConsolesOwnPages() throws IOException {
        secured("SCRAM-SHA-256");
        problem(401, served.send("POST", "/api/v1/session", new JsonObject().put("user", "admin").put("password", "no")));
        // When
        HttpResponse<String> login = served.send("POST", "/api/v1/session", new JsonObject().put("user", "admin").put("password", "change it"));
        // Then
        String cookie = login.headers().firstValue("set-cookie").orElseThrow();
        assertTrue(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), cookie);
        String session = cookie.substring(0, cookie.indexOf(';'));
        assertEquals(200, served.send("GET", "/api/v1/topics", null, "Cookie", "a=b; " + session).statusCode());
        JsonObject topic = new JsonObject().put("name", "orders");
        // A change by the cookie alone might be another page's
        problem(403, served.send("POST", "/api/v1/topics", topic, "Cookie", session));
        assertEquals(201, served.send("POST", "/api/v1/topics", topic, "Cookie", session, "Partita-Console", "1").statusCode());
        // When it has ended
        assertEquals(204, served.send("DELETE", "/api/v1/session", null, "Cookie", session).statusCode());
        problem(401, served.send("GET", "/api/v1/topics", null, "Cookie", session));
        problem(401, served.send("GET", "/api/v1/topics", null, "Cookie", "partita_session=made-up"));
    }

    @Test
    void pagesFromElsewhereAreRefused() {
        served = ServedBroker.start(Map.of("http.cors.origins", "https://tools.example"));
        JsonObject topic = new JsonObject().put("name", "orders");
        problem(403, served.send("POST", "/api/v1/topics", topic, "Origin", "https://evil.example"));
        problem(403, served.send("GET", "/api/v1/topics", null, "Sec-Fetch-Site", "cross-site"));
        problem(403, served.send("POST", "/api/v1/topics", topic, "Origin", "null"));
        assertEquals(201, served.send("POST", "/api/v1/topics", topic, "Origin", served.base(), "Sec-Fetch-Site", "same-origin").statusCode());
        HttpResponse<String> allowed = served.send("GET", "/api/v1/topics", null, "Origin", "https://tools.example", "Sec-Fetch-Site", "cross-site");
        assertEquals(200, allowed.statusCode());
        assertEquals("https://tools.example", allowed.headers().firstValue("access-control-allow-origin").orElseThrow());
        assertTrue(served.send("GET", "/api/v1/topics", null).headers().firstValue("access-control-allow-origin").isEmpty());
    }

    /** A page whose own name leads to this machine (DNS rebinding) is not told anything. */
    @Test
    void anAddressForThisMachineAloneAnswersToItsNamesAlone() throws IOException {
        served = ServedBroker.start(Map.of());
        String refused = answer("GET /api/v1/topics HTTP/1.1\r\nHost: rebound.example:" + served.server.port() + "\r\nConnection: close\r\n\r\n");
        assertTrue(refused.startsWith("HTTP/1.1 421 "), refused);
        assertTrue(refused.contains("Not for this address"), refused);
        assertTrue(raw("GET /api/v1/topics HTTP/1.1\r\nHost: localhost:" + served.server.port() + "\r\n\r\n").startsWith("HTTP/1.1 200 "));
    }

    @Test
    void whatIsNoHttpOrTooLargeEndsItsConnectionOnly() throws IOException {
        served = ServedBroker.start(Map.of());
        assertTrue(raw("\0\1\2\3 nonsense\r\n\r\n").startsWith("HTTP/1.1 400 "));
        assertTrue(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(40_000) + "\r\n\r\n").startsWith("HTTP/1.1 400 "));
        String tooLarge = answer("POST /api/v1/topics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n");
        assertTrue(tooLarge.startsWith("HTTP/1.1 413 "), tooLarge);
        assertTrue(tooLarge.contains("send it in parts"), tooLarge);
        String deep = "[".repeat(100_000);
        problem(400, served.send("POST", "/api/v1/topics", "{\"name\":" + deep, "Content-Type", "application/json"));
        for (String body : new String[] {"[1]", "{name: 1}", "7"}) {
            String detail = problem(400, served.send("POST", "/api/v1/topics", body, "Content-Type", "application/json")).getString("detail");
            assertTrue(detail.startsWith("The body is no JSON object") && !detail.contains("java.") && !detail.contains("decode"), detail);
        }
        assertTrue(raw("GET /api/v1/topics/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n").startsWith("HTTP/1.1 400 "));
        assertEquals(200, served.send("GET", "/api/v1/topics", null).statusCode());
    }

    /** Bodies that are announced take their room before they come, and give it back when their client is gone. */
    @Test
    void bodiesOfAllClientsTogetherHaveABound() throws IOException {
        served = ServedBroker.start(Map.of());
        String begun = "POST /api/v1/topics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n";
        String whole = begun.replace("8000000", "9000") + "{\"name\": \"orders\"" + " ".repeat(8_982) + "}";
        try (Socket first = new Socket("127.0.0.1", served.server.port()); Socket second = new Socket("127.0.0.1", served.server.port())) {
            for (Socket one : List.of(first, second)) {
                one.setSoTimeout(20_000);
                one.getOutputStream().write(begun.replace("Host", "Expect: 100-continue\r\nHost").getBytes(StandardCharsets.US_ASCII));
                assertEquals("HTTP/1.1 100", new String(one.getInputStream().readNBytes(12), StandardCharsets.US_ASCII));
            }
            assertTrue(raw(begun).startsWith("HTTP/1.1 503 "));
            assertEquals(200, served.send("GET", "/api/v1/topics", null).statusCode(), "what has no body is served");
        }
        String answer = raw(whole);
        while (answer.startsWith("HTTP/1.1 503 ")) {
            answer = raw(whole);
        }
        assertTrue(answer.startsWith("HTTP/1.1 201 "), answer);
    }

    /** All that comes until the connection is closed. */
    private String answer(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", served.server.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", served.server.port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            byte[] first = in.readNBytes(20);
            return new String(first, StandardCharsets.ISO_8859_1);
        }
    }
}
