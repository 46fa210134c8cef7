package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordReaderTest {
    private static final int BOUND = 1 << 24;

    @ParameterizedTest
    @EnumSource
    void readsWhatKafkaWrites(Compression compression) {
        var reader = new RecordReader(BOUND);
        for (var seed = 0; seed < 100; seed++) {
            // Given
            var random = new Random(seed);
            var records = SampleRecord.randomList(random, random.nextInt(60), random.nextLong(1L << 50));
            var batch = KafkaFormat.write((byte) 2, compression, records);
            var embedded = Unpooled.directBuffer().writeZero(7).writeBytes(batch, 0, batch.readableBytes()).writeZero(3);

            // When / Then
            if (!records.isEmpty()) {
                assertEquals(records, readAll(reader.open(batch, 0)), "seed " + seed);
                assertEquals(records, readAll(reader.open(embedded, 7)), "seed " + seed);
                assertEquals(records, readAll(reader.open(embedded.slice(5, batch.readableBytes() + 5), 2)), "seed " + seed);
                reader.rewind();
                assertEquals(records, readAll(reader), "seed " + seed);
            }
            embedded.release();
        }
    }

    @Test
    void lengthsAndAbsenceAreTold() {
        // Given
        var batch = Unpooled.buffer();
        new BatchBuilder(batch).append(5, new byte[3], null, List.of(new RecordHeader("h", null))).append(6, (byte[]) null, new byte[0]).finish();
        var reader = new RecordReader(BOUND).open(batch, 0);

        // When / Then
        assertTrue(reader.next());
        assertEquals(3, reader.keyBytes());
        assertEquals(-1, reader.valueBytes());
        assertNull(reader.value());
        assertEquals(1, reader.headerCount());
        assertNull(reader.headers().getFirst().value());
        assertTrue(reader.next());
        assertNull(reader.key());
        assertEquals(0, reader.value().readableBytes());
        assertFalse(reader.next());
        assertFalse(reader.next());
    }

    @ParameterizedTest
    @EnumSource
    void logAppendTimeReplacesTheRecordsOwn(Compression compression) {
        // Given
        var records = SampleRecord.randomList(new Random(1), 5, 0);
        var batch = KafkaFormat.write((byte) 2, compression, records);

        // When
        RecordBatch.setLogAppendTime(batch, 0, 12345);

        // Then
        assertTrue(RecordBatch.crcMatches(batch, 0));
        for (var record : readAll(new RecordReader(BOUND).open(batch, 0))) {
            assertEquals(12345, record.timestamp());
        }
        assertEquals(readAll(new RecordReader(BOUND).open(batch, 0)), KafkaFormat.readRecords(batch));
    }

    @Test
    void controlRecordsAreReadable() {
        // Given
        var marker = MemoryRecords.withEndTransactionMarker(44, 99, 7, 1000L, (short) 2, new EndTransactionMarker(ControlRecordType.COMMIT, 3));
        var batch = Unpooled.wrappedBuffer(marker.buffer().slice());

        // When
        var read = readAll(new RecordReader(BOUND).open(batch, 0));

        // Then
        assertTrue(RecordBatch.isControl(batch, 0));
        assertTrue(RecordBatch.isTransactional(batch, 0));
        assertEquals(44, read.getFirst().offset());
        assertEquals(ControlRecordType.COMMIT, ControlRecordType.parse(ByteBuffer.wrap(read.getFirst().key())));
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void openingIsBounded(Compression compression) {
        var batch = Unpooled.buffer();
        new BatchBuilder(batch).compression(compression).append(0, null, new byte[100_000]).finish();
        var reader = new RecordReader(50_000).open(batch, 0);
        assertEquals(BatchDefect.UNREADABLE_COMPRESSION, assertThrows(BatchFormatException.class, reader::next).defect());
    }

    @Test
    void bytesBehindTheLastRecordAreAnError() {
        var batch = Unpooled.buffer();
        new BatchBuilder(batch).append(0, null, new byte[1]).append(0, null, new byte[1]).finish();
        batch.setInt(RecordBatch.RECORD_COUNT_POSITION, 1);
        var reader = new RecordReader(BOUND).open(batch, 0);
        assertTrue(reader.next());
        assertThrows(BatchFormatException.class, reader::next);
    }

    @Test
    void aPartOfABatchIsNoBatch() {
        var batch = Unpooled.buffer();
        new BatchBuilder(batch).append(0, null, new byte[1]).finish();
        var reader = new RecordReader(BOUND);
        for (var size = 0; size < batch.readableBytes(); size++) {
            var part = batch.slice(0, size);
            assertThrows(BatchFormatException.class, () -> reader.open(part, 0));
        }
    }

    static List<SampleRecord> readAll(RecordReader reader) {
        var records = new ArrayList<SampleRecord>();
        while (reader.next()) {
            records.add(toSample(reader));
        }
        return records;
    }

    static SampleRecord toSample(RecordReader reader) {
        return new SampleRecord(reader.offset(), reader.timestamp(), bytes(reader.key()), bytes(reader.value()), reader.headers());
    }

    private static byte[] bytes(ByteBuf buffer) {
        return buffer == null ? null : ByteBufUtil.getBytes(buffer);
    }
}
