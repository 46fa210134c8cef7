package io.partita.broker.log;

import io.partita.broker.env.Disk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** A data directory with a log in it, whose clock and workers the test moves. */
final class LogFixture {

    static final LogId ID = new LogId("t", 0);

    final TestClock clock = new TestClock();
    final HandWorkers workers = new HandWorkers();
    final Disk disk;
    final Path path;
    LogConfig config = LogConfig.DEFAULTS.toBuilder().segmentBytes(4096).indexIntervalBytes(256).build();
    LogLimits limits = new LogLimits(16, 100_000);
    LogDirectory directory;
    PartitionLog log;

    LogFixture() {
        this(new MemoryDisk(), Path.of("/data"));
    }

    LogFixture(Disk disk, Path path) {
        this.disk = disk;
        this.path = path;
    }

    LogFixture config(LogConfig newConfig) {
        config = newConfig;
        return this;
    }

    /** Starts: opens the directory, recovers what is there, and makes the log when there is none. */
    LogFixture start() throws IOException {
        Random random = new Random(1);
        directory = LogDirectory.open(path, "cluster", 1, limits, disk, clock, workers, random::nextLong);
        directory.load(topic -> config, 1);
        log = directory.create(ID, new UUID(1, 2), config);
        return this;
    }

    void stop() throws IOException {
        workers.runAll();
        directory.close();
    }

    AppendResult append(String... values) {
        return log.append(Batches.of(clock.wallMillis(), values), AppendOrigin.CLIENT, 0);
    }

    /** All records from {@code offset} on, read piece by piece. */
    List<String> readAll(long offset) throws Exception {
        List<String> all = new ArrayList<>();
        long next = offset;
        while (next < log.logEndOffset()) {
            LogSlice slice = log.read(next, 1000, Long.MAX_VALUE, true);
            if (!slice.likelyCached()) {
                slice.verify();
            }
            if (slice.error() != ErrorCode.NONE) {
                throw new AssertionError("reading offset " + next + " gave " + slice.error());
            }
            List<String> records = Batches.records(slice);
            long before = next;
            for (String record : records) {
                long recordOffset = Long.parseLong(record.substring(0, record.indexOf(':')));
                if (recordOffset >= next) {
                    all.add(record);
                    next = recordOffset + 1;
                }
            }
            if (next == before) {
                throw new AssertionError("no progress at offset " + next + " of " + log.logEndOffset() + ": " + records);
            }
        }
        return all;
    }

    /** Workers that work when told to. */
    static final class HandWorkers implements Workers {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

        @Override
        public synchronized void execute(Runnable task) {
            tasks.add(task);
        }

        void runAll() {
            while (runOne()) {}
        }

        /** Runs the oldest task; false when there is none. */
        boolean runOne() {
            Runnable task;
            synchronized (this) {
                task = tasks.poll();
            }
            if (task == null) {
                return false;
            }
            task.run();
            return true;
        }

        synchronized void forget() {
            tasks.clear();
        }
    }
}
