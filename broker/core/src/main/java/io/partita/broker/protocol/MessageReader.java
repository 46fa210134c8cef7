package io.partita.broker.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Takes the protocol's types off the readable bytes of a buffer, whose own indices it leaves alone. Nothing read is believed: a length is held
 * against what remains before it is used, and the memory that decoded values take is charged to a budget before it is allocated, since a few
 * bytes on the wire can stand for a much larger object. Every violation is a {@link MalformedMessageException}.
 *
 * <p>In flexible versions (KIP-482) lengths are unsigned varints, one higher than the length, and each structure ends in tagged fields.
 *
 * <p>For one thread. Records are slices of the buffer, everything else is copied out of it.
 */
public final class MessageReader {

    /** What a string or an array costs beyond its content: object headers, its own and that of its array. */
    private static final int OBJECT_BYTES = 40;
    private static final int SCRATCH_BYTES_MIN = 64;

    private final ByteBuf buffer;
    private final DecoderLimits limits;
    private int position;
    private int limit;
    private long heapBytesLeft;
    private byte[] scratch;

    /** Reads the readable bytes of {@code buffer} within the usual limits. */
    public MessageReader(ByteBuf buffer) {
        this(buffer, DecoderLimits.SERVED);
    }

    /** Reads the readable bytes of {@code buffer} within {@code limits}. */
    public MessageReader(ByteBuf buffer, DecoderLimits limits) {
        this.buffer = buffer;
        this.limits = limits;
        this.position = buffer.readerIndex();
        this.limit = buffer.writerIndex();
        this.heapBytesLeft = limits.heapBytesMax();
    }

    /** About what the values decoded so far take in memory, records not counted. */
    public long heapBytes() {
        return limits.heapBytesMax() - heapBytesLeft;
    }

    /** The index in the buffer of the byte to be read next. */
    public int position() {
        return position;
    }

    /** How many bytes are still to be read. */
    public int remaining() {
        return limit - position;
    }

    /** Passes over {@code bytes} bytes. */
    public void skip(int bytes) {
        take(bytes);
    }

    public boolean bool() {
        return buffer.getByte(take(1)) != 0;
    }

    public byte int8() {
        return buffer.getByte(take(1));
    }

    public short int16() {
        return buffer.getShort(take(2));
    }

    public int uint16() {
        return buffer.getUnsignedShort(take(2));
    }

    public int int32() {
        return buffer.getInt(take(4));
    }

    public long uint32() {
        return buffer.getUnsignedInt(take(4));
    }

    public long int64() {
        return buffer.getLong(take(8));
    }

    public double float64() {
        return buffer.getDouble(take(8));
    }

    public UUID uuid() {
        int at = take(16);
        long high = buffer.getLong(at);
        long low = buffer.getLong(at + 8);
        return (high | low) == 0 ? Message.ZERO_UUID : new UUID(high, low);
    }

    /** An int in groups of seven bits, lowest first. Values above 2^31-1 come out negative. */
    public int unsignedVarint() {
        byte b = int8();
        if (b >= 0) {
            return b;
        }
        int value = b & 0x7f;
        for (int shift = 7; shift < 28; shift += 7) {
            b = int8();
            if (b >= 0) {
                return value | b << shift;
            }
            value |= (b & 0x7f) << shift;
        }
        b = int8();
        if (b < 0 || b > 0x0f) {
            throw new MalformedMessageException("a varint exceeds 32 bits");
        }
        return value | b << 28;
    }

    public String string(boolean flexible) {
        return text(required(nullableStringLength(flexible), "string"));
    }

    /** A string, or null. */
    public String nullableString(boolean flexible) {
        int length = nullableStringLength(flexible);
        return length < 0 ? null : text(length);
    }

    public byte[] bytes(boolean flexible) {
        return copy(required(nullableLength(flexible), "bytes field"));
    }

    /** Bytes, or null. */
    public byte[] nullableBytes(boolean flexible) {
        int length = nullableLength(flexible);
        return length < 0 ? null : copy(length);
    }

    public Records records(boolean flexible) {
        return slice(required(nullableLength(flexible), "records field"));
    }

    /** Records as a slice of the buffer, or null. */
    public Records nullableRecords(boolean flexible) {
        int length = nullableLength(flexible);
        return length < 0 ? null : slice(length);
    }

