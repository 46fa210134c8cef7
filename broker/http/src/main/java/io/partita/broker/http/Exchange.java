package io.partita.broker.http;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One request on its way through an operation: what was asked, by whom. */
final class Exchange {

    private static final int PAGE_DEFAULT = 100;
    private static final int PAGE_MAX = 1_000;

    private final HttpRequest request;
    private final Map<String, String> path;
    private final Kafka kafka;

    Exchange(HttpRequest request, Map<String, String> path, Kafka kafka) {
        this.request = request;
        this.path = path;
        this.kafka = kafka;
    }

    HttpRequest request() {
        return request;
    }

    Kafka kafka() {
        return kafka;
    }

    /** A parameter of the path. */
    String path(String name) {
        return path.get(name);
    }

    int pathNumber(String name) {
        try {
            int number = Integer.parseInt(path.get(name));
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw Problem.badRequest("The " + name + " in the path is a number, not '" + path.get(name) + "'.");
    }

    /** The body, which has to be a JSON object with none but these fields. */
    JsonObject body(String... fields) {
        JsonObject body = anyBody();
        Body.only(body, fields);
        return body;
    }

    /** The body, which has to be a JSON object. */
    JsonObject anyBody() {
        if (!isJson()) {
            throw Problem.of(415, "Send the body as JSON, with Content-Type: application/json.");
        }
        try {
            return new JsonObject(new String(request.body(), StandardCharsets.UTF_8));
        } catch (DecodeException | ClassCastException e) {
            String found = e instanceof DecodeException ? withoutSource(e.getMessage()) : "";
            throw Problem.badRequest("The body is no JSON object" + (found.isEmpty() ? ", but another value." : ": " + found + "."));
        }
    }

    /** What the parser found, without its own words around it. */
    private static String withoutSource(String message) {
        String text = message == null ? "" : message;
        int end = text.indexOf('\n');
        return (end < 0 ? text : text.substring(0, end)).replaceFirst("^Failed to decode:?\\s*", "");
    }

    boolean isJson() {
        String type = request.header("content-type");
        return type != null && (type.equals("application/json") || type.startsWith("application/json;"));
    }

    /** Which part of a long list is asked for. */
    <T> JsonObject page(String name, List<T> sorted, Function<T, String> key, Function<List<T>, List<JsonObject>> shown) {
        int limit = (int) request.number("limit", PAGE_DEFAULT, 1, PAGE_MAX);
        String after = request.parameter("after");
        int from = 0;
        while (after != null && from < sorted.size() && key.apply(sorted.get(from)).compareTo(after) <= 0) {
            from++;
        }
        int to = Math.min(sorted.size(), from + limit);
        List<T> part = sorted.subList(from, to);
        JsonObject page = new JsonObject().put(name, new io.vertx.core.json.JsonArray(new java.util.ArrayList<>(shown.apply(part)))).put("total",
                sorted.size());
        if (to < sorted.size()) {
            page.put("next", key.apply(part.getLast()));
        }
        return page;
    }

    /** Whether a name has what the caller looks for in it. */
    boolean isWanted(String name) {
        String filter = request.parameter("name");
        return filter == null || name.toLowerCase(java.util.Locale.ROOT).contains(filter.toLowerCase(java.util.Locale.ROOT));
    }

    /** Sees to If-Match: the caller changes what he has seen, or nothing. */
    void ifMatches(String tag) {
        String wanted = request.header("if-match");
        if (wanted != null && !wanted.equals("*") && !wanted.contains(tag)) {
            throw Problem.of(412, "It has changed since you looked (its ETag is " + tag + " now): look again, then decide.");
        }
    }
}
