package io.partita.schema;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Reads the numbers and pieces that Avro and Protobuf are made of. Every length is checked against what remains before anything is taken. */
final class Cursor {

    private static final int VARINT_BYTES_MAX = 10;
    private static final int VARINT_BITS = 7;
    private static final int VARINT_MORE = 0x80;

    private final ByteBuffer bytes;

    Cursor(byte[] bytes, int from) {
        this(ByteBuffer.wrap(bytes, from, bytes.length - from));
    }

    private Cursor(ByteBuffer bytes) {
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean hasMore() {
        return bytes.hasRemaining();
    }

    int remaining() {
        return bytes.remaining();
    }

    private void check(long wanted) {
        if (wanted < 0 || wanted > bytes.remaining()) {
            throw new SchemaException("It ends too early, or was written with another schema.");
        }
    }

    byte next() {
        check(1);
        return bytes.get();
    }

    long varint() {
        long value = 0;
        for (int i = 0; i < VARINT_BYTES_MAX; i++) {
            byte next = next();
            value |= (long) (next & ~VARINT_MORE & 0xFF) << (VARINT_BITS * i);
            if ((next & VARINT_MORE) == 0) {
                return value;
            }
        }
        throw new SchemaException("It has a number that does not end, so it was written with another schema.");
    }

    long zigzag() {
        long value = varint();
        return value >>> 1 ^ -(value & 1);
    }

    int fixed32() {
        check(Integer.BYTES);
        return bytes.getInt();
    }

    long fixed64() {
        check(Long.BYTES);
        return bytes.getLong();
    }

    byte[] take(long length) {
        check(length);
        byte[] taken = new byte[(int) length];
        bytes.get(taken);
        return taken;
    }

    void skip(long length) {
        check(length);
        bytes.position(bytes.position() + (int) length);
    }

    /** What reads the next bytes and no others; this goes on behind them. */
    Cursor within(long length) {
        check(length);
        Cursor within = new Cursor(bytes.slice(bytes.position(), (int) length));
        bytes.position(bytes.position() + (int) length);
        return within;
    }

    /** A text of so many bytes. */
    String text(long length, Budget budget) {
        check(length);
        budget.chars((int) length);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes.slice(bytes.position(), (int) length)).toString();
            bytes.position(bytes.position() + (int) length);
            return text;
        } catch (CharacterCodingException e) {
            throw new SchemaException("It has a text that is none, so it was written with another schema.");
        }
    }

    /** So many bytes in Base64. */
    String base64(long length, Budget budget) {
        check(length);
        budget.chars((int) Math.min(Integer.MAX_VALUE, length * 2));
        return Base64.getEncoder().encodeToString(take(length));
    }
}
