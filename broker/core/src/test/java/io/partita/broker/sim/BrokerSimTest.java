package io.partita.broker.sim;

import io.partita.broker.Invariant;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * One broker on one thread: producers, idempotent ones with retries among them, fetches and group members, on a disk that fills up, fails, loses what
 * was not flushed and tears what was being written, with processes that end at any moment. After every step: offsets are dense, what was acknowledged
 * is there as far as the flush policy promises, watermarks do not go back within an epoch, nothing is there twice, groups are what their log says,
 * and nobody waits for what is there. A failure names its seed; {@code -Dpartita.sim.seed=N} runs that one alone, {@code -Dpartita.sim.seeds=N} as
 * many as are wanted.
 */
class BrokerSimTest {

    private static final int SEEDS = 300;
    private static final int STEPS = 500;
    private static final int PARTITIONS = 3;

    @Test
    void whateverHappensNothingPromisedIsLost() {
        Long only = Long.getLong("partita.sim.seed");
        long seeds = only == null ? Integer.getInteger("partita.sim.seeds", SEEDS) : 1;
        long from = only == null ? 0 : only;
        PrintStream err = System.err;
        if (only == null) {
            // Disks that fail on purpose would fill the log of the build.
            System.setErr(new PrintStream(PrintStream.nullOutputStream()));
        }
        try {
            for (long seed = from; seed < from + seeds; seed++) {
                Run run = new Run(seed);
                try {
                    run.run();
                } catch (Exception | AssertionError | StackOverflowError e) {
                    throw new AssertionError("seed " + seed + ", step " + run.step + ": " + e.getMessage() + "\nRepeat it with ./test -pl broker/core -am "
                            + "-Dtest=BrokerSimTest -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.sim.seed=" + seed, e);
                }
            }
        } finally {
            System.setErr(err);
        }
    }

    private static final class Run {

        private final Random random;
        private final SimThreads threads;
        private final FaultyDisk disk;
        private final List<LogConfig> configs = new ArrayList<>();
        private final List<PartitionModel> models = new ArrayList<>();
        private final List<SimProducer> producers = new ArrayList<>();
        private final List<SimFetcher> fetchers = new ArrayList<>();
        private final SimGroups groups;
        private final Map<PartitionLeader, long[]> watermarks = new HashMap<>();
        private SimBroker broker;
        private int epoch;
        private int step;

        Run(long seed) {
            random = new Random(seed);
            threads = new SimThreads(random, 3);
            disk = new FaultyDisk(random);
            LogConfig base = LogConfig.DEFAULTS.toBuilder().segmentBytes(1_500 + random.nextInt(4_000)).indexIntervalBytes(random.nextInt(400))
                    .retentionMillis(-1).retentionBytes(-1).build();
            LogConfig fsync = base.toBuilder().fsyncBeforeAck(true).build();
            LogConfig timely = base.toBuilder().flushMessages(5).flushMillis(2_000).build();
            configs.addAll(List.of(base, timely, fsync));
            configs.add(random.nextBoolean() ? fsync : base);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                PartitionModel model = new PartitionModel(partition);
                models.add(model);
                producers.add(new SimProducer(2 * partition + 1, partition, true, random, model));
                producers.add(new SimProducer(2 * partition + 2, partition, false, random, model));
            }
            fetchers.add(new SimFetcher(0, random, models));
            fetchers.add(new SimFetcher(1, random, models));
            groups = new SimGroups(random, threads);
        }

        void run() throws IOException {
            start();
            for (step = 0; step < STEPS; step++) {
                step();
                broker.checkNothingBroke();
                invariants();
            }
            heal();
            check();
            broker.close();
        }

        private void start() throws IOException {
            disk.failNothing();
            disk.leaveSpace(Long.MAX_VALUE);
            broker = new SimBroker(threads, disk, random, configs, epoch++);
        }

        private void step() throws IOException {
            switch (random.nextInt(40)) {
                case 0, 1, 2, 3, 4, 5, 6, 7, 8 -> producers.get(random.nextInt(producers.size())).act(broker);
                case 9, 10, 11, 12 -> fetchers.get(random.nextInt(fetchers.size())).act(broker);
                case 13, 14, 15, 16, 17 -> groups.act(broker);
                case 18 -> threads.advance(random.nextInt(300));
                case 19 -> threads.advance(random.nextInt(6_000));
                case 20 -> timely();
                case 21 -> fault();
                case 22 -> end();
                default -> {
                    for (int count = random.nextInt(8); count > 0 && threads.step(); count--) {
                        invariants();
                    }
                }
            }
            if (random.nextInt(60) == 0) {
                heal();
                check();
            }
        }

        private void timely() throws IOException {
            broker.allLeaders().forEach(PartitionLeader::flushIfTimely);
            if (random.nextBoolean()) {
                try {
                    broker.checkpoint();
                } catch (IOException failed) {
                    // A checkpoint may be old.
                }
            }
        }

        private void fault() {
            switch (random.nextInt(6)) {
                case 0, 1 -> disk.failOperation(random.nextInt(6), true);
                case 2 -> disk.failOperation(random.nextInt(6), false);
                case 3 -> disk.leaveSpace(random.nextInt(600));
                default -> disk.leaveSpace(Long.MAX_VALUE);
            }
        }

