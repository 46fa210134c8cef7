package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Batches for tests, and the values in what a log gives back. */
final class Batches {

    private Batches() {}

    static ByteBuf of(long timestamp, String... values) {
        ByteBuf out = Unpooled.buffer();
        addTo(out, timestamp, values);
        return out;
    }

    static ByteBuf addTo(ByteBuf out, long timestamp, String... values) {
        try (BatchBuilder batch = new BatchBuilder(out)) {
            for (String value : values) {
                batch.append(timestamp, (byte[]) null, bytes(value));
            }
            batch.finish();
        }
        return out;
    }

    static ByteBuf idempotent(long producerId, int epoch, int firstSequence, long timestamp, String... values) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder batch = new BatchBuilder(out)) {
            batch.producer(producerId, (short) epoch, firstSequence);
            for (String value : values) {
                batch.append(timestamp, (byte[]) null, bytes(value));
            }
            batch.finish();
        }
        return out;
    }

    static ByteBuf transactional(long producerId, int epoch, int firstSequence, long timestamp, String... values) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder batch = new BatchBuilder(out)) {
            batch.producer(producerId, (short) epoch, firstSequence).transactional();
            for (String value : values) {
                batch.append(timestamp, (byte[]) null, bytes(value));
            }
            batch.finish();
        }
        return out;
    }

    static ByteBuf marker(long producerId, int epoch, boolean commit, int coordinatorEpoch, long timestamp) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder batch = new BatchBuilder(out)) {
            batch.producer(producerId, (short) epoch, RecordBatch.NO_SEQUENCE).transactional().control();
            ByteBuf key = Unpooled.buffer().writeShort(0).writeShort(commit ? 1 : 0);
            ByteBuf value = Unpooled.buffer().writeShort(0).writeInt(coordinatorEpoch);
            batch.append(timestamp, key, value);
            batch.finish();
        }
        return out;
    }

    /** The records of whole batches in a slice, as "offset:value"; releases the slice. */
    static List<String> records(LogSlice slice) throws Exception {
        ByteBuf bytes = Unpooled.buffer();
        try {
            slice.copyTo(bytes);
        } finally {
            slice.release();
        }
        return records(bytes);
    }

    static List<String> records(ByteBuf bytes) {
        List<String> records = new ArrayList<>();
        int at = 0;
        RecordReader reader = new RecordReader(BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES);
        while (bytes.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(bytes, at) <= bytes.writerIndex() - at) {
            if (!RecordBatch.crcMatches(bytes, at)) {
                throw new AssertionError("batch at " + at + " has a wrong checksum");
            }
            reader.open(bytes, at);
            while (reader.next()) {
                records.add(reader.offset() + ":" + (reader.value() == null ? null : reader.value().toString(StandardCharsets.UTF_8)));
            }
            at += RecordBatch.sizeInBytes(bytes, at);
        }
        return records;
    }

    static byte[] bytes(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }
}
