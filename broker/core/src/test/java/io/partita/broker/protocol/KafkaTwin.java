package io.partita.broker.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Kafka's own class for one of our messages. */
final class KafkaTwin {

    private final Class<? extends org.apache.kafka.common.protocol.Message> type;
    private final Schema[] schemas;

    private KafkaTwin(Class<? extends org.apache.kafka.common.protocol.Message> type) throws ReflectiveOperationException {
        this.type = type;
        this.schemas = (Schema[]) type.getField("SCHEMAS").get(null);
    }

    /** The twin of {@code ours}; null when Kafka's clients have none. */
    static KafkaTwin of(Class<? extends Message> ours) throws ReflectiveOperationException {
        for (String suffix : List.of("Data", "")) {
            try {
                Class<?> found = Class.forName("org.apache.kafka.common.message." + ours.getSimpleName() + suffix);
                return new KafkaTwin(found.asSubclass(org.apache.kafka.common.protocol.Message.class));
            } catch (ClassNotFoundException e) {
                // Not under this name.
            }
        }
        return null;
    }

    boolean knows(int version) throws ReflectiveOperationException {
        var message = type.getConstructor().newInstance();
        return version >= message.lowestSupportedVersion() && version <= message.highestSupportedVersion();
    }

    int highestVersion() throws ReflectiveOperationException {
        return type.getConstructor().newInstance().highestSupportedVersion();
    }

    /** What messages of this version look like. */
    RandomMessages.Shape shape(int version) {
        return new SchemaShape(schemas[version]);
    }

    /** What Kafka reads from {@code bytes}, all of which it must need. */
    org.apache.kafka.common.protocol.Message read(ByteBuf bytes, int version) throws ReflectiveOperationException {
        var message = type.getConstructor().newInstance();
        ByteBuffer buffer = ByteBuffer.wrap(copy(bytes));
        message.read(new ByteBufferAccessor(buffer), (short) version);
        if (buffer.hasRemaining()) {
            throw new AssertionError("Kafka leaves " + buffer.remaining() + " of " + bytes.readableBytes() + " bytes unread");
        }
        return message;
    }

    /** What Kafka writes. */
    static byte[] write(org.apache.kafka.common.protocol.Message message, int version) {
        var cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, (short) version));
        message.write(new ByteBufferAccessor(buffer), cache, (short) version);
        return buffer.array();
    }

    static byte[] copy(ByteBuf bytes) {
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.getBytes(bytes.readerIndex(), copy);
        return copy;
    }

    /** Where our message and Kafka's differ; null when they do not. Fields that only older versions have are passed over. */
    static String difference(Message ours, Object kafkas) throws ReflectiveOperationException {
        Map<String, Field> theirFields = new HashMap<>();
        for (Field field : kafkas.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !List.of("_unknownTaggedFields", "next", "prev").contains(field.getName())) {
                field.setAccessible(true);
                theirFields.put(field.getName(), field);
            }
        }
        for (Field field : ours.getClass().getFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            Field theirs = theirFields.remove(field.getName());
            if (theirs == null && List.of("maxNumOffsets", "oldStyleOffsets", "commitTimestamp", "isDefault").contains(field.getName())) {
                continue;
            }
            if (theirs == null) {
                return field.getName() + " is unknown to Kafka";
            }
            String difference = valueDifference(field.get(ours), theirs.get(kafkas));
            if (difference != null) {
                return field.getName() + (difference.startsWith(":") ? "" : ".") + difference;
            }
        }
        // ShareFetch 0, long gone.
        theirFields.remove("partitionMaxBytes");
        return theirFields.isEmpty() ? null : "we lack " + theirFields.keySet();
    }

    private static String valueDifference(Object ours, Object kafkas) throws ReflectiveOperationException {
        if (ours instanceof Message message && kafkas != null) {
            return difference(message, kafkas);
        }
        if (ours instanceof List<?> list && kafkas instanceof Collection<?> theirs && list.size() == theirs.size()) {
            var their = theirs.iterator();
            for (Object element : list) {
                String difference = valueDifference(element, their.next());
                if (difference != null) {
                    return difference;
                }
            }
            return null;
        }
        Object comparable = switch (kafkas) {
            case Uuid id -> new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
            case MemoryRecords records -> Unpooled.wrappedBuffer(records.buffer());
            case ByteBuffer buffer -> Unpooled.wrappedBuffer(buffer);
            case byte[] bytes -> Unpooled.wrappedBuffer(bytes);
            case null, default -> kafkas;
        };
        Object own = switch (ours) {
            case BufferRecords(ByteBuf buffer) -> buffer;
            case byte[] bytes -> Unpooled.wrappedBuffer(bytes);
            case null, default -> ours;
        };
        return Objects.equals(own, comparable) ? null : ": " + own + " here, there " + comparable;
    }

    /** A shape as Kafka's documentation of its messages has it. */
    private static final class SchemaShape implements RandomMessages.Shape {

        private final Map<String, Type> types = new HashMap<>();

        SchemaShape(Schema schema) {
            for (var bound : schema.fields()) {
                if (bound.def.type instanceof TaggedFields tagged) {
                    tagged.fields().values().forEach(field -> types.put(plain(field.name), field.type));
                } else {
                    types.put(plain(bound.def.name), bound.def.type);
                }
            }
        }

        private static String plain(String name) {
            return name.replace("_", "").toLowerCase(Locale.ROOT);
        }

        @Override
        public boolean has(String field) {
            return types.containsKey(plain(field));
        }

        @Override
        public boolean nullable(String field) {
            return types.get(plain(field)).isNullable();
        }

        @Override
        public boolean unsigned16(String field) {
            Type type = types.get(plain(field));
            return type.arrayElementType().orElse(type) == Type.UINT16;
        }

        @Override
        public RandomMessages.Shape within(String field) {
            Type type = types.get(plain(field));
            return new SchemaShape((Schema) type.arrayElementType().orElse(type));
        }
    }
}
