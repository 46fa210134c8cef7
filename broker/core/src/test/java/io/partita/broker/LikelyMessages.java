package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.Records;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.Compression;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Requests that get far: well-formed, with names that exist, and with the numbers at which code goes wrong. Fields are filled by their type alone, so
 * new messages take part by themselves.
 */
final class LikelyMessages {

    private static final int[] NUMBERS = {0, 0, 0, 1, 1, -1, 2, 3, 5, 7, 100, 1_000, 10_000, -2, -1_000, Integer.MAX_VALUE, Integer.MIN_VALUE};

    private final Random random;
    private final String[] names;
    private final List<UUID> ids;

    /** @param names what strings are: topics, groups, settings; {@code ids} likewise */
    LikelyMessages(Random random, String[] names, List<UUID> ids) {
        this.random = random;
        this.names = names;
        this.ids = ids;
    }

    /** Fills {@code message}; mostly so that it can be written, in versions where nothing null is forbidden. */
    <M extends Message> M fill(M message) {
        for (Field field : message.getClass().getFields()) {
            // A third keeps its default: those get furthest.
            if (Modifier.isStatic(field.getModifiers()) || field.getType() != List.class && field.getType() != Records.class && random.nextInt(3) == 0) {
                continue;
            }
            try {
                field.set(message, value(field));
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }
        return message;
    }

    private Object value(Field field) throws ReflectiveOperationException {
        if (field.getType() != List.class) {
            return single(field.getType());
        }
        Class<?> element = (Class<?>) ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
        List<Object> list = new ArrayList<>();
        int count = random.nextInt(30) == 0 ? 40 : random.nextInt(3);
        for (int i = 0; i < count; i++) {
            list.add(single(element));
        }
        return list;
    }

    private Object single(Class<?> type) throws ReflectiveOperationException {
        if (Message.class.isAssignableFrom(type)) {
            return fill(type.asSubclass(Message.class).getConstructor().newInstance());
        } else if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == byte.class || type == Byte.class) {
            return (byte) number();
        } else if (type == short.class || type == Short.class) {
            return (short) number();
        } else if (type == int.class || type == Integer.class) {
            return number();
        } else if (type == long.class || type == Long.class) {
            return random.nextInt(8) == 0 ? random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE : (long) number();
        } else if (type == double.class) {
            return random.nextInt(4) == 0 ? Double.NaN : number();
        } else if (type == UUID.class) {
            return random.nextInt(6) == 0 ? new UUID(random.nextLong(), random.nextLong()) : ids.get(random.nextInt(ids.size()));
        } else if (type == String.class) {
            return random.nextInt(40) == 0 ? "n".repeat(random.nextInt(400)) : names[random.nextInt(names.length)];
        } else if (type == byte[].class) {
            return random.nextInt(3) == 0 ? new byte[0] : noise(random.nextInt(60));
        } else if (type == Records.class) {
            return new BufferRecords(records());
        }
        throw new AssertionError("no likely " + type);
    }

    private int number() {
        return random.nextInt(6) == 0 ? random.nextInt() : NUMBERS[random.nextInt(NUMBERS.length)];
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        for (int i = 0; i < length && random.nextBoolean(); i++) {
            bytes[i] = 0;
        }
        return bytes;
    }

    /** Mostly a good batch: of any codec, producer and size, or with a bit changed. */
    private ByteBuf records() {
        if (random.nextInt(6) == 0) {
            return Unpooled.wrappedBuffer(noise(random.nextInt(200)));
        }
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out)) {
            builder.compression(Compression.values()[random.nextInt(Compression.values().length)]);
            for (int count = 1 + random.nextInt(3); count > 0; count--) {
                builder.append(1_000 + random.nextInt(10), random.nextBoolean() ? null : noise(5), noise(random.nextInt(30)));
            }
            builder.finish();
        }
        if (random.nextInt(3) == 0) {
            int at = random.nextInt(out.writerIndex());
            out.setByte(at, out.getByte(at) ^ 1 << random.nextInt(8));
        }
        return out;
    }
}
