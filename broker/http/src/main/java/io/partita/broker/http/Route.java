package io.partita.broker.http;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One operation of the REST interface: where it is, what it does, and what its description in OpenAPI says, so that neither is without the other. Made once.
 */
final class Route {

    /** What carries an operation out. On a thread that may wait. */
    @FunctionalInterface
    interface Operation {
        HttpAnswer serve(Exchange exchange) throws Exception;
    }

    /** A parameter of the query. */
    record Parameter(String name, String type, String description) {}

    private final String method;
    private final List<String> path;
    private final String id;
    private final String summary;
    private final Operation operation;
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<Parameter> headers = new ArrayList<>();
    private final Map<String, String> fields = new LinkedHashMap<>();
    private String answers = "200";
    private String answer;
    private String answerType = "application/json";
    private JsonObject body;
    private boolean bodyRaw;

    private Route(String method, String path, String id, String summary, Operation operation) {
        this.method = method;
        this.path = List.of(path.substring(1).split("/"));
        this.id = id;
        this.summary = summary;
        this.operation = operation;
    }

    static Route get(String path, String id, String summary, Operation operation) {
        return new Route("GET", path, id, summary, operation);
    }

    static Route of(String method, String path, String id, String summary, Operation operation) {
        return new Route(method, path, id, summary, operation);
    }

    Route query(String name, String type, String description) {
        parameters.add(new Parameter(name, type, description));
        return this;
    }

    /** A header of the request, beside If-Match. */
    Route header(String name, String description) {
        headers.add(new Parameter(name, "string", description));
        return this;
    }

    /** A field of the answer, with an example of its type: string, integer, boolean, array, object, number. */
    Route gives(String field, String type) {
        fields.put(field, type);
        return this;
    }

    /** What a successful answer is. */
    Route answers(int status, String description) {
        answers = Integer.toString(status);
        answer = description;
        return this;
    }

    Route answersAs(String mediaType) {
        answerType = mediaType;
        return this;
    }

    /** An example of the body, from which its schema is taken. */
    Route takes(JsonObject example) {
        body = example;
        return this;
    }

    /** The body may also be anything. */
    Route takesRaw() {
        bodyRaw = true;
        return this;
    }

    String method() {
        return method;
    }

    String id() {
        return id;
    }

    String summary() {
        return summary;
    }

    Operation operation() {
        return operation;
    }

    List<Parameter> parameters() {
        return parameters;
    }

    List<Parameter> headers() {
        return headers;
    }

    Map<String, String> fields() {
        return fields;
    }

    String answerStatus() {
        return answers;
    }

    String answerDescription() {
        return answer == null ? "Done" : answer;
    }

    String answerType() {
        return answerType;
    }

    JsonObject body() {
        return body;
    }

    boolean takesRawBody() {
        return bodyRaw;
    }

    String template() {
        return "/" + String.join("/", path);
    }

    /** The parameters in a path that is this route's, or null when it is another's. */
    Map<String, String> match(List<String> segments) {
        if (segments.size() != path.size()) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String wanted = path.get(i);
            if (wanted.startsWith("{")) {
                values.put(wanted.substring(1, wanted.length() - 1), segments.get(i));
            } else if (!wanted.equals(segments.get(i))) {
                return null;
            }
        }
        return values;
    }

    List<String> pathParameters() {
        return path.stream().filter(segment -> segment.startsWith("{")).map(segment -> segment.substring(1, segment.length() - 1)).toList();
    }
}
