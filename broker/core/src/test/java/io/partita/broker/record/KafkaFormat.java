package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

/** The record formats as Kafka's own classes write and read them: what ours are held against. */
final class KafkaFormat {

    private KafkaFormat() {}

    static MemoryRecords read(ByteBuf bytes) {
        return MemoryRecords.readableRecords(ByteBuffer.wrap(ByteBufUtil.getBytes(bytes)));
    }

    /** All records of all batches; checks each batch's checksum as Kafka does. */
    static List<SampleRecord> readRecords(ByteBuf bytes) {
        var records = new ArrayList<SampleRecord>();
        for (var batch : read(bytes).batches()) {
            batch.ensureValid();
            for (var record : batch) {
                record.ensureValid();
                records.add(toSample(record));
            }
        }
        return records;
    }

    static SampleRecord toSample(Record record) {
        var headers = new ArrayList<io.partita.broker.record.RecordHeader>();
        for (var header : record.headers()) {
            headers.add(new io.partita.broker.record.RecordHeader(header.key(), header.value()));
        }
        return new SampleRecord(
                record.offset(), record.timestamp(), Utils.toNullableArray(record.key()), Utils.toNullableArray(record.value()), headers);
    }

    static org.apache.kafka.common.compress.Compression compression(Compression compression) {
        return org.apache.kafka.common.compress.Compression.of(CompressionType.forId(compression.id())).build();
    }

    static ByteBuf write(byte magic, Compression compression, List<SampleRecord> records) {
        return write(magic, compression, TimestampType.CREATE_TIME, -1, -1, (short) -1, -1, false, false, records);
    }

    /** One batch (format v2), one message set or one wrapper message (v0, v1) of {@code records}. */
    static ByteBuf write(
            byte magic,
            Compression compression,
            TimestampType type,
            long logAppendTime,
            long producerId,
            short producerEpoch,
            int baseSequence,
            boolean transactional,
            boolean control,
            List<SampleRecord> records) {
        var builder = new MemoryRecordsBuilder(
                new ByteBufferOutputStream(1024),
                magic,
                compression(compression),
                type == TimestampType.CREATE_TIME
                        ? org.apache.kafka.common.record.TimestampType.CREATE_TIME
                        : org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME,
                records.isEmpty() ? 0 : records.getFirst().offset(),
                logAppendTime,
                producerId,
                producerEpoch,
                baseSequence,
                transactional,
                control,
                -1,
                Integer.MAX_VALUE);
        for (var record : records) {
            builder.appendWithOffset(record.offset(), record.timestamp(), record.key(), record.value(), headers(record));
        }
        return Unpooled.wrappedBuffer(builder.build().buffer().slice());
    }

    private static Header[] headers(SampleRecord record) {
        return record.headers().stream().map(h -> new RecordHeader(h.key(), h.value())).toArray(Header[]::new);
    }
}
