package io.partita.schema;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Payloads as serializers frame them. */
final class Payloads {

    private Payloads() {}

    /** Behind a zero and the schema's number. */
    static byte[] framed(int id, byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(0);
        all.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(id).array());
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    static String json(Decoded decoded) {
        return decoded.json() == null ? "no JSON: " + decoded.problem() : new String(decoded.json(), StandardCharsets.UTF_8);
    }
}
