package io.partita.broker.http;

import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.record.RecordHeader;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What of records is not shown to people: {@code http.mask.fields}, as {@code TOPIC:FIELD}. Looked for by a filter it is as it is shown. Immutable.
 *
 * <p>A field is {@code key}, {@code value}, {@code headers.NAME}, or one within the JSON of the value as {@code value.customer.card}; of a list, that of all its elements. A value of which a field is to be hidden and
 * that is no JSON is hidden as a whole.
 */
final class Masks {

    static final String SHOWN = "•••";
    private static final byte[] SHOWN_BYTES = SHOWN.getBytes(StandardCharsets.UTF_8);
    private static final String ALL = "*";

    /** @param path of the field, from key, value or headers on */
    private record Rule(String topic, boolean isPrefix, List<String> path) {

        boolean isAbout(String name) {
            return isPrefix ? name.startsWith(topic) : name.equals(topic);
        }
    }

    private final List<Rule> rules;

    private Masks(List<Rule> rules) {
        this.rules = rules;
    }

    /** @throws InvalidConfigException when a rule cannot be read */
    static Masks of(List<String> settings) {
        List<Rule> rules = new ArrayList<>();
        for (String setting : settings) {
            int colon = setting.indexOf(':');
            List<String> path = colon < 1 ? List.of() : List.of(setting.substring(colon + 1).split("\\.", -1));
            boolean isKnown = path.equals(List.of("key")) || !path.isEmpty() && path.getFirst().equals("value")
                    || path.size() > 1 && path.getFirst().equals("headers");
            if (!isKnown || path.contains("")) {
                throw new InvalidConfigException("http.mask.fields has '" + setting
                        + "': write TOPIC:key, TOPIC:value, TOPIC:value.FIELD or TOPIC:headers.NAME; a topic may end with * for all that begin so.");
            }
            String topic = setting.substring(0, colon);
            boolean isPrefix = topic.endsWith(ALL);
            rules.add(new Rule(isPrefix ? topic.substring(0, topic.length() - 1) : topic, isPrefix, path));
        }
        return new Masks(List.copyOf(rules));
    }

    /** How records of a topic are shown. */
    UnaryOperator<Consumed> of(String topic) {
        List<List<String>> paths = rules.stream().filter(rule -> rule.isAbout(topic)).map(Rule::path).toList();
        return paths.isEmpty() ? UnaryOperator.identity() : record -> masked(record, paths);
    }

    private static Consumed masked(Consumed record, List<List<String>> paths) {
        byte[] key = record.key();
        List<RecordHeader> headers = record.headers();
        List<List<String>> within = new ArrayList<>();
        for (List<String> path : paths) {
            if (path.getFirst().equals("key")) {
                key = key == null ? null : SHOWN_BYTES;
            } else if (path.getFirst().equals("headers")) {
                // Names may have dots.
                String name = String.join(".", path.subList(1, path.size()));
                headers = headers.stream().map(header -> header.key().equals(name) && header.value() != null ? new RecordHeader(name, SHOWN_BYTES) : header)
                        .toList();
            } else {
                within.add(path.subList(1, path.size()));
            }
        }
        return record.with(key, within.isEmpty() ? record.value() : masked(record.value(), within), headers);
    }

    private static byte[] masked(byte[] value, List<List<String>> paths) {
        if (value == null) {
            return null;
        }
        if (paths.contains(List.of())) {
            return SHOWN_BYTES;
        }
        try {
            Object json = Json.decodeValue(Buffer.buffer(value));
            if (json instanceof JsonObject || json instanceof JsonArray) {
                boolean changes = false;
                for (List<String> path : paths) {
                    changes |= hide(json, path);
                }
                return changes ? Json.encode(json).getBytes(StandardCharsets.UTF_8) : value;
            }
        } catch (DecodeException | StackOverflowError e) {
            // No JSON, so nobody knows where the field is.
        }
        return SHOWN_BYTES;
    }

    /** Returns whether there was something to hide. */
    private static boolean hide(Object json, List<String> path) {
        if (json instanceof JsonArray array) {
            boolean changes = false;
            for (Object element : array) {
                changes |= hide(element, path);
            }
            return changes;
        }
        if (!(json instanceof JsonObject object) || !object.containsKey(path.getFirst())) {
            return false;
        }
        if (path.size() == 1) {
            object.put(path.getFirst(), SHOWN);
            return true;
        }
        return hide(object.getValue(path.getFirst()), path.subList(1, path.size()));
    }
}
