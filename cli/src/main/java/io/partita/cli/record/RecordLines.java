package io.partita.cli.record;

import io.partita.broker.record.RecordHeader;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Makes records of lines. */
public interface RecordLines {

    NewRecord of(byte[] line);

    /**
     * The line is the value, or key and value.
     *
     * @param separator between key and value; null when lines have no keys
     * @param key of all; null where there is none
     * @param tombstones whether an empty value is none at all
     */
    static RecordLines text(String separator, String key, List<RecordHeader> headers, boolean tombstones, Integer partition) {
        byte[] fixed = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        byte[] between = separator == null ? null : separator.getBytes(StandardCharsets.UTF_8);
        return line -> {
            byte[] keyBytes = fixed;
            byte[] value = line;
            if (between != null) {
                int at = indexOf(line, between);
                if (at < 0) {
                    throw new Failure(Kind.USAGE,
                            "The line '" + new String(line, StandardCharsets.UTF_8) + "' has no '" + separator + "' between key and value.");
                }
                keyBytes = java.util.Arrays.copyOf(line, at);
                value = java.util.Arrays.copyOfRange(line, at + between.length, line.length);
            }
            return new NewRecord(partition, null, keyBytes, tombstones && value.length == 0 ? null : value, headers);
        };
    }

    /**
     * An object as {@code consume -o json} prints it. Its topic and offset do not count.
     *
     * @param partitions whether its partition does
     */
    static RecordLines json(boolean partitions) {
        return line -> {
            String text = new String(line, StandardCharsets.UTF_8);
            try {
                JsonObject json = new JsonObject(text);
                List<RecordHeader> headers = new ArrayList<>();
                for (Map.Entry<String, Object> header : json.getJsonObject("headers", new JsonObject())) {
                    boolean encoded = header.getKey().endsWith("Base64");
                    String name = encoded ? header.getKey().substring(0, header.getKey().length() - "Base64".length()) : header.getKey();
                    headers.add(new RecordHeader(name, bytes(json.getJsonObject("headers"), name)));
                }
                String timestamp = json.getString("timestamp");
                return new NewRecord(partitions ? json.getInteger("partition") : null, timestamp == null ? null : Instant.parse(timestamp).toEpochMilli(),
                        bytes(json, "key"), bytes(json, "value"), headers);
            } catch (DecodeException | ClassCastException | DateTimeException | IllegalArgumentException e) {
                throw new Failure(Kind.USAGE, "The line '" + text + "' is no record: " + why(e) + ".",
                        "Write {\"key\": …, \"value\": …, \"headers\": {…}}, as partita consume -o json does.");
            }
        };
    }

    private static String why(RuntimeException unreadable) {
        if (unreadable instanceof ClassCastException || unreadable.getMessage() == null) {
            return "a field has a value of another kind";
        }
        // The parser tells of itself in front and behind.
        String message = unreadable.getMessage();
        int end = message.indexOf('\n');
        String found = (end < 0 ? message : message.substring(0, end)).replaceFirst("^Failed to decode:?\\s*", "");
        return found.isEmpty() ? "it is no object of JSON" : found;
    }

    private static byte[] bytes(JsonObject json, String name) {
        String encoded = json.getString(name + "Base64");
        if (encoded != null) {
            return Base64.getDecoder().decode(encoded);
        }
        Object value = json.getValue(name);
        // A value that is JSON itself is what people mean when they write one.
        return value == null ? null : (value instanceof String text ? text : io.vertx.core.json.Json.encode(value)).getBytes(StandardCharsets.UTF_8);
    }

    private static int indexOf(byte[] line, byte[] separator) {
        for (int i = 0; i <= line.length - separator.length; i++) {
            if (java.util.Arrays.equals(line, i, i + separator.length, separator, 0, separator.length)) {
                return i;
            }
        }
        return -1;
    }
}
