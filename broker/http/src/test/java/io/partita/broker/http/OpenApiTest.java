package io.partita.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The description and what is served are the same. */
class OpenApiTest {

    private final ServedBroker served = ServedBroker.start(Map.of("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users", "User:ANONYMOUS"));

    @AfterEach
    void close() {
        served.close();
    }

    private static final Map<String, String> VALUES = Map.of("topic", "orders", "group", "billing", "id", "t", "broker", "all", "partition", "0", "offset",
            "0", "user", "bob");

    /** Every operation is done as its description has it, with its own example for a body; what comes is as described. */
    @Test
    void everyOperationAnswersAsItIsDescribed() {
        JsonObject api = served.get("/api/v1/openapi.json");
        assertTrue(api.getString("openapi").startsWith("3.1."));
        prepare();
        Set<String> ids = new HashSet<>();
        List<String> later = new ArrayList<>();
        for (Map.Entry<String, Object> path : api.getJsonObject("paths")) {
            for (Map.Entry<String, Object> method : (JsonObject) path.getValue()) {
                JsonObject operation = (JsonObject) method.getValue();
                assertTrue(ids.add(operation.getString("operationId")), "one name, one operation");
                if (method.getKey().equals("delete") || operation.getString("operationId").equals("login") || path.getKey().endsWith("/tail")
                        || path.getKey().endsWith("/socket")
                        || operation.getString("operationId").equals("acknowledge")) {
                    later.add(operation.getString("operationId"));
                    continue;
                }
                check(path.getKey(), method.getKey(), operation);
            }
        }
        assertEquals(Set.of("deleteTopic", "deleteGroup", "deleteAcls", "deleteUser", "acknowledge", "logout", "login", "tail", "socket"), Set.copyOf(later));
        served.post("/api/v1/topics/orders/records?partition=0", new JsonObject().put("value", "v"));
        JsonObject take = new JsonObject().put("topic", "orders").put("waitMillis", 20_000);
        JsonObject taken = served.post("/api/v1/groups/workers/leases", take);
        while (taken.getInteger("records") == 0) {
            taken = served.post("/api/v1/groups/workers/leases", take);
        }
        String lease = taken.getJsonArray("leases").getJsonObject(0).getString("lease");
        JsonObject acknowledge = operation(api, "/api/v1/groups/{group}/acknowledgements", "post");
        acknowledge.getJsonObject("requestBody").getJsonObject("content").getJsonObject("application/json").put("example",
                new JsonObject().put("lease", lease));
        check("/api/v1/groups/{group}/acknowledgements", "post", acknowledge);
        check("/api/v1/acls", "delete", operation(api, "/api/v1/acls", "delete"), "?principal=User:alice");
        check("/api/v1/users/{user}", "delete", operation(api, "/api/v1/users/{user}", "delete"));
        check("/api/v1/groups/{group}", "delete", operation(api, "/api/v1/groups/{group}", "delete"));
        check("/api/v1/topics/{topic}", "delete", operation(api, "/api/v1/topics/{topic}", "delete"));
        check("/api/v1/session", "delete", operation(api, "/api/v1/session", "delete"));
    }

    private static JsonObject operation(JsonObject api, String path, String method) {
        return api.getJsonObject("paths").getJsonObject(path).getJsonObject(method);
    }