    /**
     * The number of elements of an array.
     *
     * @param wireBytesMin the least that one element takes in the buffer, at least 1
     * @param heapBytes what one element takes in memory before its strings, bytes and arrays
     */
    public int arrayCount(boolean flexible, int wireBytesMin, int heapBytes) {
        return required(nullableArrayCount(flexible, wireBytesMin, heapBytes), "array");
    }

    /** As {@link #arrayCount}, or -1 for null. */
    public int nullableArrayCount(boolean flexible, int wireBytesMin, int heapBytes) {
        int count = flexible ? unsignedVarint() - 1 : int32();
        if (count < -1 || count > remaining() / wireBytesMin) {
            throw new MalformedMessageException("an array of " + count + " elements, with " + remaining() + " bytes left");
        }
        if (count > limits.arrayElementsMax()) {
            throw new MalformedMessageException("an array of " + count + " elements, where " + limits.arrayElementsMax() + " are allowed");
        }
        if (count > 0) {
            charge(OBJECT_BYTES + (long) count * (heapBytes + 4));
        }
        return count;
    }

    /** An empty list with room for {@code count} elements, or for the first of very many: the field's own when it can serve. */
    public <T> List<T> list(List<T> own, int count) {
        if (own instanceof ArrayList<T> reusable && reusable.isEmpty()) {
            reusable.ensureCapacity(expected(count));
            return reusable;
        }
        return new ArrayList<>(expected(count));
    }

    private static int expected(int count) {
        return Math.min(count, DecoderLimits.ELEMENTS_EXPECTED_MAX);
    }

    public List<Byte> int8List(boolean flexible) {
        return int8s(arrayCount(flexible, 1, 0));
    }

    public List<Byte> nullableInt8List(boolean flexible) {
        return int8s(nullableArrayCount(flexible, 1, 0));
    }

    public List<Short> int16List(boolean flexible) {
        return int16s(arrayCount(flexible, 2, 16));
    }

    public List<Short> nullableInt16List(boolean flexible) {
        return int16s(nullableArrayCount(flexible, 2, 16));
    }

    public List<Integer> int32List(boolean flexible) {
        return int32s(arrayCount(flexible, 4, 16));
    }

    public List<Integer> nullableInt32List(boolean flexible) {
        return int32s(nullableArrayCount(flexible, 4, 16));
    }

    public List<Long> int64List(boolean flexible) {
        return int64s(arrayCount(flexible, 8, 16));
    }

    public List<Long> nullableInt64List(boolean flexible) {
        return int64s(nullableArrayCount(flexible, 8, 16));
    }

    public List<UUID> uuidList(boolean flexible) {
        return uuids(arrayCount(flexible, 16, 32));
    }

    public List<UUID> nullableUuidList(boolean flexible) {
        return uuids(nullableArrayCount(flexible, 16, 32));
    }

    public List<String> stringList(boolean flexible) {
        return strings(arrayCount(flexible, flexible ? 1 : 2, 0), flexible);
    }

    public List<String> nullableStringList(boolean flexible) {
        return strings(nullableArrayCount(flexible, flexible ? 1 : 2, 0), flexible);
    }

    /** Whether a structure that may be null is there. */
    public boolean isPresent() {
        return int8() >= 0;
    }

    /** The number of tagged fields that follow, each opened by {@link #unsignedVarint its tag}. */
    public int taggedFieldCount() {
        int count = unsignedVarint();
        if (count < 0 || count > remaining() / 2) {
            throw new MalformedMessageException(Integer.toUnsignedString(count) + " tagged fields, with " + remaining() + " bytes left");
        }
        if (count > limits.taggedFieldsMax()) {
            throw new MalformedMessageException(count + " tagged fields, where " + limits.taggedFieldsMax() + " are allowed");
        }
        return count;
    }

    /** Opens the tagged field whose tag was read, so that nothing beyond it can be read, and returns what {@link #endTaggedField} wants. */
    public int beginTaggedField() {
        int size = unsignedVarint();
        int outerLimit = limit;
        if (size < 0 || size > remaining()) {
            throw cutShort(size);
        }
        limit = position + size;
        return outerLimit;
    }

