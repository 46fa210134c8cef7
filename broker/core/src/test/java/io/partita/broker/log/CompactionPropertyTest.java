package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Duplicate;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.Compression;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A compacted log under random appends (all codecs, idempotent and transactional producers), rolls, rounds of compaction that are interrupted by
 * all of these, restarts, truncations, killed processes, lost power, failing and full disks, transaction indexes that are gone, held against a list of what was appended.
 */
class CompactionPropertyTest {

    private static final int SEEDS = 150;
    private static final int STEPS = 150;

    @Test
    void whatIsLeftIsWhatTheModelAllows() throws Exception {
        long from = Long.getLong("seed", 0);
        for (long seed = from; seed < from + Long.getLong("seeds", SEEDS); seed++) {
            try {
                new Run(seed).run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static final class Run {
        private final Random random;
        private final FaultyDisk disk;
        private final CompactionFixture fixture;
        private final CompactionModel model = new CompactionModel();
        private final int keys;
        private long flushed;
        private long start;
        private int nextValue;
        private boolean powerLost;
        /** Whether the high watermark lags behind, so that the log may be truncated to it. */
        private final boolean followed;
        private long highWatermark;

        Run(long seed) throws Exception {
            random = new Random(seed);
            disk = new FaultyDisk(random);
            fixture = new CompactionFixture(disk);
            keys = 1 + random.nextInt(30);
            fixture.base.config(CompactionFixture.compacted().segmentBytes(500 + random.nextInt(3000)).indexIntervalBytes(random.nextInt(400))
                    .minCleanableDirtyRatio(random.nextInt(3) * 0.3).minCompactionLagMillis(random.nextInt(3) == 0 ? 50 : 0)
                    .maxCompactionLagMillis(random.nextInt(3) == 0 ? 3_000 : LogConfig.UNLIMITED)
                    .maxMessageBytes(10_000).producerExpirationMillis(Long.MAX_VALUE).build());
            long keyTableBytes = random.nextInt(4) == 0 ? 24 * (2 + random.nextInt(20)) : 1 << 20;
            fixture.cleanerConfig = new CleanerConfig(1, keyTableBytes, 0.9, 4096, Double.MAX_VALUE);
            fixture.ownerWaits = true;
            followed = random.nextInt(3) == 0;
        }

        void run() throws Exception {
            fixture.start();
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            restart(random.nextBoolean());
            for (ProducerDescription producer : fixture.log().producers()) {
                if (producer.transactionStartOffset() >= 0) {
                    marker(producer.producerId());
                }
            }
            // When all is done that can be done
            fixture.log().highWatermarkMoved(fixture.log().logEndOffset());
            fixture.base.config(fixture.base.config.toBuilder().minCleanableDirtyRatio(0).minCompactionLagMillis(0).build());
            fixture.log().reconfigure(fixture.base.config);
            fixture.base.clock.advance(120_000);
            fixture.compact();
            check();
            assertEquals(fixture.log().logEndOffset(), Math.max(fixture.cleanedEnd(), fixture.log().logStartOffset()), "all is clean");
        }

        private void step() throws Exception {
            switch (random.nextInt(24)) {
                case 0, 1, 2, 3, 4 -> append(-1, false);
                case 5 -> append(1 + random.nextInt(2), false);
                case 6, 7 -> append(3 + random.nextInt(3), true);
                case 8 -> endSomeTransaction();
                case 9 -> roll();
                case 10, 11, 12 -> fixture.cleaner.check(List.of(fixture.candidate()));
                case 13, 14, 15, 16 -> someTasks();
                case 17 -> fixture.runAll();
                case 18 -> fixture.base.clock.advance(random.nextInt(800));
                case 19 -> check();
                case 20 -> failSomething();
                case 21 -> cleanRestart();
                case 22 -> restart(random.nextBoolean());
                case 23 -> others();
                default -> throw new AssertionError();
            }
        }

        private void someTasks() {
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                if (random.nextBoolean() || fixture.ownerTasks.isEmpty()) {
                    fixture.base.workers.runOne();
                } else {
                    fixture.ownerTasks.poll().run();
                }
            }
        }

        private void others() throws Exception {
            switch (random.nextInt(5)) {
                case 0 -> {
                    fixture.directory().age();
                    fixture.directory().age();
                }
                case 4 -> truncate();
                case 1 -> leaveASequenceOut();
                case 2 -> deleteRecords();
                default -> {
                    try {
                        fixture.log().flush();
                        flushed = model.end();
                    } catch (IOException e) {
                        assertTrue(!fixture.directory().isWritable() || disk.failures() > 0, "flush failed: " + e);
                    }
                }
            }
        }

        private void append(long producerId, boolean transactional) {
            Compression codec = Compression.values()[random.nextInt(5)];
            int count = 1 + random.nextInt(4);
            CompactionModel.Entry last = producerId < 0 ? null : model.last(producerId);
            int sequence = last == null ? 0 : last.sequence + 1;
            ByteBuf out = Unpooled.buffer();
            List<CompactionModel.Entry> entries = new ArrayList<>();
            try (BatchBuilder batch = new BatchBuilder(out).compression(random.nextInt(3) == 0 ? codec : Compression.NONE)) {
                if (producerId >= 0) {
                    batch.producer(producerId, (short) 0, sequence);
                }
                if (transactional) {
                    batch.transactional();
                }
                for (int i = 0; i < count; i++) {
                    String key = "k" + random.nextInt(keys);
                    String value = random.nextInt(5) == 0 ? null : nextValue++ + "x".repeat(random.nextInt(60));
                    // Tombstones have the time of the clock, from which the model knows how old they are at least.
                    long timestamp = fixture.base.clock.wallMillis() - (value == null ? 0 : random.nextInt(300));
                    CompactionModel.Entry entry = new CompactionModel.Entry(model.end() + i, key, value, timestamp);
                    entry.producerId = producerId;
                    entry.sequence = producerId < 0 ? -1 : sequence + i;
                    entry.transactional = transactional;
                    entries.add(entry);
                    batch.append(timestamp, Batches.bytes(key), value == null ? null : Batches.bytes(value));
                }
                batch.finish();
            }
            AppendResult result = fixture.log().append(out, AppendOrigin.CLIENT, 0);
            boolean forgotten = last != null && last.offset < start && result instanceof Refused refused
                    && refused.code() == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
            if (!forgotten) { // all it wrote is gone, by DeleteRecords or a loss of power
                appended(result, entries);
            }
        }

        private void appended(AppendResult result, List<CompactionModel.Entry> entries) {
            switch (result) {
                case Appended appended -> {
                    assertEquals(model.end(), appended.baseOffset());
                    model.entries.addAll(entries);
                }
                case Refused refused -> assertTrue(!fixture.directory().isWritable() || refused.code() == ErrorCode.KAFKA_STORAGE_ERROR && disk.failures() > 0,
                        refused.toString());
                case Duplicate duplicate -> throw new AssertionError(duplicate.toString());
            }
            if (!followed || random.nextInt(3) == 0) {
                highWatermark = fixture.log().logEndOffset();
                fixture.log().highWatermarkMoved(highWatermark);
            }
            fixture.base.clock.advance(random.nextInt(10));
        }

        private void endSomeTransaction() {
            List<Long> open = new ArrayList<>(model.open().keySet());
            if (!open.isEmpty()) {
                marker(open.get(random.nextInt(open.size())));
            }
        }

        private void marker(long producerId) {
            CompactionModel.Entry entry = new CompactionModel.Entry(model.end(), null, null, fixture.base.clock.wallMillis());
            entry.marker = true;
            entry.commit = random.nextBoolean();
            entry.producerId = producerId;
            ByteBuf batch = Batches.marker(producerId, 0, entry.commit, 0, entry.timestamp);
            appended(fixture.log().append(batch, AppendOrigin.INTERNAL, 0), List.of(entry));
        }

        private void leaveASequenceOut() {
            CompactionModel.Entry last = model.last(1);
            if (last == null || last.offset < start || !fixture.directory().isWritable()) {
                return;
            }
            AppendResult result = fixture.log().append(
                    CompactionFixture.produced(1, 0, last.sequence + 2, false, fixture.base.clock.wallMillis(), "k=never"), AppendOrigin.CLIENT, 0);
            assertInstanceOf(Refused.class, result, "a gap in the sequences is noticed");
        }

        private void roll() {
            try {
                fixture.log().roll();
            } catch (IOException e) {
                // Nothing was rolled.
            }
        }

        private void deleteRecords() {
            if (random.nextInt(4) > 0 || fixture.directory().isOffline() || model.end() == start) {
                return;
            }
            try {
                Runnable work = fixture.log().advanceLogStartOffset(start + random.nextInt((int) (model.end() - start)) / 4);
                start = fixture.log().logStartOffset();
                if (work != null) {
                    fixture.base.workers.execute(work);
                }
            } catch (IOException e) {
                start = fixture.log().logStartOffset();
            }
        }

        /** Another leader has other records behind the high watermark: markers go, and what they ended is open again. */
        private void truncate() throws Exception {
            if (!followed || fixture.directory().isOffline() || !fixture.directory().isWritable()) {
                return;
            }
            disk.failNothing();
            fixture.runAll();
            long from = Math.max(highWatermark, start);
            long end = fixture.log().truncateTo(from + random.nextInt((int) (model.end() - from) + 1));
            assertTrue(end >= from && end <= model.end(), "truncated to " + end + ", though " + from + " was committed, of " + model.end());
            model.truncate(end);
            flushed = Math.min(flushed, end);
            check();
        }

        private void failSomething() {
            if (random.nextInt(3) == 0) {
                disk.failOperation(random.nextInt(20), random.nextInt(4) > 0);
            }
        }

        private void cleanRestart() throws Exception {
            disk.failNothing();
            fixture.cleaner.stop();
            try {
                fixture.runAll();
                fixture.directory().close();
            } catch (IOException e) {
                // Not a clean stop, then.
            }
            disk.crashProcess();
            started(false);
        }

        private void restart(boolean power) throws Exception {
            disk.failNothing();
            disk.stopWriting();
            fixture.base.workers.forget();
            if (power) {
                powerLost = true;
                disk.crashMachine();
            } else {
                disk.crashProcess();
            }
            started(power);
        }

        private void started(boolean power) throws Exception {
            fixture.ownerTasks.clear();
            loseTransactionIndexes();
            fixture.start();
            fixture.base.workers.runAll();
            highWatermark = fixture.log().logEndOffset();
            fixture.log().highWatermarkMoved(highWatermark);
            if (random.nextInt(4) == 0) {
                fixture.compactSealed(); // before anything else looks at the log
            }
            long end = fixture.log().logEndOffset();
            if (power) {
                assertTrue(end >= flushed && end <= model.end(), "the log ends at " + end + ", flushed up to " + flushed + " of " + model.end());
                model.truncate(end);
            }
            assertEquals(model.end(), end, "end after the start");
            flushed = Math.min(flushed, end);
            start = fixture.log().logStartOffset(); // with power lost unflushed, a later segment's name may survive its predecessor's
            model.forgottenBefore = start;
            check();
        }

        /** Somebody removes files that he takes for caches. */
        private void loseTransactionIndexes() throws IOException {
            Path log = fixture.base.path.resolve(LogFixture.ID.directoryName());
            for (String name : disk.list(log)) {
                if (name.endsWith(FileNames.TRANSACTION_INDEX) && random.nextInt(3) == 0) {
                    disk.delete(log.resolve(name));
                }
            }
        }

        private void check() throws IOException {
            long end = model.end();
            assertEquals(end, fixture.log().logEndOffset());
            if (!fixture.log().isLoaded()) {
                disk.failNothing(); // an empty log makes its first segment when it is read
            }
            ByteBuf bytes = fixture.readBytes();
            List<String> records = fromStart(CompactionFixture.records(bytes));
            long stable = model.open().values().stream().min(Long::compare).orElse(end);
            model.check(records, start, fixture.cleanedEnd(), stable, fixture.base.clock.wallMillis());
            if (!fixture.directory().isOffline()) {
                checkAborted(records); // else the index may lack an entry, which the next start makes
            }
            checkLookups(records, bytes);
        }

        private List<String> fromStart(List<String> records) {
            return records.stream().filter(record -> CompactionModel.offset(record) >= start).toList();
        }

        /** What a read_committed consumer is told to leave out is what was aborted, as far as it is still there. */
        private void checkAborted(List<String> records) throws IOException {
            boolean[] aborted = model.aborted();
            List<AbortedTransaction> transactions = fixture.log().abortedTransactions(0, model.end());
            for (String record : records) {
                long offset = CompactionModel.offset(record);
                CompactionModel.Entry entry = model.entries.get((int) offset);
                boolean covered = transactions.stream().anyMatch(transaction -> transaction.producerId() == entry.producerId
                        && transaction.firstOffset() <= offset && transaction.lastOffset() >= offset);
                assertEquals(aborted[(int) offset], covered && entry.transactional, "aborted: " + entry);
            }
        }

        /** By offset and by time the same is found as by reading everything. */
        private void checkLookups(List<String> records, ByteBuf bytes) throws IOException {
            if (model.end() == start) {
                return;
            }
            long from = start + random.nextInt((int) (model.end() - start));
            List<String> expected = records.stream().filter(record -> CompactionModel.offset(record) >= from).toList();
            List<String> found = CompactionFixture.records(fixture.readBytes(from)).stream()
                    .filter(record -> CompactionModel.offset(record) >= from).toList();
            assertEquals(expected, found, "read from offset " + from);
            if (powerLost) {
                return; // what a time index lost may lead behind the first record
            }
            long timestamp = model.entries.get((int) from).timestamp + random.nextInt(20) - 10;
            assertEquals(firstAtOrAfter(bytes, timestamp), fixture.log().lookupByTimestamp(timestamp, Long.MAX_VALUE), "timestamp " + timestamp);
        }

        private TimestampOffset firstAtOrAfter(ByteBuf bytes, long timestamp) {
            RecordReader reader = new RecordReader(BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES);
            for (int at = 0; at < bytes.writerIndex(); at += RecordBatch.sizeInBytes(bytes, at)) {
                reader.open(bytes, at);
                while (reader.next()) {
                    if (reader.offset() >= start && reader.timestamp() >= timestamp) {
                        return new TimestampOffset(reader.timestamp(), reader.offset());
                    }
                }
            }
            return TimestampOffset.NONE;
        }
    }
}
