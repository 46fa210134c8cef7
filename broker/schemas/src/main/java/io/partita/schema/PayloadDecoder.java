package io.partita.schema;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Makes JSON of keys and values that were written with a schema of a registry: those that begin with a zero and the schema's number (four bytes), as Confluent's serializers write them, and those
 * whose schema's GUID is in a header ({@value #VALUE_HEADER}, {@value #KEY_HEADER}), as newer ones can. Thread-safe; waits.
 */
public final class PayloadDecoder {

    public static final String KEY_HEADER = "__key_schema_id";
    public static final String VALUE_HEADER = "__value_schema_id";

    private static final byte NUMBER = 0;
    private static final byte GUID = 1;
    private static final int NUMBER_BYTES = 1 + Integer.BYTES;
    private static final int GUID_BYTES = 1 + 2 * Long.BYTES;

    private final SchemaRegistry registry;

    public PayloadDecoder(SchemaRegistry registry) {
        this.registry = registry;
    }

    /**
     * @param payload key or value; null for none
     * @param header what the header for its schema has; null where there is none
     * @return null when the payload says of no schema that it was written with it
     */
    public Decoded decode(byte[] payload, byte[] header) {
        if (payload == null) {
            return null;
        }
        if (header != null && header.length >= GUID_BYTES && header[0] == GUID) {
            ByteBuffer guid = ByteBuffer.wrap(header, 1, 2 * Long.BYTES);
            String name = new UUID(guid.getLong(), guid.getLong()).toString();
            return decode(payload, 0, new Cursor(header, GUID_BYTES), "/schemas/guids/" + name, name);
        }
        if (header != null && header.length >= NUMBER_BYTES && header[0] == NUMBER) {
            return numbered(payload, 0, header, new Cursor(header, NUMBER_BYTES));
        }
        return payload.length < NUMBER_BYTES || payload[0] != NUMBER ? null : numbered(payload, NUMBER_BYTES, payload, null);
    }

    private Decoded numbered(byte[] payload, int from, byte[] number, Cursor header) {
        int id = ByteBuffer.wrap(number, 1, Integer.BYTES).getInt();
        return id < 0 ? null : decode(payload, from, header, "/schemas/ids/" + id, Integer.toString(id));
    }

    private Decoded decode(byte[] payload, int from, Cursor header, String path, String name) {
        if (payload.length > Budget.PAYLOAD_BYTES_MAX) {
            return new Decoded(null, null, name, "It has more than " + Budget.PAYLOAD_BYTES_MAX + " bytes, and is shown as it is.");
        }
        String format = null;
        try {
            PayloadSchema schema = registry.schema(path);
            format = schema.format();
            Object value = schema.read(new Cursor(payload, from), header, new Budget());
            return new Decoded(json(value).getBytes(StandardCharsets.UTF_8), format, name, null);
        } catch (SchemaException e) {
            return new Decoded(null, format, name, e.getMessage());
        }
    }

    @SuppressWarnings("unchecked")
    private static String json(Object value) {
        return switch (value) {
            case String text -> text;
            case Map<?, ?> map -> new JsonObject((Map<String, Object>) map).encode();
            case List<?> list -> new JsonArray(list).encode();
            case null -> "null";
            default -> Json.encode(value);
        };
    }
}
