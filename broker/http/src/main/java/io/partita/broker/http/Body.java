package io.partita.broker.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Reads fields of a JSON body, with a sentence where one is not as it should be. */
final class Body {

    private Body() {}

    /** Refuses fields that nobody would look at: whoever mistypes one would take what he asked for to be done. */
    static void only(JsonObject body, String... fields) {
        List<String> known = List.of(fields);
        for (String name : body.fieldNames()) {
            if (!known.contains(name)) {
                throw Problem.badRequest("There is no field '" + name + "' here: there are " + String.join(", ", known) + ".");
            }
        }
    }

    static String string(JsonObject body, String name) {
        String value = optional(body, name);
        if (value == null || value.isEmpty()) {
            throw Problem.badRequest("The field " + name + " is missing: a string.");
        }
        return value;
    }

    static String optional(JsonObject body, String name) {
        return switch (body.getValue(name)) {
            case null -> null;
            case String text -> text;
            default -> throw Problem.badRequest("The field " + name + " is a string.");
        };
    }

    static long number(JsonObject body, String name, long otherwise, long min, long max) {
        Object value = body.getValue(name);
        if (value == null) {
            return otherwise;
        }
        if ((value instanceof Integer || value instanceof Long) && ((Number) value).longValue() >= min && ((Number) value).longValue() <= max) {
            return ((Number) value).longValue();
        }
        throw Problem.badRequest("The field " + name + " is a number from " + min + " to " + max + ", not " + value + ".");
    }

    static boolean flag(JsonObject body, String name, boolean otherwise) {
        return switch (body.getValue(name)) {
            case null -> otherwise;
            case Boolean flag -> flag;
            default -> throw Problem.badRequest("The field " + name + " is true or false.");
        };
    }

    static JsonObject object(JsonObject body, String name) {
        return switch (body.getValue(name)) {
            case null -> new JsonObject();
            case JsonObject object -> object;
            default -> throw Problem.badRequest("The field " + name + " is an object.");
        };
    }

    static List<JsonObject> objects(JsonObject body, String name) {
        List<JsonObject> all = new ArrayList<>();
        for (Object one : list(body, name)) {
            if (!(one instanceof JsonObject object)) {
                throw Problem.badRequest("The field " + name + " is a list of objects.");
            }
            all.add(object);
        }
        return all;
    }

    static List<String> strings(JsonObject body, String name) {
        List<String> all = new ArrayList<>();
        for (Object one : list(body, name)) {
            if (!(one instanceof String text)) {
                throw Problem.badRequest("The field " + name + " is a list of strings.");
            }
            all.add(text);
        }
        return all;
    }

    static List<Integer> integers(JsonObject body, String name) {
        List<Integer> all = new ArrayList<>();
        for (Object one : list(body, name)) {
            if (!(one instanceof Integer number)) {
                throw Problem.badRequest("The field " + name + " is a list of numbers.");
            }
            all.add(number);
        }
        return all;
    }

    private static JsonArray list(JsonObject body, String name) {
        return switch (body.getValue(name)) {
            case null -> new JsonArray();
            case JsonArray array -> array;
            default -> throw Problem.badRequest("The field " + name + " is a list.");
        };
    }
}