    /** Closes a tagged field, all of which must have been read. */
    public void endTaggedField(int outerLimit) {
        if (position != limit) {
            throw new MalformedMessageException("a tagged field is " + remaining() + " bytes longer than its content");
        }
        limit = outerLimit;
    }

    /** Passes over the tagged field whose tag was read. */
    public void skipTaggedField() {
        take(unsignedVarint());
    }

    /** Passes over all tagged fields of a structure of which no tag is known. */
    public void skipTaggedFields() {
        for (int count = taggedFieldCount(); count > 0; count--) {
            unsignedVarint();
            skipTaggedField();
        }
    }

    private int take(int bytes) {
        int at = position;
        if (bytes < 0 || bytes > limit - at) {
            throw cutShort(bytes);
        }
        position = at + bytes;
        return at;
    }

    private MalformedMessageException cutShort(int bytes) {
        return new MalformedMessageException(Integer.toUnsignedString(bytes) + " bytes wanted, with " + remaining() + " left");
    }

    private void charge(long heapBytes) {
        heapBytesLeft -= heapBytes;
        if (heapBytesLeft < 0) {
            throw new MalformedMessageException("decoded, the message would exceed its bound of memory");
        }
    }

    private static int required(int lengthOrNull, String what) {
        if (lengthOrNull < 0) {
            throw new MalformedMessageException("a " + what + " that may not be null is");
        }
        return lengthOrNull;
    }

    private int nullableStringLength(boolean flexible) {
        return checkedLength(flexible ? unsignedVarint() - 1 : int16());
    }

    private int nullableLength(boolean flexible) {
        return checkedLength(flexible ? unsignedVarint() - 1 : int32());
    }

    private int checkedLength(int length) {
        if (length < -1 || length > remaining()) {
            throw cutShort(length);
        }
        return length;
    }

    private String text(int length) {
        if (length == 0) {
            return "";
        }
        // Two bytes a character, lest a byte of invalid UTF-8 costs more than its share.
        charge(OBJECT_BYTES + 2L * length);
        int at = take(length);
        if (buffer.hasArray()) {
            return new String(buffer.array(), buffer.arrayOffset() + at, length, StandardCharsets.UTF_8);
        }
        // The decoder of String is at its best on arrays: it copies pure ASCII with one vectorised pass.
        byte[] bytes = scratch;
        if (bytes == null || bytes.length < length) {
            bytes = scratch = new byte[Math.max(length, SCRATCH_BYTES_MIN)];
        }
        buffer.getBytes(at, bytes, 0, length);
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private byte[] copy(int length) {
        if (length == 0) {
            return Message.NO_BYTES;
        }
        charge(OBJECT_BYTES + (long) length);
        byte[] bytes = new byte[length];
        buffer.getBytes(take(length), bytes);
        return bytes;
    }

    private Records slice(int length) {
        return length == 0 ? BufferRecords.EMPTY : new BufferRecords(buffer.slice(take(length), length));
    }

    private List<Byte> int8s(int count) {
        if (count < 0) {
            return null;
        }
        var list = new ArrayList<Byte>(expected(count));
        for (int i = 0; i < count; i++) {
            list.add(int8());
        }
        return list;
    }

    private List<Short> int16s(int count) {
        if (count < 0) {
            return null;
        }
        var list = new ArrayList<Short>(expected(count));
        for (int i = 0; i < count; i++) {
            list.add(int16());
        }
        return list;
    }

    private List<Integer> int32s(int count) {
        if (count < 0) {
            return null;
        }
        var list = new ArrayList<Integer>(expected(count));
        for (int i = 0; i < count; i++) {
            list.add(int32());
        }
        return list;
    }

    private List<Long> int64s(int count) {
        if (count < 0) {
            return null;
        }
        var list = new ArrayList<Long>(expected(count));
        for (int i = 0; i < count; i++) {
            list.add(int64());
        }
        return list;
    }

    private List<UUID> uuids(int count) {
        if (count < 0) {
            return null;
        }
        var list = new ArrayList<UUID>(expected(count));
        for (int i = 0; i < count; i++) {
            list.add(uuid());
        }
        return list;
    }

    private List<String> strings(int count, boolean flexible) {
        if (count < 0) {
            return null;
        }
        var list = new ArrayList<String>(expected(count));
        for (int i = 0; i < count; i++) {
            list.add(string(flexible));
        }
        return list;
    }
}
