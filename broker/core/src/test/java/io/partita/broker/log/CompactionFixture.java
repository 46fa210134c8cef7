package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.Disk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.Compression;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A log of a compacted topic, and a cleaner whose steps run when the test says so. */
final class CompactionFixture {

    static final int DELETE_RETENTION_MILLIS = 1_000;

    final LogFixture base;
    CleanerConfig cleanerConfig = CleanerConfig.DEFAULTS;
    LogCleaner cleaner;
    long highWatermark = Long.MAX_VALUE;
    /** Tasks for the log's owner, for a test that wants to choose when they run. */
    final ArrayDeque<Runnable> ownerTasks = new ArrayDeque<>();
    boolean ownerWaits;

    CompactionFixture() {
        this(new MemoryDisk());
    }

    CompactionFixture(Disk disk) {
        base = new LogFixture(disk, Path.of("/data")).config(compacted().build());
    }

    static LogConfig.Builder compacted() {
        return LogConfig.DEFAULTS.toBuilder().compact(true).delete(false).segmentBytes(1000).indexIntervalBytes(100)
                .minCleanableDirtyRatio(0.01).deleteRetentionMillis(DELETE_RETENTION_MILLIS);
    }

    CompactionFixture start() throws IOException {
        base.start();
        newCleaner();
        return this;
    }

    void newCleaner() {
        Random random = new Random(3);
        cleaner = new LogCleaner(cleanerConfig, base.workers, base.clock, random::nextLong, millis -> base.clock.advance(millis));
    }

    LogDirectory directory() {
        return base.directory;
    }

    PartitionLog log() {
        return base.log;
    }

    LogCleaner.Candidate candidate() {
        PartitionLog log = base.log;
        return new LogCleaner.Candidate(log, this::onOwner, () -> Math.min(highWatermark, log.logEndOffset()));
    }

    private void onOwner(Runnable task) {
        if (ownerWaits) {
            ownerTasks.add(task);
        } else {
            task.run();
        }
    }

    /** Lets workers and owner do all that they have to do. */
    void runAll() {
        do {
            base.workers.runAll();
            while (!ownerTasks.isEmpty()) {
                ownerTasks.poll().run();
            }
        } while (base.workers.runOne());
    }

    /** Rolls, and compacts all that is due. */
    void compact() throws IOException {
        base.log.roll();
        compactSealed();
    }

    void compactSealed() {
        runAll();
        cleaner.check(List.of(candidate()));
        runAll();
    }

    long cleanedEnd() throws IOException {
        return base.log.environment().cleaned().offsetOf(LogFixture.ID);
    }

    /** Appends a batch of "key=value" records; "key" alone is a tombstone. */
    long append(String... records) {
        return append(batch(Compression.NONE, base.clock.wallMillis(), records));
    }

    long append(ByteBuf batch) {
        return switch (base.log.append(batch, AppendOrigin.CLIENT, 0)) {
            case AppendResult.Appended appended -> appended.baseOffset();
            case AppendResult.Duplicate duplicate -> throw new AssertionError(duplicate.toString());
            case AppendResult.Refused refused -> throw new AssertionError(refused.toString());
        };
    }

    void marker(long producerId, int epoch, boolean commit) {
        AppendResult result = base.log.append(Batches.marker(producerId, epoch, commit, 0, base.clock.wallMillis()), AppendOrigin.INTERNAL, 0);
        if (!(result instanceof AppendResult.Appended)) {
            throw new AssertionError(result.toString());
        }
        base.log.highWatermarkMoved(base.log.logEndOffset());
    }

    static ByteBuf batch(Compression codec, long timestamp, String... records) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder batch = new BatchBuilder(out).compression(codec)) {
            fill(batch, timestamp, records);
        }
        return out;
    }

    static ByteBuf produced(long producerId, int epoch, int sequence, boolean transactional, long timestamp, String... records) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder batch = new BatchBuilder(out).producer(producerId, (short) epoch, sequence)) {
            if (transactional) {
                batch.transactional();
            }
            fill(batch, timestamp, records);
        }
        return out;
    }

    private static void fill(BatchBuilder batch, long timestamp, String[] records) {
        for (String record : records) {
            int equals = record.indexOf('=');
            String key = equals < 0 ? record : record.substring(0, equals);
            batch.append(timestamp, Batches.bytes(key), equals < 0 ? null : Batches.bytes(record.substring(equals + 1)));
        }
        batch.finish();
    }

    /** All batches the log gives from offset 0 on; checks what every reader relies on. */
    ByteBuf readBytes() throws IOException {
        return readBytes(base.log.logStartOffset());
    }

    ByteBuf readBytes(long fromOffset) throws IOException {
        ByteBuf all = Unpooled.buffer();
        long next = fromOffset;
        while (next < base.log.logEndOffset()) {
            LogSlice slice = base.log.read(next, 700, Long.MAX_VALUE, true);
            try {
                if (!slice.likelyCached()) {
                    slice.verify();
                }
                if (slice.error() != ErrorCode.NONE || slice.isEmpty()) {
                    throw new AssertionError("reading offset " + next + " of " + base.log.logEndOffset() + " gave " + slice.error());
                }
                int from = all.writerIndex();
                slice.copyTo(all);
                int at = from;
                while (all.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(all, at) <= all.writerIndex() - at) {
                    if (RecordBatch.lastOffset(all, at) < next || !RecordBatch.crcMatches(all, at)) {
                        throw new AssertionError("batch of offset " + RecordBatch.baseOffset(all, at) + " where " + next + " was read");
                    }
                    next = RecordBatch.lastOffset(all, at) + 1;
                    at += RecordBatch.sizeInBytes(all, at);
                }
                all.writerIndex(at);
            } finally {
                slice.release();
            }
        }
        return all;
    }

    /** All data records, as "offset:key=value". */
    List<String> records() throws IOException {
        return records(readBytes());
    }

    static List<String> records(ByteBuf bytes) {
        List<String> records = new ArrayList<>();
        RecordReader reader = new RecordReader(BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES);
        for (int at = 0; at < bytes.writerIndex(); at += RecordBatch.sizeInBytes(bytes, at)) {
            if (RecordBatch.isControl(bytes, at)) {
                continue;
            }
            reader.open(bytes, at);
            while (reader.next()) {
                String key = reader.keyBytes() < 0 ? "" : reader.key().toString(StandardCharsets.UTF_8);
                records.add(reader.offset() + ":" + key + (reader.valueBytes() < 0 ? "" : "=" + reader.value().toString(StandardCharsets.UTF_8)));
            }
        }
        return records;
    }

    /** All batches, as "base-last" with "c" for control ones and "!" for those with a delete horizon, and the number of records. */
    List<String> batches() throws IOException {
        ByteBuf bytes = readBytes();
        List<String> batches = new ArrayList<>();
        for (int at = 0; at < bytes.writerIndex(); at += RecordBatch.sizeInBytes(bytes, at)) {
            batches.add(RecordBatch.baseOffset(bytes, at) + "-" + RecordBatch.lastOffset(bytes, at) + (RecordBatch.isControl(bytes, at) ? "c" : "")
                    + (RecordBatch.hasDeleteHorizon(bytes, at) ? "!" : "") + ":" + RecordBatch.recordCount(bytes, at));
        }
        return batches;
    }
}
