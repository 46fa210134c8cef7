package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A log under random appends, reads, rolls, flushes, deletions, truncations, failing operations, full disks, killed processes and lost power,
 * beside a plain list of the records it must have.
 */
class LogCrashPropertyTest {

    private static final int SEEDS = 400;
    private static final int STEPS = 120;

    @Test
    void theLogHasWhatTheModelHas() throws Exception {
        for (long seed = 0; seed < SEEDS; seed++) {
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
        private final LogFixture fixture;

        /** The values of the records from {@code start} on. */
        private final List<String> model = new ArrayList<>();
        /** The leader epochs of these records. */
        private final List<Integer> epochs = new ArrayList<>();
        /** Offset of the model's first value; values before the log's start stay in it. */
        private final long modelBase = 0;
        private long start;
        private long promised;
        private int nextValue;
        private int epoch;

        Run(long seed) {
            random = new Random(seed);
            disk = new FaultyDisk(random);
            fixture = new LogFixture(disk, Path.of("/data")).config(LogConfig.DEFAULTS.toBuilder()
                    .segmentBytes(600 + random.nextInt(4000)).indexIntervalBytes(random.nextInt(400)).maxMessageBytes(500)
                    .retentionBytes(-1).retentionMillis(-1).build());
        }

        private long end() {
            return modelBase + model.size();
        }

        void run() throws Exception {
            fixture.start();
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            disk.failNothing();
            restartAfterCrash(false);
            check();
        }

        private void step() throws Exception {
            switch (random.nextInt(23)) {
                case 0, 1, 2, 3, 4, 5, 6, 7 -> append();
                case 8 -> fixture.workers.runAll();
                case 9 -> flush();
                case 10 -> checkpoint();
                case 11, 12, 13 -> readSomewhere();
                case 14 -> roll();
                case 15 -> deleteRecords();
                case 16 -> cleanRestart();
                case 17 -> restartAfterCrash(random.nextBoolean());
                case 18 -> truncate();
                case 19 -> failSomething();
                case 20 -> fillDisk();
                case 21 -> periodicFlush();
                case 22 -> fixture.log.beginEpoch(++epoch);
                default -> throw new AssertionError();
            }
        }

        private void append() {
            ByteBuf batches = Unpooled.buffer();
            List<String> values = new ArrayList<>();
            int count = 1 + random.nextInt(2);
            for (int i = 0; i < count; i++) {
                String[] batch = new String[1 + random.nextInt(4)];
                for (int j = 0; j < batch.length; j++) {
                    batch[j] = "v" + nextValue++ + "x".repeat(random.nextInt(40));
                    values.add(batch[j]);
                }
                Batches.addTo(batches, fixture.clock.wallMillis() + random.nextInt(1000), batch);
            }
            if (random.nextInt(10) == 0) {
                epoch++;
            }
            int failures = disk.failures();
            switch (fixture.log.append(batches, AppendOrigin.CLIENT, epoch)) {
                case Appended appended -> {
                    assertEquals(end(), appended.baseOffset(), "base offset");
                    model.addAll(values);
                    values.forEach(value -> epochs.add(epoch));
                    assertEquals(end() - 1, appended.lastOffset(), "last offset");
                }
                case Refused refused -> {
                    boolean storage = refused.code() == ErrorCode.KAFKA_STORAGE_ERROR;
                    boolean large = refused.code() == ErrorCode.RECORD_LIST_TOO_LARGE;
                    assertTrue(storage && (!fixture.directory.isWritable() || disk.failures() > failures) || large, "refused: " + refused);
                }
                case AppendResult.Duplicate duplicate -> throw new AssertionError(duplicate.toString());
            }
            assertEquals(end(), fixture.log.logEndOffset(), "log end");
            fixture.clock.advance(random.nextInt(100));
        }

        private void flush() {
            long before = end();
            int failures = disk.failures();
            try {
                fixture.log.flush();
                if (fixture.log.isLoaded()) {
                    assertEquals(before, fixture.log.flushedEndOffset(), "flushed end");
                }
                promised = Math.max(promised, fixture.log.flushedEndOffset());
            } catch (IOException e) {
                assertTrue(!fixture.directory.isWritable() || disk.failures() > failures, "flush failed: " + e);
            }
        }

        private void periodicFlush() {
            fixture.log.prepareFlush();
            fixture.clock.advance(61_000);
            Runnable work = fixture.log.prepareFlush();
            if (work != null && random.nextInt(4) > 0) {
                work.run();
            }
        }

        private void checkpoint() {
            try {
                fixture.directory.checkpoint();
            } catch (IOException e) {
                // A checkpoint is allowed to be old.
            }
        }

        private void roll() {
            try {
                fixture.log.roll();
            } catch (IOException e) {
                // Nothing was rolled; the next append tries again or is refused.
            }
        }

        private void deleteRecords() throws IOException {
            if (fixture.directory.isOffline() || random.nextInt(3) > 0) {
                return;
            }
            long to = start + (end() == start ? 0 : random.nextInt((int) (end() - start)) / 2);
            try {
                Runnable work = fixture.log.advanceLogStartOffset(to);
                start = Math.max(start, to);
                if (work != null && random.nextInt(4) > 0) {
                    work.run();
                }
            } catch (IOException e) {
                start = fixture.log.logStartOffset();
            }
        }

        private void truncate() throws Exception {
            if (random.nextInt(3) > 0 || fixture.directory.isOffline()) {
                return;
            }
            disk.failNothing();
            disk.capacity = Long.MAX_VALUE;
            long to = start + random.nextInt((int) (end() - start) + 1);
            long newEnd = fixture.log.truncateTo(to);
            assertTrue(newEnd <= to && newEnd >= 0, "truncated to " + newEnd + " instead of " + to);
            while (end() > newEnd) {
                model.removeLast();
                epochs.removeLast();
            }
            start = Math.min(start, newEnd);
            assertEquals(newEnd, fixture.log.logEndOffset());
            start = fixture.log.logStartOffset();
            fixture.log.flush();
            promised = newEnd;
        }

        private void failSomething() {
            if (random.nextInt(3) == 0) {
                disk.failOperation(random.nextInt(6), random.nextInt(3) > 0);
            }
        }

        private void fillDisk() {
            disk.capacity = random.nextBoolean() ? Long.MAX_VALUE : 20_000;
            fixture.clock.advance(2_000);
        }

        private void cleanRestart() throws Exception {
            disk.capacity = Long.MAX_VALUE;
            if (random.nextBoolean()) {
                fixture.workers.runAll();
            }
            boolean offline = fixture.directory.isOffline();
            try {
                fixture.stop();
            } catch (IOException e) {
                // Not a clean stop, then.
            }
            disk.crashProcess();
            disk.failNothing();
            start(false);
            if (!offline) {
                promised = Math.min(promised, end());
            }
        }

        private void restartAfterCrash(boolean power) throws Exception {
            disk.capacity = Long.MAX_VALUE;
            disk.stopWriting();
            fixture.workers.forget();
            if (power) {
                disk.crashMachine();
            } else {
                disk.crashProcess();
            }
            if (random.nextInt(6) == 0) {
                damageHelpers(!power);
            }
            start(power);
        }

        /** Removes or spoils what the log can do without. */
        private void damageHelpers(boolean recoveryPoints) {
            for (Path file : disk.filesBelow(Path.of("/data"))) {
                String name = file.getFileName().toString();
                boolean helper = name.endsWith(".index") || name.endsWith(".timeindex")
                        || recoveryPoints && name.equals("recovery-point-offset-checkpoint")
                        || name.endsWith(".snapshot") || name.equals("leader-epoch-checkpoint");
                if (helper && random.nextInt(3) == 0) {
                    byte[] content = disk.readAll(file);
                    // A flipped digit in a checkpoint without a checksum cannot be noticed; a checkpoint that is cut off or gone can.
                    if (content.length > 0 && random.nextBoolean() && !name.endsWith("-checkpoint")) {
                        content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
                        if (name.endsWith("index") && random.nextBoolean()) {
                            content = Arrays.copyOf(content, random.nextInt(content.length));
                        }
                        disk.put(file, content);
                    } else {
                        disk.put(file, new byte[0]);
                    }
                }
            }
        }

        private void start(boolean powerLost) throws Exception {
            fixture.start();
            fixture.workers.runAll();
            long newEnd = fixture.log.logEndOffset();
            if (powerLost) {
                assertTrue(newEnd >= promised, "flushed up to " + promised + ", the log ends at " + newEnd);
                assertTrue(newEnd <= end(), "the log ends at " + newEnd + ", " + end() + " was the end");
                while (end() > newEnd) {
                    model.removeLast();
                    epochs.removeLast();
                }
            } else {
                assertEquals(end(), newEnd, "end after the process was restarted");
            }
            // Unflushed, the name of the first segment may be lost while that of the second is not.
            boolean lostFirst = powerLost && promised <= fixture.log.logStartOffset();
            assertTrue(fixture.log.logStartOffset() <= start || lostFirst,
                    "the log begins at " + fixture.log.logStartOffset() + " instead of " + start);
            start = fixture.log.logStartOffset();
            check();
        }

        private void readSomewhere() throws Exception {
            long from = start + (end() == start ? 0 : random.nextInt((int) (end() - start)));
            if (random.nextInt(5) == 0) {
                fixture.directory.age();
                fixture.directory.age();
            }
            compare(expected(from), fixture.readAll(from));
        }

        private void check() throws Exception {
            compare(expected(start), fixture.readAll(start));
            checkEpochs();
        }

        /** Each record's epoch is known, and ends where the next one's records begin; which epochs had none may be forgotten. */
        private void checkEpochs() throws IOException {
            EpochCache known = fixture.log.leaderEpochs();
            long next = end();
            for (long offset = end() - 1; offset >= start; offset--) {
                int its = epochs.get((int) offset);
                assertEquals(its, known.epochOf(offset), "epoch of offset " + offset);
                if (offset + 1 < end() && epochs.get((int) offset + 1) > its) {
                    next = offset + 1;
                }
                assertEquals(new EpochCache.EpochEndOffset(its, next), known.endOffsetFor(its, end()), "end of epoch " + its);
            }
            assertTrue(known.latestEpoch() <= epoch, "epoch " + known.latestEpoch());
        }

        private static void compare(List<String> expected, List<String> actual) {
            for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
                assertEquals(expected.get(i), actual.get(i), "record");
            }
            assertEquals(expected.size(), actual.size(), "number of records");
        }

        private List<String> expected(long from) {
            List<String> records = new ArrayList<>();
            for (long offset = from; offset < end(); offset++) {
                records.add(offset + ":" + model.get((int) (offset - modelBase)));
            }
            return records;
        }
    }
}
