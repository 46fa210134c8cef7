package io.partita.broker.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.UUID;

/**
 * Appends the protocol's types to a buffer, which grows as needed, in one pass. The counterpart of {@link MessageReader}.
 *
 * <p>Subclasses may override {@link #writeRecords} to keep the records of a response out of the buffer. For one thread.
 */
public class MessageWriter {

    private static final int STRING_BYTES_MAX = Short.MAX_VALUE;

    private final ByteBuf buffer;

    public MessageWriter(ByteBuf buffer) {
        this.buffer = buffer;
    }

    /** Where everything goes. */
    public final ByteBuf buffer() {
        return buffer;
    }

    public final void bool(boolean value) {
        buffer.writeByte(value ? 1 : 0);
    }

    public final void int8(byte value) {
        buffer.writeByte(value);
    }

    public final void int16(short value) {
        buffer.writeShort(value);
    }

    public final void uint16(int value) {
        buffer.writeShort(value);
    }

    public final void int32(int value) {
        buffer.writeInt(value);
    }

    public final void uint32(long value) {
        buffer.writeInt((int) value);
    }

    public final void int64(long value) {
        buffer.writeLong(value);
    }

    public final void float64(double value) {
        buffer.writeDouble(value);
    }

    public final void uuid(UUID value) {
        buffer.writeLong(value.getMostSignificantBits());
        buffer.writeLong(value.getLeastSignificantBits());
    }

