package io.partita.schema;

import io.partita.schema.ProtoField.Kind;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Payloads in Protobuf's wire format, as its JSON has them, but with 64-bit numbers as numbers: so filters can compare them. Fields that the schema does not have are left out; extensions are
 * such. Before the message stands its place in the .proto file (Confluent's message indexes).
 */
final class ProtobufSchema implements PayloadSchema {

    private static final int TAG_BITS = 3;
    private static final int TAG_KIND = 7;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int PIECE = 2;
    private static final int GROUP = 3;
    private static final int GROUP_END = 4;
    private static final int FIXED32 = 5;
    private static final int NO_GROUP = -1;
    private static final String WELL_KNOWN = "google.protobuf.";

    private final ProtoTypes types;

    /** @param texts of the files that it imports, and itself last */
    ProtobufSchema(List<String> texts) {
        types = new ProtoTypes(texts);
    }

    @Override
    public String format() {
        return "protobuf";
    }

    @Override
    public Object read(Cursor payload, Cursor header, Budget budget) {
        return message(types.message(place(header != null ? header : payload)), payload, NO_GROUP, budget);
    }

    /** A number of indexes and the indexes; 0 stands for the first message. */
    private static List<Integer> place(Cursor in) {
        long count = in.zigzag();
        if (count == 0) {
            return List.of(0);
        }
        if (count < 0 || count > Budget.DEPTH_MAX) {
            throw new SchemaException("It names a message that its schema does not have.");
        }
        List<Integer> place = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            place.add((int) Math.clamp(in.zigzag(), -1, Integer.MAX_VALUE));
        }
        return place;
    }

    private Object message(ProtoMessage message, Cursor in, int group, Budget budget) {
        budget.enter();
        Map<String, Object> values = values(message, in, group, budget);
        budget.leave();
        return message.name().startsWith(WELL_KNOWN) ? wellKnown(message.name().substring(WELL_KNOWN.length()), values) : values;
    }

    private Map<String, Object> values(ProtoMessage message, Cursor in, int group, Budget budget) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (ProtoField field : message.fields().values()) {
            if (field.hasDefault()) {
                budget.value(field.json().length());
                values.put(field.json(), field.zero());
            }
        }
        while (in.hasMore()) {
            long tag = in.varint();
            int number = (int) (tag >>> TAG_BITS);
            int kind = (int) (tag & TAG_KIND);
            if (kind == GROUP_END) {
                if (number != group) {
                    throw otherSchema();
                }
                return values;
            }
            ProtoField field = message.fields().get(number);
            if (field == null) {
                skip(number, kind, in, budget);
            } else {
                field(message, field, kind, in, budget, values);
            }
        }
        if (group != NO_GROUP) {
            throw otherSchema();
        }
        return values;
    }

    @SuppressWarnings("unchecked")
    private void field(ProtoMessage message, ProtoField field, int kind, Cursor in, Budget budget, Map<String, Object> values) {
        if (field.kind() == Kind.MAP) {
            var entry = (Map<String, Object>) one(message, field, kind, in, budget);
            ((Map<String, Object>) values.computeIfAbsent(field.json(), name -> new LinkedHashMap<>())).put(String.valueOf(entry.get("key")),
                    entry.get("value"));
        } else if (!field.isRepeated()) {
            values.put(field.json(), one(message, field, kind, in, budget));
        } else {
            var list = (List<Object>) values.computeIfAbsent(field.json(), name -> new ArrayList<>());
            if (kind == PIECE && field.kind().mayBePacked()) {
                Cursor packed = in.within(in.varint());
                while (packed.hasMore()) {
                    budget.value(0);
                    list.add(scalar(field, packed, budget));
                }
            } else {
                list.add(one(message, field, kind, in, budget));
            }
        }
    }

    private Object one(ProtoMessage message, ProtoField field, int kind, Cursor in, Budget budget) {
        budget.value(field.json().length());
        int expected = switch (field.kind()) {
            case DOUBLE, FIXED64, SFIXED64 -> FIXED64;
            case FLOAT, FIXED32, SFIXED32 -> FIXED32;
            case STRING, BYTES, MESSAGE, MAP -> PIECE;
            case GROUP -> GROUP;
            default -> VARINT;
        };
        // With editions a message may be encoded as a group.
        if (kind != expected && !(kind == GROUP && field.kind() == Kind.MESSAGE)) {
            throw otherSchema();
        }
        return switch (field.kind()) {
            case MESSAGE -> kind == GROUP
                    ? message(message.types().message(field.type()), in, field.number(), budget)
                    : message(message.types().message(field.type()), in.within(in.varint()), NO_GROUP, budget);
            case MAP -> message(field.message(), in.within(in.varint()), NO_GROUP, budget);
            case GROUP -> message(field.message(), in, field.number(), budget);
            default -> scalar(field, in, budget);
        };
    }

    private static Object scalar(ProtoField field, Cursor in, Budget budget) {
        return switch (field.kind()) {
            case DOUBLE -> AvroSchema.finite(Double.longBitsToDouble(in.fixed64()));
            case FLOAT -> AvroSchema.finite(Float.intBitsToFloat(in.fixed32()));
            case INT32 -> (long) (int) in.varint();
            case INT64 -> in.varint();
            case UINT32 -> in.varint() & 0xFFFF_FFFFL;
            case UINT64 -> unsigned(in.varint());
            case SINT32, SINT64 -> in.zigzag();
            case FIXED32 -> in.fixed32() & 0xFFFF_FFFFL;
            case FIXED64 -> unsigned(in.fixed64());
            case SFIXED32 -> (long) in.fixed32();
            case SFIXED64 -> in.fixed64();
            case BOOL -> in.varint() != 0;
            case STRING -> in.text(in.varint(), budget);
            case BYTES -> in.base64(in.varint(), budget);
            case ENUM -> {
                int number = (int) in.varint();
                String symbol = field.symbols().get(number);
                budget.chars(symbol == null ? 0 : symbol.length());
                yield symbol == null ? (Object) (long) number : symbol;
            }
            case MESSAGE, GROUP, MAP -> throw otherSchema();
        };
    }

    private static Object unsigned(long value) {
        return value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
    }

    private static void skip(int number, int kind, Cursor in, Budget budget) {
        switch (kind) {
            case VARINT -> in.varint();
            case FIXED64 -> in.fixed64();
            case PIECE -> in.skip(in.varint());
            case FIXED32 -> in.fixed32();
            case GROUP -> {
                budget.enter();
                for (long tag = in.varint(); tag != ((long) number << TAG_BITS | GROUP_END); tag = in.varint()) {
                    skip((int) (tag >>> TAG_BITS), (int) (tag & TAG_KIND), in, budget);
                }
                budget.leave();
            }
            default -> throw otherSchema();
        }
    }

    private static SchemaException otherSchema() {
        return new SchemaException("It is not as its schema says, so it was written with another one.");
    }

    /** Google's own messages, as Protobuf's JSON has them. */
    private static Object wellKnown(String name, Map<String, Object> values) {
        return switch (name) {
            case "Timestamp" -> timestamp(values);
            case "Duration" -> duration(values);
            case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue" -> values
                    .get("value");
            case "Struct" -> values.getOrDefault("fields", Map.of());
            case "ListValue" -> values.getOrDefault("values", List.of());
            case "Value" -> values.isEmpty() || values.containsKey("nullValue") ? null : values.values().iterator().next();
            default -> values;
        };
    }

    private static Object timestamp(Map<String, Object> values) {
        if (values.get("seconds") instanceof Long seconds && values.get("nanos") instanceof Long nanos) {
            try {
                return Instant.ofEpochSecond(seconds, nanos).toString();
            } catch (DateTimeException | ArithmeticException e) {
                // Then as it is.
            }
        }
        return values;
    }

    private static Object duration(Map<String, Object> values) {
        if (values.get("seconds") instanceof Long seconds && values.get("nanos") instanceof Long nanos) {
            return java.math.BigDecimal.valueOf(seconds).add(java.math.BigDecimal.valueOf(nanos, 9)).stripTrailingZeros().toPlainString() + "s";
        }
        return values;
    }
}
