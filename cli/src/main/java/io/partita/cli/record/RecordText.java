package io.partita.cli.record;

import io.partita.broker.record.RecordHeader;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** How records are shown. */
public interface RecordText {

    /** What is printed for a record, with the end of the line. */
    byte[] of(ReadRecord record);

    /** The value, after the key and a tab if {@code key}. */
    static RecordText text(boolean key, boolean headers) {
        return record -> {
            Bytes out = new Bytes();
            if (headers) {
                out.text(headers(record.headers())).text("\t");
            }
            if (key) {
                out.bytes(record.key()).text("\t");
            }
            return out.bytes(record.value()).text("\n").done();
        };
    }

    /** One JSON object a line. Bytes that are no UTF-8 are in Base64, in fields whose names say so. */
    static RecordText json() {
        return record -> {
            JsonObject json = new JsonObject();
            json.put("topic", record.topic()).put("partition", record.partition()).put("offset", record.offset());
            json.put("timestamp", record.timestamp() < 0 ? null : Instant.ofEpochMilli(record.timestamp()).toString());
            put(json, "key", record.key());
            put(json, "value", record.value());
            if (!record.headers().isEmpty()) {
                JsonObject headers = new JsonObject();
                record.headers().forEach(header -> put(headers, header.key(), header.value()));
                json.put("headers", headers);
            }
            return (json.encode() + "\n").getBytes(StandardCharsets.UTF_8);
        };
    }

    /** Where it is, key and value in hexadecimal digits. */
    static RecordText hex() {
        return record -> new Bytes()
                .text(record.topic() + "-" + record.partition() + " " + record.offset() + " ")
                .text(hex(record.key()) + " " + hex(record.value()) + "\n")
                .done();
    }

    /**
     * As kcat's: {@code %t} topic, {@code %p} partition, {@code %o} offset, {@code %T} timestamp, {@code %k} key, {@code %v} or {@code %s} value, {@code %h} headers,
     * {@code %K} and {@code %S} lengths, {@code %%}, and {@code \n}, {@code \t}.
     *
     * @throws IllegalArgumentException with a sentence, when there is something else in it
     */
    static RecordText template(String template) {
        String text = template.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\0", "\0");
        for (int at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 2)) {
            if (at + 1 == text.length() || "tpoTkvshKS%".indexOf(text.charAt(at + 1)) < 0) {
                throw new IllegalArgumentException("'" + text.substring(at) + "' is no part of a record. Write %t topic, %p partition, %o offset, %T timestamp,"
                        + " %k key, %v value, %h headers, %K and %S lengths, or text, json, hex.");
            }
        }
        return record -> {
            Bytes out = new Bytes();
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c != '%') {
                    out.text(String.valueOf(c));
                    continue;
                }
                switch (text.charAt(++i)) {
                    case 't' -> out.text(record.topic());
                    case 'p' -> out.text(String.valueOf(record.partition()));
                    case 'o' -> out.text(String.valueOf(record.offset()));
                    case 'T' -> out.text(String.valueOf(record.timestamp()));
                    case 'k' -> out.bytes(record.key());
                    case 'v', 's' -> out.bytes(record.value());
                    case 'h' -> out.text(headers(record.headers()));
                    case 'K' -> out.text(String.valueOf(record.key() == null ? -1 : record.key().length));
                    case 'S' -> out.text(String.valueOf(record.value() == null ? -1 : record.value().length));
                    default -> out.text("%");
                }
            }
            return out.done();
        };
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "null" : bytes.length == 0 ? "\"\"" : HexFormat.of().formatHex(bytes);
    }

    private static String headers(List<RecordHeader> headers) {
        StringBuilder text = new StringBuilder();
        for (RecordHeader header : headers) {
            text.append(text.isEmpty() ? "" : ",").append(header.key()).append('=')
                    .append(header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    private static void put(JsonObject json, String name, byte[] bytes) {
        if (bytes == null) {
            json.putNull(name);
            return;
        }
        try {
            json.put(name, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            json.put(name + "Base64", Base64.getEncoder().encodeToString(bytes));
        }
    }

    /** Collects what is printed. */
    final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes text(String text) {
            out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            return this;
        }

        /** Nothing for null. */
        Bytes bytes(byte[] bytes) {
            if (bytes != null) {
                out.writeBytes(bytes);
            }
            return this;
        }

        byte[] done() {
            return out.toByteArray();
        }
    }
}