    private void prepare() {
        served.post("/api/v1/topics", new JsonObject().put("name", "orders").put("partitions", 3));
        served.post("/api/v1/topics", new JsonObject().put("name", "orders-again"));
        served.post("/api/v1/topics/orders/records?partition=0", new JsonObject().put("value", "v"));
        served.post("/api/v1/groups/billing/offsets",
                new JsonObject().put("topics", new JsonArray().add("orders")).put("to", "earliest").put("dryRun", false));
        var properties = served.clientProperties();
        properties.put("transactional.id", "t");
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
        }
    }

    private void check(String path, String method, JsonObject operation) {
        check(path, method, operation, "");
    }

    private void check(String template, String method, JsonObject operation, String query) {
        String path = template.replace("{group}/leases", "workers/leases").replace("{group}/ack", "workers/ack")
                .replace("{broker}/leaders", "self/leaders");
        for (Map.Entry<String, String> value : VALUES.entrySet()) {
            path = path.replace("{" + value.getKey() + "}", value.getValue());
        }
        String what = method + " " + path;
        assertNotNull(operation.getString("summary"), what);
        JsonObject body = operation.getJsonObject("requestBody") == null
                ? null
                : operation.getJsonObject("requestBody").getJsonObject("content").getJsonObject("application/json").getJsonObject("example");
        if (template.equals("/api/v1/topics") && body != null) {
            body.put("name", "orders-2");
        }
        HttpResponse<String> response = served.send(method.toUpperCase(java.util.Locale.ROOT), path + query, body);
        JsonObject described = operation.getJsonObject("responses").getJsonObject(Integer.toString(response.statusCode()));
        assertNotNull(described, what + " answers " + response.statusCode() + ": " + response.body());
        if (response.statusCode() == 204) {
            return;
        }
        Map.Entry<String, Object> content = described.getJsonObject("content").iterator().next();
        assertEquals(content.getKey(), response.headers().firstValue("content-type").orElseThrow(), what);
        if (content.getKey().equals("application/json")) {
            matches(what, ((JsonObject) content.getValue()).getJsonObject("schema"), new JsonObject(response.body()));
        }
    }

    private static void matches(String what, JsonObject schema, JsonObject answer) {
        for (Object name : schema.getJsonArray("required")) {
            assertTrue(answer.containsKey((String) name), what + " has no " + name + ": " + answer);
        }
        for (Map.Entry<String, Object> property : schema.getJsonObject("properties")) {
            Object value = answer.getValue(property.getKey());
            Class<?> type = switch (((JsonObject) property.getValue()).getString("type")) {
                case "string" -> String.class;
                case "integer", "number" -> Number.class;
                case "boolean" -> Boolean.class;
                case "array" -> JsonArray.class;
                default -> JsonObject.class;
            };
            assertTrue(type.isInstance(value), what + ": " + property.getKey() + " is " + value);
        }
    }

    /** Whatever comes, the answer is one of those that are described, and never a defect. */
    @Test
    void nothingThatIsSentIsADefect() {
        prepare();
        JsonObject api = served.get("/api/v1/openapi.json");
        List<Object> odd = List.of("", "x", "-1", "99999999999999999999", "%00", "a/b", "*", "null", "{}", "[]", "💥", "' or 1=1", "../..", "1e9");
        int requests = 0;
        for (Map.Entry<String, Object> path : api.getJsonObject("paths")) {
            for (Map.Entry<String, Object> method : (JsonObject) path.getValue()) {
                JsonObject operation = (JsonObject) method.getValue();
                if (path.getKey().endsWith("/tail") || path.getKey().endsWith("/socket") || path.getKey().endsWith("/session")) {
                    continue;
                }
                for (Object value : odd) {
                    String text = java.net.URLEncoder.encode(value.toString(), java.nio.charset.StandardCharsets.UTF_8);
                    StringBuilder target = new StringBuilder(path.getKey().replaceAll("\\{(topic|group|id|user)}", "missing").replaceAll("\\{[a-z]+}", text))
                            .append('?');
                    operation.getJsonArray("parameters").forEach(parameter -> {
                        if (((JsonObject) parameter).getString("in").equals("query")) {
                            target.append(((JsonObject) parameter).getString("name")).append('=').append(text).append('&');
                        }
                    });
                    HttpResponse<String> response = served.send(method.getKey().toUpperCase(java.util.Locale.ROOT), target.toString(),
                            oddBody(operation, value));
                    assertTrue(response.statusCode() != 500, method.getKey() + " " + target + ": " + response.body());
                    requests++;
                }
            }
        }
        assertTrue(requests > 300, requests + " requests");
    }

    /** The example with one odd value in each of its fields. */
    private static JsonObject oddBody(JsonObject operation, Object value) {
        JsonObject body = operation.getJsonObject("requestBody");
        if (body == null) {
            return null;
        }
        JsonObject odd = new JsonObject();
        for (Map.Entry<String, Object> field : body.getJsonObject("content").getJsonObject("application/json").getJsonObject("example")) {
            odd.put(field.getKey(),
                    value.equals("{}")
                            ? new JsonObject().put("x", new JsonArray().addNull())
                            : value.equals("[]")
                                    ? new JsonArray().add(value).addNull()
                                    : value.equals("null") ? null : value.equals("-1") ? (Object) (-1) : value);
        }
        return odd;
    }
}
