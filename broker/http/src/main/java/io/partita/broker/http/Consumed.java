package io.partita.broker.http;

import io.partita.broker.record.RecordHeader;
import io.partita.schema.Decoded;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A record as it was read.
 *
 * @param key null for none
 * @param value null for none: a tombstone where the topic is compacted
 * @param keyAs what the key was before it was made JSON, or why it was not; null where it names no schema
 * @param valueAs the same of the value
 */
record Consumed(int partition, long offset, long timestamp, byte[] key, byte[] value, List<RecordHeader> headers, Decoded keyAs, Decoded valueAs) {

    Consumed(int partition, long offset, long timestamp, byte[] key, byte[] value, List<RecordHeader> headers) {
        this(partition, offset, timestamp, key, value, headers, null, null);
    }

    /** The same with other contents. */
    Consumed with(byte[] otherKey, byte[] otherValue, List<RecordHeader> otherHeaders) {
        return new Consumed(partition, offset, timestamp, otherKey, otherValue, otherHeaders, keyAs, valueAs);
    }

    /** @param valueMax bytes of the value that are shown, so that a page of records stays small */
    JsonObject json(int valueMax) {
        JsonObject json = new JsonObject().put("partition", partition).put("offset", offset).put("timestamp", timestamp < 0 ? null : timestamp);
        put(json, "key", key, Integer.MAX_VALUE);
        putSchema(json, "key", keyAs);
        put(json, "value", value, valueMax);
        putSchema(json, "value", valueAs);
        if (!headers.isEmpty()) {
            JsonArray all = new JsonArray();
            headers.forEach(header -> {
                JsonObject one = new JsonObject().put("key", header.key());
                put(one, "value", header.value(), valueMax);
                all.add(one);
            });
            json.put("headers", all);
        }
        return json;
    }

    private static void putSchema(JsonObject json, String name, Decoded as) {
        if (as == null) {
            return;
        }
        json.put(name + "Schema", as.schema());
        if (as.format() != null) {
            json.put(name + "Format", as.format());
        }
        if (as.problem() != null) {
            json.put(name + "Problem", as.problem());
        }
    }

    /** Text where it is some, else Base64 under a name that says so. */
    private static void put(JsonObject json, String name, byte[] bytes, int max) {
        if (bytes == null) {
            json.putNull(name);
            return;
        }
        boolean cut = bytes.length > max;
        byte[] shown = cut ? Arrays.copyOf(bytes, max) : bytes;
        String text = text(shown, cut);
        if (text != null) {
            json.put(name, text);
        } else {
            json.put(name + "Base64", Base64.getEncoder().encodeToString(shown));
        }
        if (name.equals("value")) {
            json.put("valueBytes", bytes.length);
        }
        if (cut) {
            json.put(name + "Cut", true);
        }
    }

    /** Null when it is no text. @param cut whether the last character may be incomplete */
    static String text(byte[] bytes, boolean cut) {
        for (int dropped = 0; dropped <= (cut ? 3 : 0) && dropped <= bytes.length; dropped++) {
            try {
                String text = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(bytes, 0, bytes.length - dropped)).toString();
                return text.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r' || c == '\t') ? text : null;
            } catch (CharacterCodingException e) {
                // Perhaps without the last byte.
            }
        }
        return null;
    }

    /** Whether a text is in key, value or a header. */
    boolean contains(byte[] wanted) {
        return contains(key, wanted) || contains(value, wanted) || headers.stream().anyMatch(header -> contains(header.value(), wanted));
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        if (bytes == null) {
            return false;
        }
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            int j = 0;
            while (j < wanted.length && bytes[i + j] == wanted[j]) {
                j++;
            }
            if (j == wanted.length) {
                return true;
            }
        }
        return false;
    }
}
