package io.partita.broker.protocol;

import io.netty.buffer.Unpooled;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Fills messages with random values. */
final class RandomMessages {

    private static final String[] ALPHABETS = {"abcdefghijklmnopqrstuvwxyz0123456789._-", "äöüßéñ", "漢字かな", "😀🚀\u0000"};

    private final Random random;

    RandomMessages(Random random) {
        this.random = random;
    }

    /** What may be put into the fields of a structure. */
    interface Shape {

        /** Everything present, nothing null. */
        Shape WHOLE = new Shape() {
            @Override
            public boolean has(String field) {
                return true;
            }

            @Override
            public boolean nullable(String field) {
                return false;
            }

            @Override
            public boolean unsigned16(String field) {
                return false;
            }

            @Override
            public Shape within(String field) {
                return this;
            }
        };

        boolean has(String field);

        boolean nullable(String field);

        boolean unsigned16(String field);

        /** The shape of the structure, or of the structures in the list, that the field holds. */
        Shape within(String field);
    }

    /** A new message with random values in the fields that {@code shape} has. */
    <M extends Message> M message(Class<M> type, Shape shape) {
        M message = Messages.create(type);
        for (Field field : type.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) || !shape.has(field.getName())) {
                continue;
            }
            try {
                // Now and then a default, which leaves a tagged field out.
                if (random.nextInt(8) > 0 || field.getType() == Records.class) {
                    field.set(message, value(field, shape));
                }
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
        return message;
    }

    private Object value(Field field, Shape shape) {
        String name = field.getName();
        if (shape.nullable(name) && random.nextInt(4) == 0) {
            return null;
        }
        if (field.getType() == List.class) {
            Type element = ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
            var list = new ArrayList<>();
            for (int count = random.nextInt(16) == 0 ? 150 : random.nextInt(4); count > 0; count--) {
                list.add(single((Class<?>) element, name, shape));
                if (list.getLast() instanceof Message && list.size() > 3) {
                    break;
                }
            }
            return list;
        }
        return single(field.getType(), name, shape);
    }

    private Object single(Class<?> type, String name, Shape shape) {
        if (Message.class.isAssignableFrom(type)) {
            return message(type.asSubclass(Message.class), shape.within(name));
        }
        if (type == boolean.class) {
            return random.nextBoolean();
        }
        if (type == byte.class || type == Byte.class) {
            return (byte) random.nextInt();
        }
        if (type == short.class || type == Short.class) {
            return (short) random.nextInt();
        }
        if (type == int.class || type == Integer.class) {
            return shape.unsigned16(name) ? random.nextInt(1 << 16) : random.nextInt();
        }
        if (type == long.class || type == Long.class) {
            return random.nextLong();
        }
        if (type == double.class) {
            return random.nextDouble();
        }
        if (type == UUID.class) {
            return new UUID(random.nextLong(), random.nextLong());
        }
        if (type == String.class) {
            return string();
        }
        if (type == byte[].class) {
            return bytes();
        }
        if (type == Records.class) {
            return new BufferRecords(Unpooled.wrappedBuffer(bytes()));
        }
        throw new AssertionError("no random " + type);
    }

    private String string() {
        var text = new StringBuilder();
        String alphabet = ALPHABETS[random.nextInt(8) < 5 ? 0 : random.nextInt(ALPHABETS.length)];
        int[] characters = alphabet.codePoints().toArray();
        for (int length = length(); length > 0; length--) {
            text.appendCodePoint(characters[random.nextInt(characters.length)]);
        }
        return text.toString();
    }

    private byte[] bytes() {
        byte[] bytes = new byte[length()];
        random.nextBytes(bytes);
        return bytes;
    }

    private int length() {
        return random.nextInt(16) == 0 ? random.nextInt(300) : random.nextInt(20);
    }
}
