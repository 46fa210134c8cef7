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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records past their time, in a topic whose share groups do not give such out. */
class ExpiryTest {

    private static final UUID TOPIC_ID = new UUID(1, 1);
    private static final ShareKey KEY = new ShareKey("g", TOPIC_ID, 0);
    private static final LogConfig EXPIRES = new LogConfig.Builder().queue(queue -> queue.withExpires(true)).build();

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final Workers workers = Runnable::run;
    private final SilentStates states = new SilentStates();
    private final SharePartitions partitions = new SharePartitions(clock, workers, states, (letter, done) -> done.run(),
            () -> id -> SharePartitionConfig.DEFAULTS.withDeliveryLimit(1_000));
    private PartitionLeader leader;
    private SharePartition partition;

    @BeforeEach
    void start() throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, new MemoryDisk(), clock, workers, new Random(1)::nextLong);
        directory.load(topic -> EXPIRES, 1);
        leader = new PartitionLeader("t", TOPIC_ID, 0, loop, workers, directory.create(new LogId("t", 0), TOPIC_ID, EXPIRES), 0, 1);
        partition = partitions.of(KEY, leader);
        loop.runTasks();
        partition.entered();
    }

    /** One batch with a record for each of these headers, null for a record without. */
    private void append(Compression compression, String... headers) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).compression(compression)) {
            for (String header : headers) {
                String[] parts = header == null ? null : header.split("=", 2);
                builder.append(clock.wallMillis(), null, new byte[10],
                        parts == null ? List.of() : List.of(new RecordHeader(parts[0], parts[1].getBytes(StandardCharsets.UTF_8))));
            }
            builder.finish();
        }
        leader.append(out, AppendOrigin.CLIENT, (short) 1, result -> assertEquals("Appended", result.getClass().getSimpleName()));
        loop.runTasks();
    }

    private static String after(long millis) {
        return QueueHeaders.EXPIRE_AFTER + "=" + millis;
    }

    private TestTaker fetch(int recordsMax) {
        TestTaker taker = new TestTaker("a", recordsMax);
        partition.await(taker);
        loop.runTasks();
        return taker;
    }

    private List<ErrorCode> acknowledge(long first, long last, int type) {
        List<ErrorCode> told = new ArrayList<>();
        partition.acknowledge("a", List.of(new AcknowledgeBatch(first, last, new byte[] {(byte) type})), told::add);
        loop.runTasks();
        return told;
    }

    @Test
    void recordsPastTheirTimeAreNotGivenOutWhereverTheyAreInABatch() {
        append(Compression.NONE, after(100), null, after(100), after(900), QueueHeaders.EXPIRE_AT + "=" + (clock.wallMillis() + 100), null);
        append(Compression.ZSTD, after(100), after(100));
        append(Compression.GZIP, "other=1", after(100));
        loop.advance(100);
        assertEquals(List.of(1L, 3L, 5L, 8L), fetch(500).offsets());
        assertEquals(6, leader.traffic().recordsExpired());
    }

    @Test
    void theStartMovesWithThemAlthoughNobodyAcknowledges() {
        append(Compression.NONE, after(100), after(100));
        loop.advance(100);
        TestTaker waiting = fetch(500);
        assertNull(waiting.taken);
        assertEquals(2, states.writes.getLast().startOffset());
        assertEquals(2, leader.traffic().recordsExpired());
        append(Compression.NONE, after(100));
        assertEquals(List.of(2L), waiting.offsets());
    }

    @Test
    void whatIsReleasedAfterItsTimeIsNotGivenOutAgain() {
        append(Compression.NONE, after(100), null);
        assertEquals(List.of(0L, 1L), fetch(500).offsets());
        loop.advance(100);
        assertEquals(List.of(ErrorCode.NONE), acknowledge(0, 1, AcknowledgeBatch.RELEASE));
        assertEquals(List.of(1L), fetch(500).offsets());
    }

    @Test
    void whoHasARecordPastItsTimeMayStillAcceptIt() {
        append(Compression.NONE, after(100));
        fetch(500);
        loop.advance(100);
        assertEquals(List.of(ErrorCode.NONE), acknowledge(0, 0, AcknowledgeBatch.ACCEPT));
        assertEquals(0, leader.traffic().recordsExpired());
    }

    @Test
    void theTopicsOwnTimeIsForRecordsThatSayNothing() {
        leader.log().reconfigure(EXPIRES.toBuilder().queue(queue -> queue.withExpiryMillis(50)).build());
        append(Compression.NONE, null, after(900), after(10), QueueHeaders.EXPIRE_AFTER + "=soon");
        loop.advance(50);
        assertEquals(List.of(1L), fetch(500).offsets());
    }

    @Test
    void theLargestNumberThereIsMeansForEver() {
        leader.log().reconfigure(EXPIRES.toBuilder().queue(queue -> queue.withExpiryMillis(Long.MAX_VALUE)).build());
        append(Compression.NONE, (String) null);
        assertEquals(List.of(0L), fetch(500).offsets());
        Retry retry = new Retry(5, 1_000, Long.MAX_VALUE, Long.MAX_VALUE);
        for (int deliveries = 1; deliveries < 100; deliveries++) {
            assertEquals(Long.MAX_VALUE, retry.readyMillis(deliveries));
        }
    }

    @Test
    void withoutTheSettingHeadersAreNotLookedAt() {
        leader.log().reconfigure(LogConfig.DEFAULTS);
        append(Compression.NONE, after(1));
        loop.advance(100);
        assertEquals(List.of(0L), fetch(500).offsets());
    }

    /** Whatever comes and goes: nobody is given a record past its time, and everybody else's record is. */
    @Test
    void everyRecordIsEitherGivenOutInItsTimeOrExpired() {
        for (long seed = 0; seed < 30; seed++) {
            run(new Random(seed), seed);
        }
    }

    private void run(Random random, long seed) {
        String run = "seed " + seed;
        long begin = leader.log().logEndOffset();
        long expiredBefore = leader.traffic().recordsExpired();
        List<Long> times = new ArrayList<>();
        TreeSet<Long> given = new TreeSet<>();
        for (int step = 0; step < 60; step++) {
            if (random.nextInt(3) == 0) {
                String[] headers = new String[1 + random.nextInt(6)];
                for (int i = 0; i < headers.length; i++) {
                    long millis = 1 + random.nextInt(60);
                    boolean isForEver = random.nextInt(3) == 0;
                    headers[i] = isForEver ? null : after(millis);
                    times.add(isForEver ? Long.MAX_VALUE : clock.wallMillis() + millis);
                }
                append(random.nextBoolean() ? Compression.NONE : Compression.LZ4, headers);
            }
            loop.advance(random.nextInt(20));
            TestTaker taker = fetch(1 + random.nextInt(8));
            for (long offset : taker.offsets()) {
                assertTrue(times.get((int) (offset - begin)) > clock.wallMillis(), run + ", offset " + offset);
                boolean isAccepted = random.nextInt(3) > 0;
                acknowledge(offset, offset, isAccepted ? AcknowledgeBatch.ACCEPT : AcknowledgeBatch.RELEASE);
                if (isAccepted) {
                    given.add(offset);
                }
            }
            partition.cancel(taker);
        }
        loop.advance(60);
        for (TestTaker taker = fetch(500); taker.taken != null; taker = fetch(500)) {
            taker.offsets().forEach(offset -> {
                given.add(offset);
                acknowledge(offset, offset, AcknowledgeBatch.ACCEPT);
            });
        }
        assertEquals(times.size(), given.size() + leader.traffic().recordsExpired() - expiredBefore, run);
        for (int i = 0; i < times.size(); i++) {
            assertTrue(given.contains(begin + i) || times.get(i) != Long.MAX_VALUE, run + ", offset " + (begin + i) + " is lost");
        }
        partition.left("a");
        states.startOffset = leader.log().logEndOffset();
        partition = partitions.of(new ShareKey("g" + seed, TOPIC_ID, 0), leader);
        loop.runTasks();
        partition.entered();
    }
}