    public final void unsignedVarint(int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            buffer.writeByte(rest | 0x80);
            rest >>>= 7;
        }
        buffer.writeByte(rest);
    }

    /** A string; in versions that are not flexible at most 32767 bytes of UTF-8. */
    public final void string(String value, boolean flexible) {
        int bytes = ByteBufUtil.utf8Bytes(value);
        if (flexible) {
            unsignedVarint(bytes + 1);
        } else if (bytes <= STRING_BYTES_MAX) {
            buffer.writeShort(bytes);
        } else {
            throw new IllegalArgumentException("a string of " + bytes + " bytes exceeds the 32767 that its field can hold");
        }
        ByteBufUtil.reserveAndWriteUtf8(buffer, value, bytes);
    }

    public final void nullableString(String value, boolean flexible) {
        if (value != null) {
            string(value, flexible);
        } else if (flexible) {
            buffer.writeByte(0);
        } else {
            buffer.writeShort(-1);
        }
    }

    public final void bytes(byte[] value, boolean flexible) {
        length(value.length, flexible);
        buffer.writeBytes(value);
    }

    public final void nullableBytes(byte[] value, boolean flexible) {
        if (value == null) {
            nullLength(flexible);
        } else {
            bytes(value, flexible);
        }
    }

    /** The length of {@code value}, and by way of {@link #writeRecords} its bytes. */
    public final void records(Records value, boolean flexible) {
        length(value.sizeInBytes(), flexible);
        writeRecords(value);
    }

    public final void nullableRecords(Records value, boolean flexible) {
        if (value == null) {
            nullLength(flexible);
        } else {
            records(value, flexible);
        }
    }

    /**
     * Sends {@code records}, whose length stands in the buffer already, down the wire at this place. Whoever overrides this may note the
     * place instead: bytes up to here never move afterwards.
     *
     * @throws IllegalArgumentException when the records are not in memory
     */
    protected void writeRecords(Records records) {
        if (!(records instanceof BufferRecords(ByteBuf bytes))) {
            throw new IllegalArgumentException(records.getClass().getName() + " cannot be copied into a buffer");
        }
        buffer.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    /** Opens an array; its elements are to follow. Returns their number. */
    public final int arrayCount(List<?> elements, boolean flexible) {
        int count = elements.size();
        length(count, flexible);
        return count;
    }

    /** As {@link #arrayCount}; null has no elements. */
    public final int nullableArrayCount(List<?> elements, boolean flexible) {
        if (elements == null) {
            nullLength(flexible);
            return 0;
        }
        return arrayCount(elements, flexible);
    }

    public final void int8List(List<Byte> values, boolean flexible) {
        for (int i = 0, count = arrayCount(values, flexible); i < count; i++) {
            buffer.writeByte(values.get(i));
        }
    }

    public final void nullableInt8List(List<Byte> values, boolean flexible) {
        for (int i = 0, count = nullableArrayCount(values, flexible); i < count; i++) {
            buffer.writeByte(values.get(i));
        }
    }

    public final void int16List(List<Short> values, boolean flexible) {
        for (int i = 0, count = arrayCount(values, flexible); i < count; i++) {
            buffer.writeShort(values.get(i));
        }
    }

    public final void nullableInt16List(List<Short> values, boolean flexible) {
        for (int i = 0, count = nullableArrayCount(values, flexible); i < count; i++) {
            buffer.writeShort(values.get(i));
        }
    }

    public final void int32List(List<Integer> values, boolean flexible) {
        for (int i = 0, count = arrayCount(values, flexible); i < count; i++) {
            buffer.writeInt(values.get(i));
        }
    }

    public final void nullableInt32List(List<Integer> values, boolean flexible) {
        for (int i = 0, count = nullableArrayCount(values, flexible); i < count; i++) {
            buffer.writeInt(values.get(i));
        }
    }

    public final void int64List(List<Long> values, boolean flexible) {
        for (int i = 0, count = arrayCount(values, flexible); i < count; i++) {
            buffer.writeLong(values.get(i));
        }
    }

    public final void nullableInt64List(List<Long> values, boolean flexible) {
        for (int i = 0, count = nullableArrayCount(values, flexible); i < count; i++) {
            buffer.writeLong(values.get(i));
        }
    }

    public final void uuidList(List<UUID> values, boolean flexible) {
        for (int i = 0, count = arrayCount(values, flexible); i < count; i++) {
            uuid(values.get(i));
        }
    }

    public final void nullableUuidList(List<UUID> values, boolean flexible) {
        for (int i = 0, count = nullableArrayCount(values, flexible); i < count; i++) {
            uuid(values.get(i));
        }
    }

    public final void stringList(List<String> values, boolean flexible) {
        for (int i = 0, count = arrayCount(values, flexible); i < count; i++) {
            string(values.get(i), flexible);
        }
    }

    public final void nullableStringList(List<String> values, boolean flexible) {
        for (int i = 0, count = nullableArrayCount(values, flexible); i < count; i++) {
            string(values.get(i), flexible);
        }
    }

    /** Says whether a structure that may be null follows, and returns it. */
    public final boolean presence(Message structOrNull) {
        buffer.writeByte(structOrNull == null ? -1 : 1);
        return structOrNull != null;
    }

    /** No tagged fields. */
    public final void noTaggedFields() {
        buffer.writeByte(0);
    }

    /** Opens the tagged fields of a structure. Returns what {@link #endTaggedFields} wants. */
    public final int beginTaggedFields() {
        buffer.writeByte(0);
        return buffer.writerIndex() - 1;
    }

    /** Closes the tagged fields opened at {@code mark}, of which there were {@code count}, at most 127. */
    public final void endTaggedFields(int mark, int count) {
        buffer.setByte(mark, count);
    }

    /** Opens one tagged field. Returns what {@link #endTaggedField} wants. */
    public final int beginTaggedField(int tag) {
        unsignedVarint(tag);
        buffer.writeByte(0);
        return buffer.writerIndex() - 1;
    }

    /** Closes the tagged field opened at {@code mark}: puts its size before it, moving it along if one byte does not do. */
    public final void endTaggedField(int mark) {
        int start = mark + 1;
        int size = buffer.writerIndex() - start;
        int more = 0;
        for (int rest = size >>> 7; rest != 0; rest >>>= 7) {
            more++;
        }
        if (more > 0) {
            buffer.writeZero(more);
            // Within one buffer this is a memmove, so the overlap is harmless.
            buffer.setBytes(start + more, buffer, start, size);
        }
        int end = buffer.writerIndex();
        buffer.writerIndex(mark);
        unsignedVarint(size);
        buffer.writerIndex(end);
    }

    private void length(int length, boolean flexible) {
        if (flexible) {
            unsignedVarint(length + 1);
        } else {
            buffer.writeInt(length);
        }
    }

    private void nullLength(boolean flexible) {
        if (flexible) {
            buffer.writeByte(0);
        } else {
            buffer.writeInt(-1);
        }
    }
}
