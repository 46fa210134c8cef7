package io.partita.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Whether an object is as it is wanted. The API server does not keep everything as it was written: {@code value: ""} and {@code hostNetwork: false} are left out,
 * {@code 1024Mi} becomes {@code 1Gi}, a webhook puts its own in. So beside what is wanted counts what became of it when it was last written: only where that has changed
 * since has somebody else changed it. After a restart of the operator nothing is remembered, and such objects are written once more, which changes nothing. For any thread.
 */
final class AppliedObjects {

    private static final int REMEMBERED_MAX = 10_000;
    /** Fields that hold quantities. */
    private static final Set<String> QUANTITIES = Set.of("requests", "limits");

    /** By uid, what the API server made of what was wanted, the oldest first. */
    private final Map<String, JsonNode> made = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, JsonNode> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    /** Whether nothing of what is wanted is missing or different, whatever else there is. */
    synchronized boolean isAsWanted(String uid, JsonNode actual, JsonNode wanted) {
        return contains(actual, wanted) || partOf(actual, wanted).equals(made.get(uid));
    }

    /** An object was written and became this. */
    synchronized void note(String uid, JsonNode became, JsonNode wanted) {
        made.remove(uid);
        if (!contains(became, wanted)) {
            made.put(uid, partOf(became, wanted));
        }
    }

    /** What of an object stands where something is wanted, with what is wanted of its annotations in it: they tell when something else is wanted. */
    private static JsonNode partOf(JsonNode actual, JsonNode wanted) {
        if (wanted.isObject() && actual.isObject()) {
            ObjectNode part = JsonNodeFactory.instance.objectNode();
            wanted.properties().forEach(field -> part.set(field.getKey(), partOf(actual.path(field.getKey()), field.getValue())));
            return part;
        }
        if (wanted.isArray() && actual.isArray() && wanted.size() == actual.size()) {
            ArrayNode part = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < wanted.size(); i++) {
                part.add(partOf(actual.path(i), wanted.path(i)));
            }
            return part;
        }
        return actual.isMissingNode() ? NullNode.instance : actual;
    }

    /** Whether everything wanted is there, whatever else there is. */
    static boolean contains(JsonNode actual, JsonNode wanted) {
        if (wanted.isObject()) {
            for (var field : wanted.properties()) {
                JsonNode present = actual.path(field.getKey());
                boolean quantities = QUANTITIES.contains(field.getKey());
                if (quantities ? !sameQuantities(present, field.getValue()) : !contains(present, field.getValue())) {
                    return false;
                }
            }
            return actual.isObject() || wanted.isEmpty();
        }
        if (wanted.isArray()) {
            for (int i = 0; i < wanted.size(); i++) {
                if (!contains(actual.path(i), wanted.path(i))) {
                    return false;
                }
            }
            return actual.size() == wanted.size();
        }
        // Ports are numbers here and strings there.
        return wanted.isNull() || actual.isValueNode() && actual.asText().equals(wanted.asText());
    }

    /** The API server writes quantities in its own way: 1000m comes back as 1. */
    private static boolean sameQuantities(JsonNode actual, JsonNode wanted) {
        for (var field : wanted.properties()) {
            String present = actual.path(field.getKey()).asText("");
            if (present.isEmpty() || !isSame(present, field.getValue().asText())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(String actual, String wanted) {
        try {
            return Quantity.parse(actual).equals(Quantity.parse(wanted));
        } catch (IllegalArgumentException noQuantity) {
            // The API server says so, when it is written.
            return false;
        }
    }
}
