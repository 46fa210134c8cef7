package io.partita.broker.http;

import static io.partita.broker.http.ServedBroker.problem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.InvalidConfigException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MasksTest {

    @Test
    void whatIsHiddenIsNeitherShownNorFound() {
        try (ServedBroker served = ServedBroker.start(Map.of("http.mask.fields", "pay*:value.customer.card,pay*:headers.token,payments:key,notes:value"))) {
            for (String topic : List.of("payments", "notes", "open")) {
                served.post("/api/v1/topics", new JsonObject().put("name", topic));
                JsonObject card = new JsonObject().put("customer", new JsonArray().add(new JsonObject().put("card", "4111").put("name", "Ada")));
                served.post("/api/v1/topics/" + topic + "/records", new JsonObject().put("key", "k-4111").put("value", card)
                        .put("headers", new JsonObject().put("token", "4111").put("source", "web")));
                served.post("/api/v1/topics/" + topic + "/records", new JsonObject().put("key", "k").put("value", "text 4111"));
            }
            // Then
            String payments = "/api/v1/topics/payments/";
            String shown = served.get(payments + "records?from=earliest").encode();
            assertFalse(shown.contains("4111"), shown);
            assertTrue(shown.contains("Ada") && shown.contains("web") && shown.contains(Masks.SHOWN), shown);
            assertTrue(served.get(payments + "records?contains=4111").getJsonArray("records").isEmpty());
            assertTrue(served.get(payments + "records?filter=" + URLEncoder.encode("value.customer[0].card == '4111'", StandardCharsets.UTF_8))
                    .getJsonArray("records").isEmpty());
            assertFalse(served.send("GET", payments + "partitions/0/records/0/value", null).body().contains("4111"));
            // A value that is no JSON may have it anywhere.
            assertEquals(Masks.SHOWN, served.send("GET", payments + "partitions/0/records/1/value", null).body());
            assertFalse(served.get("/api/v1/topics/notes/records").encode().contains("Ada"));
            assertEquals(2, served.get("/api/v1/topics/open/records?contains=4111").getJsonArray("records").size());
            problem(404, served.send("GET", payments + "partitions/0/records/9/value", null));
        }
    }

    @Test
    void whatCannotBeReadIsRefusedAtTheStart() {
        for (String setting : List.of("orders", "orders:", ":value", "orders:header", "orders:headers", "orders:value..x", "orders:offset", "orders:key.x")) {
            assertThrows(InvalidConfigException.class, () -> Masks.of(List.of(setting)), setting);
        }
    }
}
