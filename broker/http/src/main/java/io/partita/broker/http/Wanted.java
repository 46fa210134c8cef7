package io.partita.broker.http;

import io.partita.broker.http.filter.Filter;
import io.partita.broker.http.filter.FilterException;
import io.partita.broker.record.RecordHeader;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Which records somebody wants to see: those with a text, those of which a filter is true, or both. Immutable. */
final class Wanted implements Predicate<Consumed> {

    static final String CONTAINS = "Only those with this text in key, value or a header; looks at some 50,000 records";
    static final String FILTER = "Only those of which this is true, in a part of CEL: value.amount > 10 && key.startsWith(\"eu-\") && headers[\"source\"] == \"web\"."
            + " There are topic, partition, offset, timestamp, key, value (what the JSON has, else text) and headers";

    private static final List<String> VARIABLES = List.of("topic", "partition", "offset", "timestamp", "key", "value", "headers", "record");
    /** A value that is larger is not read as JSON. */
    private static final int JSON_BYTES_MAX = 1024 * 1024;

    private final String topic;
    private final byte[] text;
    private final Filter filter;

    private Wanted(String topic, byte[] text, Filter filter) {
        this.topic = topic;
        this.text = text;
        this.filter = filter;
    }

    /**
     * @param contains null or empty for any
     * @param filter null or empty for none
     * @return null when all are wanted
     * @throws Problem when the filter is none
     */
    static Wanted of(String topic, String contains, String filter) {
        boolean hasText = contains != null && !contains.isEmpty();
        boolean hasFilter = filter != null && !filter.isBlank();
        if (!hasText && !hasFilter) {
            return null;
        }
        try {
            return new Wanted(topic, hasText ? contains.getBytes(StandardCharsets.UTF_8) : null, hasFilter ? Filter.of(filter, VARIABLES) : null);
        } catch (FilterException e) {
            throw Problem.badRequest(e.getMessage());
        }
    }

    @Override
    public boolean test(Consumed record) {
        return (text == null || record.contains(text)) && (filter == null || filter.isTrue(variables(record)));
    }

    private Map<String, Object> variables(Consumed record) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("topic", topic);
        variables.put("partition", (long) record.partition());
        variables.put("offset", record.offset());
        variables.put("timestamp", record.timestamp());
        variables.put("key", value(record.key()));
        variables.put("value", value(record.value()));
        Map<String, Object> headers = new HashMap<>();
        for (RecordHeader header : record.headers()) {
            headers.put(header.key(), header.value() == null ? null : Consumed.text(header.value(), false));
        }
        variables.put("headers", headers);
        variables.put("record", record(variables, record));
        return variables;
    }

    /** The same under the names by which other consoles have it, so that filters from there do. */
    private static Map<String, Object> record(Map<String, Object> variables, Consumed record) {
        Map<String, Object> all = new HashMap<>(variables);
        all.put("timestampMs", record.timestamp());
        putText(all, "keyAsText", record.key());
        putText(all, "valueAsText", record.value());
        return all;
    }

    private static void putText(Map<String, Object> all, String name, byte[] bytes) {
        String text = bytes == null ? null : Consumed.text(bytes, false);
        if (text != null) {
            all.put(name, text);
        }
    }

    /** What the JSON says where it is an object or a list, else the text; null for what is neither. */
    private static Object value(byte[] bytes) {
        if (bytes == null || bytes.length == 0) {
            return bytes == null ? null : "";
        }
        if ((bytes[0] == '{' || bytes[0] == '[') && bytes.length <= JSON_BYTES_MAX) {
            try {
                return plain(Json.decodeValue(Buffer.buffer(bytes)));
            } catch (DecodeException | StackOverflowError e) {
                // Then it is text.
            }
        }
        return Consumed.text(bytes, false);
    }

    private static Object plain(Object json) {
        return switch (json) {
            case JsonObject object -> {
                Map<String, Object> map = new LinkedHashMap<>();
                object.forEach(one -> map.put(one.getKey(), plain(one.getValue())));
                yield map;
            }
            case JsonArray array -> {
                List<Object> list = new ArrayList<>();
                array.forEach(one -> list.add(plain(one)));
                yield list;
            }
            case Integer number -> number.longValue();
            case Float number -> number.doubleValue();
            case Number number when !(number instanceof Long) -> number.doubleValue();
            case null -> null;
            default -> json;
        };
    }
}
