package io.partita.broker.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Who is connected, with what, and who has to wait because of quotas: as the brokers see it at this moment. */
final class ClientRoutes {

    private static final int LIMIT_DEFAULT = 200;
    private static final int LIMIT_MAX = 2_000;

    private ClientRoutes() {}

    static List<Route> all() {
        return List.of(
                Route.get("/api/v1/connections", "listConnections",
                        "The clients' connections to all brokers: who it is, client id, library and version, and which versions of requests it has sent that Kafka 4 no longer"
                                + " serves. For who may describe the cluster",
                        ClientRoutes::connections)
                        .query("name", "string", "Only those with this in client id, principal, library or address")
                        .query("broker", "integer", "Only those to this broker")
                        .query("deprecated", "boolean", "Only those that have used a deprecated version of a request")
                        .query("limit", "integer", "How many at most (200; at most 2000)")
                        .gives("connections", "array").gives("connected", "integer").gives("missing", "array"),
                Route.get("/api/v1/throttling", "listThrottling",
                        "What is taken of quotas at the moment, by broker and by whom it is counted for, those first that have to wait. For who may describe the cluster",
                        ClientRoutes::throttling).gives("usage", "array").gives("missing", "array"));
    }

    private static HttpAnswer connections(Exchange exchange) {
        HttpRequest request = exchange.request();
        int limit = (int) request.number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX);
        int broker = (int) request.number("broker", -1, 0, Integer.MAX_VALUE);
        boolean deprecated = request.flag("deprecated");
        Map<Integer, JsonObject> told = exchange.kafka().insights();
        List<JsonObject> found = new ArrayList<>();
        int[] connected = new int[1];
        told.forEach((id, insight) -> {
            if (broker >= 0 && broker != id) {
                return;
            }
            connected[0] += insight.getInteger("connected");
            for (Object one : insight.getJsonArray("connections")) {
                JsonObject connection = ((JsonObject) one).put("broker", id);
                if (isWanted(exchange, connection) && (!deprecated || !connection.getJsonArray("deprecated").isEmpty())) {
                    found.add(connection);
                }
            }
        });
        found.sort(Comparator.comparing((JsonObject one) -> one.getString("client")).thenComparing(one -> one.getString("remote")));
        return HttpAnswer.ok(new JsonObject().put("connections", new JsonArray(new ArrayList<>(found.subList(0, Math.min(limit, found.size())))))
                .put("total", found.size()).put("connected", connected[0]).put("missing", missing(exchange.kafka(), told.keySet())));
    }

    private static boolean isWanted(Exchange exchange, JsonObject connection) {
        return exchange.isWanted(String.join("\n", connection.getString("client"), connection.getString("principal"), connection.getString("software"),
                connection.getString("remote")));
    }

    private static HttpAnswer throttling(Exchange exchange) {
        Map<Integer, JsonObject> told = exchange.kafka().insights();
        List<JsonObject> usage = new ArrayList<>();
        told.forEach((id, insight) -> insight.getJsonArray("usage").forEach(one -> usage.add(((JsonObject) one).put("broker", id))));
        usage.sort(Comparator.comparingLong((JsonObject one) -> one.getLong("waitMillis")).reversed());
        return HttpAnswer.ok(new JsonObject().put("usage", new JsonArray(new ArrayList<>(usage))).put("missing", missing(exchange.kafka(), told.keySet())));
    }

    /** The brokers that did not say. */
    private static JsonArray missing(Kafka kafka, Set<Integer> told) {
        TreeSet<Integer> missing = new TreeSet<>(kafka.brokers());
        missing.removeAll(told);
        return new JsonArray(new ArrayList<>(missing));
    }
}
