package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.message.FetchResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageWriterTest {

    @Test
    void writesStringsAsUtf8() {
        for (String text : List.of("", "plain", "äöü", "漢字", "😀", "mixed ä漢😀", "x".repeat(32767))) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            // When
            ByteBuf bytes = Unpooled.buffer();
            new MessageWriter(bytes).string(text, false);
            // Then
            assertEquals(utf8.length, bytes.readUnsignedShort());
            assertEquals(Unpooled.wrappedBuffer(utf8), bytes);
        }
    }

    @Test
    void refusesStringsTooLongForTheirLength() {
        var writer = new MessageWriter(Unpooled.buffer());
        assertThrows(IllegalArgumentException.class, () -> writer.string("x".repeat(32768), false));
        writer.string("x".repeat(32768), true);
    }

    @Test
    void makesRoomForTheSizeOfTaggedFieldsOfAnyLength() {
        for (int size : new int[] {0, 1, 127, 128, 16383, 16384, 2_097_151, 2_097_152}) {
            for (ByteBuf bytes : List.of(Unpooled.buffer(4), PooledByteBufAllocator.DEFAULT.directBuffer(4))) {
                // Given
                var writer = new MessageWriter(bytes);
                // When
                int mark = writer.beginTaggedField(200);
                for (int i = 0; i < size; i++) {
                    writer.int8((byte) i);
                }
                writer.endTaggedField(mark);
                writer.int8((byte) 77);
                // Then
                var reader = new MessageReader(bytes);
                assertEquals(200, reader.unsignedVarint());
                int outer = reader.beginTaggedField();
                assertEquals(size, reader.remaining());
                for (int i = 0; i < size; i++) {
                    if (reader.int8() != (byte) i) {
                        throw new AssertionError("byte " + i + " of " + size + " was moved to the wrong place");
                    }
                }
                reader.endTaggedField(outer);
                assertEquals(77, reader.int8());
                bytes.release();
            }
        }
    }

    @Test
    void leavesTheBytesOfRecordsToWhoeverOverridesThat() {
        // Given records that are not in memory
        record InAFile(int sizeInBytes) implements Records {
        }
        var response = new FetchResponse();
        var topic = new FetchResponse.FetchableTopicResponse();
        var partition = new FetchResponse.PartitionData();
        partition.records = new InAFile(300);
        topic.partitions.add(partition);
        response.responses.add(topic);
        var places = new ArrayList<Integer>();
        ByteBuf bytes = Unpooled.buffer();
        // When
        response.write(new MessageWriter(bytes) {
            @Override
            protected void writeRecords(Records records) {
                assertEquals(new InAFile(300), records);
                places.add(buffer().writerIndex());
            }
        }, (short) 12);
        // Then the length stands before that place, and three empty sets of tagged fields behind it
        assertEquals(List.of(bytes.writerIndex() - 3), places);
        assertEquals("ad02000000", ByteBufUtil.hexDump(bytes, bytes.writerIndex() - 5, 5));
        assertThrows(IllegalArgumentException.class, () -> response.write(new MessageWriter(Unpooled.buffer()), (short) 12));
    }
}
