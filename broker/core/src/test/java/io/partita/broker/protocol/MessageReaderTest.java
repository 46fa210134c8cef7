package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.MetadataRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageReaderTest {

    @Test
    void readsVarintsOfAllLengths() {
        for (int value : new int[] {0, 1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455, 268435456, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            // Given
            ByteBuf bytes = Unpooled.buffer();
            new MessageWriter(bytes).unsignedVarint(value);
            // Then
            var reader = new MessageReader(bytes);
            assertEquals(value, reader.unsignedVarint());
            assertEquals(0, reader.remaining());
        }
    }

    @Test
    void refusesVarintsThatDoNotEndOrDoNotFit() {
        assertMalformed(() -> reader("808080808000").unsignedVarint());
        assertMalformed(() -> reader("ffffffff10").unsignedVarint());
        assertMalformed(() -> reader("ffffff").unsignedVarint());
    }

    @Test
    void refusesLengthsBeyondTheEnd() {
        assertMalformed(() -> reader("0003 6162").string(false));
        assertMalformed(() -> reader("04 6162").string(true));
        assertMalformed(() -> reader("fffe 6162").nullableString(false));
        assertMalformed(() -> reader("7fffffff 00").bytes(false));
        assertMalformed(() -> reader("80000000 00").nullableBytes(false));
        assertMalformed(() -> reader("ffffffff0f 00").records(true));
        assertMalformed(() -> reader("00").int16());
        assertMalformed(() -> reader("00").skip(2));
        assertMalformed(() -> reader("00").skip(-1));
    }

    @Test
    void refusesNullWhereThereIsNone() {
        assertMalformed(() -> reader("ffff").string(false));
        assertMalformed(() -> reader("00").bytes(true));
        assertMalformed(() -> reader("ffffffff").records(false));
        assertMalformed(() -> reader("ffffffff").int32List(false));
        assertNull(reader("ffff").nullableString(false));
        assertNull(reader("00").nullableBytes(true));
        assertNull(reader("ffffffff").nullableRecords(false));
        assertNull(reader("00").nullableStringList(true));
    }

    @Test
    void refusesArraysThatCannotBeInTheBytesLeft() {
        assertMalformed(() -> reader("00000003 0000 0000").arrayCount(false, 2, 8));
        assertEquals(2, reader("00000002 0000 0000").arrayCount(false, 2, 8));
        assertMalformed(() -> reader("fffffffe").nullableArrayCount(false, 1, 8));
        assertMalformed(() -> reader("7fffffff").int64List(false));
    }

    @Test
    void refusesWhatWouldTakeMoreMemoryThanItMay() {
        // Given 20,000 empty strings in as many bytes
        ByteBuf bytes = Unpooled.buffer();
        var writer = new MessageWriter(bytes);
        var request = new MetadataRequest();
        for (int i = 0; i < 20_000; i++) {
            request.topics.add(new MetadataRequest.MetadataRequestTopic());
        }
        request.write(writer, (short) 9);
        // Then
        assertMalformed(() -> new MetadataRequest().read(new MessageReader(bytes, DecoderLimits.SERVED.withinHeapBytes(500_000)), (short) 9));
        new MetadataRequest().read(new MessageReader(bytes, DecoderLimits.SERVED.withinHeapBytes(5_000_000)), (short) 9);
    }

    @Test
    void refusesMoreElementsAndTaggedFieldsThanKafkaDoes() {
        ByteBuf elements = Unpooled.buffer().writeInt(1_000_001).writeZero(1_000_001);
        assertMalformed(() -> new MessageReader(elements).int8List(false));
        elements.setInt(0, 1_000_000);
        assertEquals(1_000_000, new MessageReader(elements).int8List(false).size());
        ByteBuf fields = Unpooled.buffer();
        new MessageWriter(fields).unsignedVarint(10_001);
        fields.writeZero(20_002);
        assertMalformed(() -> new MessageReader(fields).skipTaggedFields());
        new MessageReader(fields.setByte(0, 0x90)).skipTaggedFields();
    }

    @Test
    void whoHasNotSaidWhoItIsMayAskForLess() {
        ByteBuf elements = Unpooled.buffer().writeInt(1_001).writeZero(1_001);
        assertMalformed(() -> new MessageReader(elements, DecoderLimits.UNAUTHENTICATED).int8List(false));
        assertEquals(1_001, new MessageReader(elements, DecoderLimits.SERVED).int8List(false).size());
    }

    @Test
    void makesRoomForTheFirstElementsOnly() {
        ByteBuf elements = Unpooled.buffer().writeInt(900_000).writeZero(900_000);
        MessageReader reader = new MessageReader(elements);
        reader.list(null, reader.arrayCount(false, 1, 0));
        assertTrue(reader.heapBytes() >= 900_000, "counted before it is there");
    }

    @Test
    void passesOverTaggedFieldsItDoesNotKnow() {
        // Given an ApiVersions request with the fields 5 and 300 behind its own
        var request = new ApiVersionsRequest();
        // When
        request.read(reader("02 61 02 62 02 05 03 010203 ac02 00"), (short) 3);
        // Then
        assertEquals("a", request.clientSoftwareName);
        assertEquals("b", request.clientSoftwareVersion);
        assertMalformed(() -> new ApiVersionsRequest().read(reader("02 61 02 62 02 05 03 010203 ac02 01"), (short) 3));
        assertMalformed(() -> new ApiVersionsRequest().read(reader("02 61 02 62 7f 05 03 010203 ac02 00"), (short) 3));
    }

    @Test
    void holdsTaggedFieldsToTheirSize() {
        // Given a field of two bytes with another behind it
        var reader = reader("02 0102 03");
        int outer = reader.beginTaggedField();
        // Then
        assertMalformed(reader::int32);
        assertMalformed(() -> reader.endTaggedField(outer));
        assertEquals(0x0102, reader.int16());
        reader.endTaggedField(outer);
        assertEquals(3, reader.int8());
    }

    @Test
    void slicesRecordsAndCopiesEverythingElse() {
        // Given
        ByteBuf bytes = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("00000002010200000001030000000161".replace(" ", "")));
        var reader = new MessageReader(bytes);
        // When
        var records = (BufferRecords) reader.records(false);
        byte[] copied = reader.bytes(false);
        bytes.setZero(0, bytes.capacity());
        // Then
        assertEquals(2, records.sizeInBytes());
        assertEquals(0, records.buffer().getByte(0));
        assertArrayEquals(new byte[] {3}, copied);
        assertEquals(0, bytes.readerIndex());
    }

    @Test
    void fillsTheFieldsOwnListWhenItCan() {
        List<String> own = new ArrayList<>(0);
        var reader = reader("");
        assertSame(own, reader.list(own, 3));
        own.add("x");
        assertEquals(List.of(), reader.list(own, 3));
        assertEquals(List.of(), reader.list(null, 3));
        assertEquals(List.of(), reader.list(List.of(), 3));
    }

    private static MessageReader reader(String hex) {
        return new MessageReader(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex.replace(" ", ""))));
    }

    private static void assertMalformed(Runnable read) {
        assertThrows(MalformedMessageException.class, read::run);
    }
}