        /** No more faults: all that was asked for is done. A directory that is offline needs another process. */
        private void heal() throws IOException {
            disk.failNothing();
            disk.leaveSpace(Long.MAX_VALUE);
            threads.advance(3_000);
            if (broker.isOffline()) {
                crash(false);
            }
            broker.allLeaders().forEach(PartitionLeader::flushIfTimely);
            threads.advance(3_000);
        }

        private void end() throws IOException {
            switch (random.nextInt(5)) {
                case 0 -> crash(true);
                case 1, 2, 3 -> crash(random.nextInt(3) == 0);
                default -> {
                    if (!broker.isOffline()) {
                        disk.failNothing();
                        disk.leaveSpace(Long.MAX_VALUE);
                        List<List<String>> before = contents();
                        broker.close();
                        threads.forget();
                        disk.crashProcess();
                        restarted(before, false, new long[PARTITIONS]);
                    }
                }
            }
        }

        /** The process ends between two tasks; with {@code machine}, what the disk had not been asked to keep may go with it. */
        private void crash(boolean machine) throws IOException {
            disk.failNothing();
            List<List<String>> before = contents();
            long[] promised = new long[PARTITIONS];
            for (int partition = 0; partition < PARTITIONS; partition++) {
                promised[partition] = configs.get(partition).fsyncBeforeAck()
                        ? Math.max(models.get(partition).acknowledgedEnd(), broker.leader(partition).highWatermark())
                        : broker.leader(partition).log().flushedEndOffset();
            }
            threads.forget();
            if (machine) {
                disk.crashMachine();
            } else {
                disk.crashProcess();
            }
            restarted(before, machine, promised);
        }

        private void restarted(List<List<String>> before, boolean machine, long[] promised) throws IOException {
            watermarks.clear();
            start();
            List<List<String>> after = contents();
            long[] starts = new long[PARTITIONS];
            long[] ends = new long[PARTITIONS];
            for (int partition = 0; partition < PARTITIONS; partition++) {
                List<String> log = after.get(partition);
                ends[partition] = log.size();
                PartitionModel.continued(partition, before.get(partition), log);
                boolean shorter = log.size() < before.get(partition).size();
                Invariant.check(machine || !shorter, "a killed process lost records of partition %d: %d are left", partition, log.size());
                Invariant.check(log.size() >= promised[partition], "partition %d lost flushed records: %d are left of %d", partition, log.size(),
                        promised[partition]);
                // The names of files that nobody synced are lost singly, so of a log of which nothing was flushed a later segment may be left.
                int start = PartitionModel.start(log);
                Invariant.check(start == PartitionModel.start(before.get(partition)) || machine && promised[partition] <= start,
                        "partition %d begins at %d now, flushed was all below %d", partition, start, promised[partition]);
                starts[partition] = start;
                models.get(partition).keeps(start, log.size());
                models.get(partition).note("--- the broker is started again" + (machine ? " after a loss of power" : "") + ", the log ends at "
                        + log.size() + " after " + before.get(partition).size());
                for (SimProducer producer : producers.subList(2 * partition, 2 * partition + 2)) {
                    producer.brokerGone(shorter || start > 0);
                }
            }
            fetchers.forEach(fetcher -> fetcher.brokerGone(starts, ends));
            groups.brokerGone(machine && !configs.getLast().fsyncBeforeAck());
        }

        private List<List<String>> contents() throws IOException {
            List<List<String>> contents = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                contents.add(broker.content(partition, broker.leader(partition).log().logEndOffset()));
            }
            return contents;
        }

        private void check() throws IOException {
            List<List<String>> contents = contents();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                models.get(partition).check(contents.get(partition));
            }
            for (SimProducer producer : producers) {
                if (producer.waits()) {
                    throw new AssertionError(producer + " waits for an answer although all is done");
                }
            }
            fetchers.forEach(fetcher -> fetcher.checkAwake(broker));
            if (broker.isWritable()) {
                groups.check(broker);
            }
        }

        private void invariants() {
            for (PartitionLeader leader : broker.allLeaders()) {
                PartitionLog log = leader.log();
                Invariant.check(log.logStartOffset() <= leader.lastStableOffset(), "log start %d beyond the last stable offset %d",
                        log.logStartOffset(), leader.lastStableOffset());
                Invariant.check(leader.lastStableOffset() <= leader.highWatermark(), "last stable offset %d beyond the high watermark %d",
                        leader.lastStableOffset(), leader.highWatermark());
                Invariant.check(leader.highWatermark() <= log.logEndOffset(), "high watermark %d beyond the log end %d",
                        leader.highWatermark(), log.logEndOffset());
                long[] before = watermarks.computeIfAbsent(leader, first -> new long[2]);
                Invariant.check(before[0] <= leader.highWatermark() && before[1] <= log.logEndOffset(), "high watermark %d after %d",
                        leader.highWatermark(), before[0]);
                before[0] = leader.highWatermark();
                before[1] = log.logEndOffset();
            }
        }
    }
}
