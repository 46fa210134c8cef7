package io.partita.broker.generator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Puts the versions that Kafka dropped back into its definitions, as {@code older-versions.json} says. */
final class OlderVersions {

    static final String FILE = "older-versions.json";

    private OlderVersions() {
    }

    /** Changes {@code definitions}, which are by message name. Throws IllegalArgumentException when the file does not fit them. */
    static void apply(JsonNode file, Map<String, JsonNode> definitions) {
        for (Map.Entry<String, JsonNode> lowest : file.get("lowest").properties()) {
            lower(definitions, lowest.getKey() + "Request", lowest.getValue().asInt());
            lower(definitions, lowest.getKey() + "Response", lowest.getValue().asInt());
        }
        for (JsonNode addition : file.get("fields")) {
            add(addition, definitions);
        }
    }

    private static void lower(Map<String, JsonNode> definitions, String message, int lowest) {
        if (!(definitions.get(message) instanceof ObjectNode definition)) {
            throw new IllegalArgumentException(FILE + " names " + message + ", which is not selected");
        }
        Versions versions = Versions.parse(definition.get("validVersions").asText());
        if (versions.lowest() < lowest) {
            throw new IllegalArgumentException(FILE + " would take versions below " + lowest + " from " + message);
        }
        definition.put("validVersions", new Versions(lowest, versions.highest()).toString());
    }

    private static void add(JsonNode addition, Map<String, JsonNode> definitions) {
        String message = addition.get("message").asText();
        JsonNode owner = definitions.get(message);
        for (JsonNode step : addition.get("path")) {
            owner = ((ArrayNode) owner.get("fields")).get(indexOf(owner, step.asText(), message));
        }
        ((ArrayNode) owner.get("fields")).insert(indexOf(owner, addition.get("after").asText(), message) + 1, addition.get("field"));
    }

    private static int indexOf(JsonNode owner, String field, String message) {
        JsonNode fields = owner.path("fields");
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).get("name").asText().equals(field)) {
                return i;
            }
        }
        throw new IllegalArgumentException(FILE + " names " + field + ", which " + message + " does not have there");
    }
}
