package io.partita.cli.dump;

import io.partita.broker.protocol.Message;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A message as values that can be printed: its fields by their names. */
final class MessageTree {

    private MessageTree() {}

    static Object of(Object value) {
        return switch (value) {
            case Message message -> fields(message);
            case List<?> list -> {
                List<Object> all = new ArrayList<>(list.size());
                list.forEach(element -> all.add(of(element)));
                yield all;
            }
            case byte[] bytes -> text(bytes);
            case UUID id -> Base64.getUrlEncoder().withoutPadding()
                    .encodeToString(ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()).array());
            case null, default -> value;
        };
    }

    private static Map<String, Object> fields(Message message) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Field field : message.getClass().getFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                try {
                    fields.put(field.getName(), of(field.get(message)));
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException("A message has only public fields", e);
                }
            }
        }
        return fields;
    }

    /** As it is when it can be read, else Base64. */
    static Object text(byte[] bytes) {
        if (bytes == null) {
            return null;
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (text.chars().noneMatch(c -> c < ' ' && c != '\n' && c != '\t' && c != '\r')) {
                return text;
            }
        } catch (CharacterCodingException e) {
            // No text.
        }
        return Map.of("base64", Base64.getEncoder().encodeToString(bytes));
    }
}
