package io.partita.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Lays a user's pod template over ours: objects field by field, lists of named things by name, everything else as the user says. */
final class PodTemplates {

    private PodTemplates() {}

    static ObjectNode overlay(ObjectNode ours, ObjectNode users) {
        ObjectNode merged = ours.deepCopy();
        for (var field : users.properties()) {
            merged.set(field.getKey(), merge(merged.get(field.getKey()), field.getValue()));
        }
        return merged;
    }

    private static JsonNode merge(JsonNode ours, JsonNode users) {
        if (ours instanceof ObjectNode object && users instanceof ObjectNode over) {
            return overlay(object, over);
        }
        if (ours instanceof ArrayNode list && users instanceof ArrayNode over && isNamed(list) && isNamed(over)) {
            ArrayNode merged = list.deepCopy();
            over.forEach(element -> mergeByName(merged, element));
            return merged;
        }
        return users;
    }

    private static boolean isNamed(ArrayNode list) {
        for (JsonNode element : list) {
            if (!element.path("name").isTextual()) {
                return false;
            }
        }
        return !list.isEmpty();
    }

    private static void mergeByName(ArrayNode merged, JsonNode element) {
        for (int i = 0; i < merged.size(); i++) {
            if (merged.get(i).path("name").equals(element.path("name"))) {
                merged.set(i, merge(merged.get(i), element));
                return;
            }
        }
        merged.add(element);
    }
}
