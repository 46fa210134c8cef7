package io.partita.broker.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The description of the REST interface in OpenAPI 3.1, made of the routes that serve it. */
final class OpenApi {

    private OpenApi() {}

    static JsonObject of(List<Route> routes, String version) {
        Map<String, JsonObject> paths = new TreeMap<>();
        for (Route route : routes) {
            paths.computeIfAbsent(route.template(), path -> new JsonObject()).put(route.method().toLowerCase(java.util.Locale.ROOT), operation(route));
        }
        JsonObject all = new JsonObject();
        paths.forEach(all::put);
        JsonObject problem = object(
                Map.of("type", "string", "title", "string", "status", "integer", "detail", "string", "error", "string", "retriable", "boolean"))
                .put("required", new JsonArray().add("type").add("title").add("status").add("detail"));
        return new JsonObject().put("openapi", "3.1.0")
                .put("info", new JsonObject().put("title", "Partita").put("version", version).put("summary", "Management, producing and consuming over HTTP")
                        .put("description",
                                "Requests do what the same requests on the Kafka port do, with the rights and quotas of the same user. A change takes If-Match"
                                        + " where the resource gives an ETag. Errors are problem details (RFC 9457) whose detail says what to do.")
                        .put("license", new JsonObject().put("name", "Apache-2.0").put("identifier", "Apache-2.0")))
                .put("servers", new JsonArray().add(new JsonObject().put("url", "/")))
                .put("security", new JsonArray().add(new JsonObject()).add(new JsonObject().put("password", new JsonArray()))
                        .add(new JsonObject().put("token", new JsonArray())).add(new JsonObject().put("session", new JsonArray())))
                .put("paths", all)
                .put("components", new JsonObject()
                        .put("schemas", new JsonObject().put("Problem", problem))
                        .put("responses", new JsonObject().put("Problem", new JsonObject().put("description", "What is wrong, and what to do about it")
                                .put("content", new JsonObject().put("application/problem+json",
                                        new JsonObject().put("schema", new JsonObject().put("$ref", "#/components/schemas/Problem"))))))
                        .put("securitySchemes", new JsonObject()
                                .put("password", new JsonObject().put("type", "http").put("scheme", "basic"))
                                .put("token", new JsonObject().put("type", "http").put("scheme", "bearer"))
                                .put("session", new JsonObject().put("type", "apiKey").put("in", "cookie").put("name", Gate.COOKIE))));
    }

    private static JsonObject operation(Route route) {
        JsonArray parameters = new JsonArray();
        for (String name : route.pathParameters()) {
            boolean number = name.equals("partition") || name.equals("offset");
            parameters.add(new JsonObject().put("name", name).put("in", "path").put("required", true)
                    .put("schema", new JsonObject().put("type", number ? "integer" : "string")));
        }
        route.parameters().forEach(parameter -> parameters.add(new JsonObject().put("name", parameter.name()).put("in", "query")
                .put("description", parameter.description() + ".").put("schema", new JsonObject().put("type", parameter.type()))));
        route.headers().forEach(header -> parameters.add(new JsonObject().put("name", header.name()).put("in", "header")
                .put("description", header.description() + ".").put("schema", new JsonObject().put("type", header.type()))));
        JsonObject answer = new JsonObject().put("description", route.answerDescription() + ".");
        if (!route.answerStatus().equals("204") && !route.answerStatus().equals("101")) {
            JsonObject schema = switch (route.answerType()) {
                case "application/json" -> object(route.fields()).put("required", new JsonArray(List.copyOf(route.fields().keySet())));
                case "application/octet-stream" -> new JsonObject();
                default -> new JsonObject().put("type", "string");
            };
            answer.put("content", new JsonObject().put(route.answerType(), new JsonObject().put("schema", schema)));
        }
        JsonObject operation = new JsonObject().put("operationId", route.id()).put("summary", route.summary() + ".")
                .put("tags", new JsonArray().add(tag(route)))
                .put("parameters", parameters)
                .put("responses", new JsonObject().put(route.answerStatus(), answer)
                        .put("default", new JsonObject().put("$ref", "#/components/responses/Problem")));
        if (route.body() != null) {
            JsonObject content = new JsonObject().put("application/json", new JsonObject().put("schema", schemaOf(route.body())).put("example", route.body()));
            if (route.takesRawBody()) {
                content.put("application/octet-stream", new JsonObject().put("schema", new JsonObject()));
            }
            operation.put("requestBody", new JsonObject().put("required", true).put("content", content));
        }
        return operation;
    }

    private static String tag(Route route) {
        return route.template().split("/")[3];
    }

    private static JsonObject object(Map<String, String> fields) {
        JsonObject properties = new JsonObject();
        fields.forEach((name, type) -> properties.put(name, type.equals("array")
                ? new JsonObject().put("type", "array").put("items", new JsonObject())
                : new JsonObject().put("type", type)));
        return new JsonObject().put("type", "object").put("properties", properties);
    }

    private static JsonObject schemaOf(Object example) {
        return switch (example) {
            case JsonObject object -> {
                JsonObject properties = new JsonObject();
                object.forEach(one -> properties.put(one.getKey(), schemaOf(one.getValue())));
                yield new JsonObject().put("type", "object").put("properties", properties);
            }
            case JsonArray array -> new JsonObject().put("type", "array").put("items", array.isEmpty() ? new JsonObject() : schemaOf(array.getValue(0)));
            case Boolean flag -> new JsonObject().put("type", "boolean");
            case Number number -> new JsonObject().put("type", "integer");
            default -> new JsonObject().put("type", "string");
        };
    }
}
