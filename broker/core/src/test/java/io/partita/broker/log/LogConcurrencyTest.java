package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.Clock;
import io.partita.broker.env.FileDisk;
import io.partita.broker.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One owner appends, rolls and removes while others read, on real files of which few may be open at once. */
class LogConcurrencyTest {

    private static final int RECORDS = 60_000;
    private static final int READERS = 3;

    @Test
    void readersSeeWhatWasAppendedWhateverTheOwnerDoes(@TempDir Path directory) throws Exception {
        // Given
        ExecutorService workers = Executors.newFixedThreadPool(2);
        LogConfig config = LogConfig.DEFAULTS.toBuilder().segmentBytes(64 * 1024).indexIntervalBytes(512).retentionBytes(512 * 1024).build();
        LogDirectory logs = LogDirectory.open(directory, "c", 1, 4, new FileDisk(), Clock.SYSTEM, workers::execute, new Random()::nextLong);
        logs.load(topic -> config, 1);
        PartitionLog log = logs.create(new LogId("t", 0), new UUID(1, 2), config);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            boolean tail = i == 0;
            long seed = i;
            threads.add(Thread.ofPlatform().unstarted(() -> read(log, tail, new Random(seed), failure)));
        }
        // When
        threads.forEach(Thread::start);
        append(log, workers, failure);
        for (Thread thread : threads) {
            thread.join();
        }
        // Then
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        assertEquals(RECORDS, log.logEndOffset());
        assertTrue(log.logStartOffset() > 0, "nothing was removed");
        logs.close();
        workers.shutdown();
        assertTrue(workers.awaitTermination(10, TimeUnit.SECONDS));
    }

    /** Record n has the value n; batches have one to seven records. */
    private static void append(PartitionLog log, ExecutorService workers, AtomicReference<Throwable> failure) throws Exception {
        Random random = new Random(17);
        int next = 0;
        int appends = 0;
        while (next < RECORDS && failure.get() == null) {
            ByteBuf batch = Unpooled.buffer();
            String[] values = new String[Math.min(RECORDS - next, 1 + random.nextInt(7))];
            for (int i = 0; i < values.length; i++) {
                values[i] = Integer.toString(next++);
            }
            Batches.addTo(batch, System.currentTimeMillis(), values);
            assertInstanceOf(AppendResult.Appended.class, log.append(batch, AppendOrigin.CLIENT, 0));
            if (++appends % 400 == 0) {
                Runnable work = log.expire(log.logEndOffset());
                if (work != null) {
                    workers.execute(work);
                }
                workers.execute(() -> {
                    try {
                        log.flush();
                    } catch (Exception e) {
                        failure.compareAndSet(null, e);
                    }
                });
            }
        }
    }

    private static void read(PartitionLog log, boolean tail, Random random, AtomicReference<Throwable> failure) {
        try {
            long offset = 0;
            while (failure.get() == null && offset < RECORDS) {
                long end = log.logEndOffset();
                if (offset >= end) {
                    Thread.onSpinWait();
                    continue;
                }
                offset = readOnce(log, offset, end, random);
                if (!tail && random.nextInt(4) == 0) {
                    offset = log.logStartOffset() + random.nextInt((int) (log.logEndOffset() - log.logStartOffset()) + 1);
                    if (log.logEndOffset() == RECORDS) {
                        return;
                    }
                }
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    /** Reads from {@code offset} on and checks every record; returns the next offset. */
    private static long readOnce(PartitionLog log, long offset, long upper, Random random) throws Exception {
        LogSlice slice = log.read(offset, 200 + random.nextInt(2_000), upper, true);
        try {
            if (slice.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
                assertTrue(offset < log.logStartOffset(), "offset " + offset + " is out of range, the log begins at " + log.logStartOffset());
                return log.logStartOffset();
            }
            assertEquals(ErrorCode.NONE, slice.error(), "reading " + offset);
            if (!slice.likelyCached()) {
                slice.verify();
                assertEquals(ErrorCode.NONE, slice.error(), "verifying " + offset);
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
            for (int at = 0; at < slice.sizeInBytes(); at += slice.read(bytes, at)) {
                assertTrue(slice.channel() != null);
            }
            long next = offset;
            for (String record : Batches.records(Unpooled.wrappedBuffer(bytes.array()))) {
                long recordOffset = Long.parseLong(record.substring(0, record.indexOf(':')));
                assertEquals(recordOffset + ":" + recordOffset, record);
                assertTrue(recordOffset < upper, "offset " + recordOffset + " was read though only those below " + upper + " were asked for");
                if (recordOffset >= offset) {
                    assertEquals(next, recordOffset, "an offset is missing");
                    next = recordOffset + 1;
                }
            }
            assertTrue(next > offset, "nothing was read at " + offset + " below " + upper);
            return next;
        } finally {
            slice.release();
        }
    }

    @Test
    void theTailIsNeverTornWhileItIsSearched() throws Exception {
        TailPositions tail = new TailPositions();
        int boundaries = 3_000_000;
        AtomicReference<String> failure = new AtomicReference<>();
        Thread reader = Thread.ofPlatform().unstarted(() -> {
            Random random = new Random(5);
            long newest = 0;
            while (newest < boundaries - 1 && failure.get() == null) {
                long wanted = Math.max(0, newest - random.nextInt(200));
                long found = tail.find(wanted * 3);
                if (found >= 0) {
                    if (TailPositions.position(found) != wanted * 7 || TailPositions.size(found) != 0 && TailPositions.size(found) != 7) {
                        failure.set("offset " + wanted * 3 + " was found at "
                                + TailPositions.position(found) + ", size " + TailPositions.size(found));
                    }
                    newest = Math.max(newest, wanted);
                }
                newest = tail.find((newest + 1) * 3) >= 0 ? newest + 1 : Math.min(boundaries - 1, newest + random.nextInt(3));
            }
        });
        reader.start();
        for (int i = 0; i < boundaries; i++) {
            tail.add(i * 3L, i * 7);
        }
        reader.join();
        assertNull(failure.get());
    }
}
