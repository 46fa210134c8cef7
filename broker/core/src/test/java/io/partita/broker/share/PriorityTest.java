package io.partita.broker.share;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.Compression;
import io.partita.broker.record.QueueHeaders;
import io.partita.broker.record.RecordHeader;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import io.partita.broker.share.state.StoredStates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Records of different classes, in a topic whose share groups give higher ones out first. */
class PriorityTest {

    private static final UUID TOPIC_ID = new UUID(1, 1);
    private static final ShareKey KEY = new ShareKey("g", TOPIC_ID, 0);
    private static final LogConfig PRIORITISES = new LogConfig.Builder().queue(queue -> queue.withPrioritises(true)).build();
    /** Of the oldest records' turn. */
    private static final int EVERY = Priorities.OLDEST_EVERY;

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final Workers workers = Runnable::run;
    private final Coordinator states = new Coordinator();
    private SharePartitionConfig config = SharePartitionConfig.DEFAULTS.withDeliveryLimit(1_000);
    private SharePartitions partitions;
    private PartitionLeader leader;
    private SharePartition partition;

    private void start(LogConfig log) throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, new MemoryDisk(), clock, workers, new Random(1)::nextLong);
        directory.load(topic -> log, 1);
        leader = new PartitionLeader("t", TOPIC_ID, 0, loop, workers, directory.create(new LogId("t", 0), TOPIC_ID, log), 0, 1);
        open();
    }

    /** Another leader begins with what is stored. */
    private void open() {
        partitions = new SharePartitions(clock, workers, states, (letter, done) -> done.run(), () -> id -> config);
        partition = partitions.of(KEY, leader);
        loop.runTasks();
        partition.entered();
    }

    /** One batch with a record for each of these classes, −1 for a record that does not say. */
    private void append(Compression compression, int... classes) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).compression(compression)) {
            for (int one : classes) {
                builder.append(clock.wallMillis(), null, new byte[10],
                        one < 0 ? List.of() : List.of(new RecordHeader(QueueHeaders.PRIORITY, Integer.toString(one).getBytes(StandardCharsets.UTF_8))));
            }
            builder.finish();
        }
        leader.append(out, AppendOrigin.CLIENT, (short) 1, result -> assertEquals("Appended", result.getClass().getSimpleName()));
        loop.runTasks();
    }

    private TestTaker fetch(int recordsMax) {
        TestTaker taker = new TestTaker("a", recordsMax);
        partition.await(taker);
        loop.runTasks();
        return taker;
    }

    private void acknowledge(long offset, int type) {
        List<ErrorCode> told = new ArrayList<>();
        partition.acknowledge("a", List.of(new AcknowledgeBatch(offset, offset, new byte[] {(byte) type})), told::add);
        loop.runTasks();
        assertEquals(List.of(ErrorCode.NONE), told);
    }

    @Test
    void theHighestClassComesFirstAndWithinItTheOldest() throws IOException {
        start(PRIORITISES);
        append(Compression.NONE, 0, -1, 9, 5);
        append(Compression.ZSTD, 9, 4, 77);
        assertEquals(List.of(2L, 4L), fetch(2).offsets());
        assertEquals(List.of(6L), fetch(500).offsets(), "what is above nine is nine");
        assertEquals(List.of(3L), fetch(500).offsets());
        assertEquals(List.of(1L, 5L), fetch(500).offsets(), "who does not say is of class four");
        assertEquals(List.of(0L), fetch(500).offsets());
        assertNull(fetch(500).taken);
    }

    @Test
    void whatComesLaterOvertakesWhatWaits() throws IOException {
        start(PRIORITISES);
        append(Compression.NONE, 1, 1, 1);
        assertEquals(List.of(0L), fetch(1).offsets());
        append(Compression.NONE, 8);
        assertEquals(List.of(3L), fetch(1).offsets());
        acknowledge(3, AcknowledgeBatch.RELEASE);
        assertEquals(List.of(3L), fetch(1).offsets(), "also when it is given out again");
        assertEquals(List.of(1L), fetch(1).offsets());
    }

    @Test
    void theOldestIsGivenOutHoweverManyHigherOnesThereAre() throws IOException {
        start(PRIORITISES);
        append(Compression.NONE, 0);
        int fetches = 0;
        for (boolean isGiven = false; !isGiven; fetches++) {
            append(Compression.NONE, 9, 9);
            isGiven = fetch(1).offsets().equals(List.of(0L));
        }
        assertEquals(EVERY, fetches);
    }

    @Test
    void recordsBehindThoseThatAreLookedAtWaitForTheirTurn() throws IOException {
        start(PRIORITISES.toBuilder().queue(queue -> queue.withLookAheadMax(3)).build());
        for (int i = 0; i < 4; i++) {
            append(Compression.NONE, 4);
        }
        append(Compression.NONE, 9);
        assertEquals(List.of(0L), fetch(1).offsets());
    }

    @Test
    void noMoreAreLockedThanMayBe() throws IOException {
        config = config.withLocksMax(3);
        start(PRIORITISES);
        append(Compression.NONE, 9, 1, 1, 1, 1);
        assertEquals(List.of(0L), fetch(500).offsets());
        assertEquals(List.of(1L, 2L), fetch(500).offsets());
        assertNull(fetch(500).taken);
        acknowledge(0, AcknowledgeBatch.ACCEPT);
        assertNull(fetch(500).taken, "the fetch before has it");
    }

    @Test
    void theSettingMayBeSwitchedOnAndOffWhileTheGroupReads() throws IOException {
        start(LogConfig.DEFAULTS);
        append(Compression.NONE, 1, 1, 9, 9);
        assertEquals(List.of(0L), fetch(1).offsets());
        leader.log().reconfigure(PRIORITISES);
        assertEquals(List.of(2L), fetch(1).offsets());
        leader.log().reconfigure(LogConfig.DEFAULTS);
        assertEquals(List.of(1L, 3L), fetch(500).offsets());
    }

    @Test
    void anotherLeaderGoesOnWithWhatIsStored() throws IOException {
        start(PRIORITISES);
        append(Compression.GZIP, 1, 9, 1, 9, 6);
        assertEquals(List.of(1L), fetch(1).offsets());
        acknowledge(1, AcknowledgeBatch.ACCEPT);
        assertEquals(List.of(3L), fetch(1).offsets());
        open();
        assertEquals(List.of(3L), fetch(500).offsets());
        acknowledge(3, AcknowledgeBatch.ACCEPT);
        open();
        assertEquals(List.of(4L), fetch(500).offsets());
        assertEquals(List.of(0L, 2L), fetch(500).offsets());
    }

    /** Whatever comes, goes and falls: each record is accepted once, none waits for ever, and nobody is given one while a higher one may be had. */
    @Test
    void everyRecordIsAcceptedOnceAndInItsTurn() throws IOException {
        start(PRIORITISES);
        for (long seed = 0; seed < 30; seed++) {
            run(new Random(seed), "seed " + seed);
        }
    }

    private void run(Random random, String run) {
        TreeMap<Long, Integer> waiting = new TreeMap<>();
        TreeMap<Long, Integer> held = new TreeMap<>();
        int sinceOldest = 0;
        for (int step = 0; step < 120 || !waiting.isEmpty() || !held.isEmpty(); step++) {
            if (step < 120 && random.nextInt(3) == 0) {
                int[] classes = random.ints(1 + random.nextInt(6), -1, 10).toArray();
                for (int i = 0; i < classes.length; i++) {
                    waiting.put(leader.log().logEndOffset() + i, classes[i] < 0 ? QueueHeaders.PRIORITY_USUAL : classes[i]);
                }
                append(random.nextBoolean() ? Compression.NONE : Compression.LZ4, classes);
            }
            if (step < 120 && random.nextInt(25) == 0) {
                open();
                waiting.putAll(held);
                held.clear();
                sinceOldest = 0;
            }
            TestTaker taker = fetch(1 + random.nextInt(4));
            partition.cancel(taker);
            List<Long> given = taker.offsets();
            assertEquals(waiting.isEmpty(), given.isEmpty(), run);
            if (!given.isEmpty()) {
                boolean areHighest = new TreeSet<>(waiting.values()).getLast().equals(waiting.get(given.getFirst()));
                boolean isOldest = waiting.firstKey().equals(given.getFirst());
                sinceOldest = isOldest ? 0 : sinceOldest + 1;
                assertTrue(areHighest || isOldest, run + ", step " + step + ": " + given + " of " + waiting);
                assertTrue(sinceOldest < EVERY, run + ": the oldest waits for ever");
                for (long offset : given) {
                    Integer its = waiting.remove(offset);
                    assertTrue(its != null, run + ": " + offset + " is given out although it is not there to be had");
                    held.put(offset, its);
                }
            }
            for (long offset : List.copyOf(held.keySet())) {
                if (step >= 120 || random.nextInt(2) == 0) {
                    boolean isAccepted = step >= 120 || random.nextInt(3) > 0;
                    acknowledge(offset, isAccepted ? AcknowledgeBatch.ACCEPT : AcknowledgeBatch.RELEASE);
                    Integer its = held.remove(offset);
                    if (!isAccepted) {
                        waiting.put(offset, its);
                    }
                }
            }
        }
        assertEquals(leader.log().logEndOffset(), states.stored.startOffset(), run);
    }

    /** A share coordinator that takes everything, and knows it. */
    private static final class Coordinator implements StateAccess {
        private final StoredStates stored = new StoredStates(0);

        @Override
        public void initialize(ShareKey key, int epoch, long start, Consumer<ErrorCode> answer) {
            throw new AssertionError();
        }

        @Override
        public void read(ShareKey key, int leaderEpoch, Consumer<Stored> answer) {
            answer.accept(new Stored(ErrorCode.NONE, 1, leaderEpoch, stored.startOffset(), 0, stored.batches()));
        }

        @Override
        public void write(ShareKey key, Change change, Consumer<ErrorCode> answer) {
            stored.put(change.startOffset(), change.batches());
            answer.accept(ErrorCode.NONE);
        }

        @Override
        public void delete(ShareKey key, Consumer<ErrorCode> answer) {
            throw new AssertionError();
        }

        @Override
        public void summary(ShareKey key, Consumer<Stored> answer) {
            answer.accept(new Stored(ErrorCode.NONE, 1, 0, stored.startOffset(), 0, List.of()));
        }
    }
}
