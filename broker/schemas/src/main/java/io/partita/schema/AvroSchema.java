package io.partita.schema;

import io.partita.schema.AvroType.Enumeration;
import io.partita.schema.AvroType.Field;
import io.partita.schema.AvroType.Fixed;
import io.partita.schema.AvroType.ListOf;
import io.partita.schema.AvroType.MapOf;
import io.partita.schema.AvroType.Primitive;
import io.partita.schema.AvroType.Structure;
import io.partita.schema.AvroType.Union;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Payloads in Avro's binary encoding (Avro 1.12, "Binary Encoding"). Values of unions stand without the name of their branch, bytes in Base64, dates and times as ISO 8601 has them, decimals as
 * numbers.
 */
final class AvroSchema implements PayloadSchema {

    /** A decimal of more digits stays what it is, bytes. */
    private static final int DECIMAL_BYTES_MAX = 100;
    private static final int DECIMAL_SCALE_MAX = 1_000;
    private static final long MILLI = 1_000;
    private static final long MICRO = 1_000_000;
    private static final long NANO = 1_000_000_000;

    private final AvroType root;

    /** @param texts of the schemas that it refers to, those first that others need, and itself last */
    AvroSchema(List<String> texts) {
        AvroReader reader = new AvroReader();
        AvroType last = null;
        for (String text : texts) {
            last = reader.read(json(text), "");
        }
        root = last;
    }

    private static Object json(String text) {
        try {
            return Json.decodeValue(Buffer.buffer(text));
        } catch (DecodeException e) {
            if (text.matches("[A-Za-z.]+")) {
                // Some registries give the schema "string" without its quotes.
                return text;
            }
            throw new SchemaException("Its schema is no JSON, as those of Avro are.");
        }
    }

    @Override
    public String format() {
        return "avro";
    }

    @Override
    public Object read(Cursor payload, Cursor header, Budget budget) {
        Object value = read(root, payload, budget, 0);
        if (payload.hasMore()) {
            throw new SchemaException("It has more bytes than its schema says, so it was written with another one.");
        }
        return value;
    }

    private Object read(AvroType type, Cursor in, Budget budget, int nameChars) {
        budget.value(nameChars);
        budget.enter();
        Object value = switch (type) {
            case Primitive primitive -> primitive(primitive, in, budget);
            case Fixed fixed -> fixed(fixed, in, budget);
            case Enumeration enumeration -> symbol(enumeration, in, budget);
            case ListOf list -> list(list, in, budget);
            case MapOf map -> map(map, in, budget);
            case Union union -> read(branch(union, in), in, budget, 0);
            case Structure structure -> structure(structure, in, budget);
        };
        budget.leave();
        return value;
    }

    private Map<String, Object> structure(Structure structure, Cursor in, Budget budget) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Field field : structure.fields()) {
            values.put(field.name(), read(field.type(), in, budget, field.name().length()));
        }
        return values;
    }

    private static AvroType branch(Union union, Cursor in) {
        long branch = in.zigzag();
        if (branch < 0 || branch >= union.branches().size()) {
            throw new SchemaException("It has a value of a union that is of none of its types, so it was written with another schema.");
        }
        return union.branches().get((int) branch);
    }

    private static String symbol(Enumeration enumeration, Cursor in, Budget budget) {
        long symbol = in.zigzag();
        if (symbol < 0 || symbol >= enumeration.symbols().size()) {
            throw new SchemaException("It has a value of an enum that is none of its symbols, so it was written with another schema.");
        }
        String name = enumeration.symbols().get((int) symbol);
        budget.chars(name.length());
        return name;
    }

    private List<Object> list(ListOf list, Cursor in, Budget budget) {
        List<Object> values = new ArrayList<>();
        for (long left = block(in); left != 0; left = block(in)) {
            for (; left > 0; left--) {
                values.add(read(list.element(), in, budget, 0));
            }
        }
        return values;
    }

    private Map<String, Object> map(MapOf map, Cursor in, Budget budget) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (long left = block(in); left != 0; left = block(in)) {
            for (; left > 0; left--) {
                String key = in.text(in.zigzag(), budget);
                values.put(key, read(map.value(), in, budget, 0));
            }
        }
        return values;
    }

    /** How many follow; 0 at the end. Where the number is negative the bytes that they take stand behind it. */
    private static long block(Cursor in) {
        long count = in.zigzag();
        if (count >= 0) {
            return count;
        }
        in.zigzag();
        return count == Long.MIN_VALUE ? Long.MAX_VALUE : -count;
    }

    private static Object primitive(Primitive type, Cursor in, Budget budget) {
        return switch (type.kind()) {
            case NULL -> null;
            case BOOLEAN -> in.next() != 0;
            case INT, LONG -> number(type, in.zigzag());
            case FLOAT -> finite(Float.intBitsToFloat(in.fixed32()));
            case DOUBLE -> finite(Double.longBitsToDouble(in.fixed64()));
            case STRING -> in.text(in.zigzag(), budget);
            case BYTES -> bytes(in, in.zigzag(), type.logical(), type.scale(), budget);
        };
    }

    /** JSON has no infinite numbers. */
    static Object finite(double value) {
        return Double.isFinite(value) ? (Object) value : Double.toString(value);
    }

    /** As it was written: 0.1 and not 0.10000000149011612. */
    static Object finite(float value) {
        return Float.isFinite(value) ? (Object) value : Float.toString(value);
    }

    private static Object number(Primitive type, long value) {
        if (type.logical() == null) {
            return value;
        }
        try {
            return switch (type.logical()) {
                case "date" -> LocalDate.ofEpochDay(value).toString();
                case "time-millis" -> LocalTime.ofNanoOfDay(Math.multiplyExact(value, NANO / MILLI)).toString();
                case "time-micros" -> LocalTime.ofNanoOfDay(Math.multiplyExact(value, NANO / MICRO)).toString();
                case "timestamp-millis" -> instant(value, MILLI).toString();
                case "timestamp-micros" -> instant(value, MICRO).toString();
                case "timestamp-nanos" -> instant(value, NANO).toString();
                case "local-timestamp-millis" -> LocalDateTime.ofInstant(instant(value, MILLI), ZoneOffset.UTC).toString();
                case "local-timestamp-micros" -> LocalDateTime.ofInstant(instant(value, MICRO), ZoneOffset.UTC).toString();
                case "local-timestamp-nanos" -> LocalDateTime.ofInstant(instant(value, NANO), ZoneOffset.UTC).toString();
                default -> value;
            };
        } catch (DateTimeException | ArithmeticException e) {
            return value;
        }
    }

    private static Instant instant(long value, long perSecond) {
        return Instant.ofEpochSecond(Math.floorDiv(value, perSecond), Math.floorMod(value, perSecond) * (NANO / perSecond));
    }

    private static Object fixed(Fixed type, Cursor in, Budget budget) {
        if ("uuid".equals(type.logical()) && type.size() == 2 * Long.BYTES) {
            java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(in.take(type.size()));
            return new java.util.UUID(bytes.getLong(), bytes.getLong()).toString();
        }
        return bytes(in, type.size(), type.logical(), type.scale(), budget);
    }

    private static Object bytes(Cursor in, long length, String logical, int scale, Budget budget) {
        if ("decimal".equals(logical) && length > 0 && length <= DECIMAL_BYTES_MAX && scale >= 0 && scale <= DECIMAL_SCALE_MAX) {
            budget.chars(DECIMAL_BYTES_MAX * 3 + scale);
            return new BigDecimal(new BigInteger(in.take(length)), scale);
        }
        return in.base64(length, budget);
    }
}
