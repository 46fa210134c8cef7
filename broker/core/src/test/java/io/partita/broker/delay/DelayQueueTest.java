package io.partita.broker.delay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.CleanerConfig;
import io.partita.broker.log.LogCleaner;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogLimits;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.BatchCheck;
import io.partita.broker.record.Compression;
import io.partita.broker.record.DelayedBatch;
import io.partita.broker.record.QueueHeaders;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordHeader;
import io.partita.broker.record.RecordReader;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records that wait in the log of their partition, as clients come to see them. */
class DelayQueueTest {

    private static final UUID TOPIC_ID = new UUID(1, 1);
    private static final LogConfig DELAYS = new LogConfig.Builder().queue(queue -> queue.withDelays(true)).build();

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    /** Work is done when the test lets it be, which is at once unless it says otherwise. */
    private boolean isSlow;
    private final Workers workers = task -> {
        if (isSlow) {
            work.add(task);
        } else {
            task.run();
        }
    };
    private LogDirectory directory;
    private PartitionLog log;
    private PartitionLeader leader;
    private int epoch;

    @BeforeEach
    void start() throws IOException {
        directory = LogDirectory.open(Path.of("/data"), "cluster", 1, new LogLimits(16, 1_000, 1 << 20), new MemoryDisk(), clock, Runnable::run,
                new Random(1)::nextLong);
        directory.load(topic -> DELAYS, 1);
        log = directory.create(new LogId("t", 0), TOPIC_ID, DELAYS);
        lead();
    }

    private void lead() {
        leader = new PartitionLeader("t", TOPIC_ID, 0, loop, workers, log, epoch++, 1);
        loop.runTasks();
    }

    // ---- producing

    private record Sent(String key, String value, String... headers) {}

    private static ByteBuf batch(Compression codec, long pid, int sequence, long timestamp, Sent... records) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).compression(codec)) {
            if (pid >= 0) {
                builder.producer(pid, (short) 0, sequence);
            }
            for (Sent record : records) {
                List<RecordHeader> headers = new ArrayList<>();
                for (String header : record.headers) {
                    String[] parts = header.split("=", 2);
                    headers.add(new RecordHeader(parts[0], parts.length == 1 ? null : parts[1].getBytes(StandardCharsets.UTF_8)));
                }
                builder.append(timestamp, record.key == null ? null : record.key.getBytes(StandardCharsets.UTF_8),
                        record.value == null ? null : record.value.getBytes(StandardCharsets.UTF_8), headers);
            }
            builder.finish();
        }
        return out;
    }

    /** As a produce request has it done: converted if a record asks for that. */
    private AppendResult send(ByteBuf produced) {
        ByteBuf out = Unpooled.buffer();
        BatchCheck check = DelayedBatch.convert(produced, 0, clock.wallMillis(), 1 << 20, out);
        List<AppendResult> results = new ArrayList<>();
        leader.append(check == null ? produced : out, check == null ? AppendOrigin.CLIENT : AppendOrigin.DELAYED, (short) 1, results::add);
        loop.runTasks();
        return results.getFirst();
    }

    private AppendResult send(Sent... records) {
        return send(batch(Compression.NONE, -1, -1, clock.wallMillis(), records));
    }

    private static Sent after(long millis, String value) {
        return new Sent("key", value, QueueHeaders.DELIVER_AFTER + "=" + millis);
    }

    // ---- consuming

    private record Seen(long offset, long timestamp, String key, String value, List<String> headers) {}

    /** What a client reads that passes over control records. */
    private List<Seen> read() {
        List<Seen> seen = new ArrayList<>();
        long at = log.logStartOffset();
        while (at < log.logEndOffset()) {
            LogSlice slice = log.read(at, 1 << 20, log.logEndOffset(), true);
            ByteBuf buffer = Unpooled.buffer();
            try {
                slice.copyTo(buffer);
            } catch (IOException e) {
                throw new AssertionError(e);
            } finally {
                slice.release();
            }
            RecordReader reader = new RecordReader(1 << 20);
            // The last one may be cut off.
            for (int i = 0; buffer.writerIndex() - i >= RecordBatch.HEADER_BYTES
                    && RecordBatch.sizeInBytes(buffer, i) <= buffer.writerIndex() - i; i += RecordBatch
                            .sizeInBytes(buffer, i)) {
                at = RecordBatch.lastOffset(buffer, i) + 1;
                if (RecordBatch.isControl(buffer, i)) {
                    continue;
                }
                reader.open(buffer, i);
                while (reader.next()) {
                    seen.add(new Seen(reader.offset(), reader.timestamp(), text(reader.key()), text(reader.value()),
                            reader.headers().stream().map(header -> header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8)).toList()));
                }
            }
        }
        return seen;
    }

    private static String text(ByteBuf bytes) {
        return bytes == null ? null : bytes.toString(StandardCharsets.UTF_8);
    }

    private List<String> values() {
        return read().stream().map(Seen::value).toList();
    }

    @Test
    void recordsAreShownWhenTheyAreDueInThatOrder() {
        send(after(300, "c"), after(100, "a"));
        send(after(200, "b"));
        send(new Sent(null, "now"));
        assertEquals(List.of("now"), values());
        loop.advance(99);
        assertEquals(List.of("now"), values());
        loop.advance(1);
        assertEquals(List.of("now", "a"), values());
        loop.advance(100);
        loop.advance(100);
        assertEquals(List.of("now", "a", "b", "c"), values());
        assertEquals(0, leader.delayedCount());
    }

    @Test
    void aRecordComesAsItWasSentWithWhereAndWhenItWaited() {
        long sent = clock.wallMillis();
        send(batch(Compression.ZSTD, -1, -1, sent, new Sent("k", null, "mine=1", QueueHeaders.DELIVER_AT + "=" + (sent + 50), "yours=2")));
        loop.advance(50);
        assertEquals(List.of(new Seen(1, sent + 50, "k", null, List.of("mine=1", "yours=2", "partita.delayed.offset=0", "partita.delayed.timestamp=" + sent))),
                read());
    }

    @Test
    void recordsThatAskForNothingAreShownAtOnceAlthoughOthersOfTheirBatchWait() {
        send(new Sent(null, "a"), after(100, "later"), new Sent(null, "b"));
        send(new Sent(null, "c"));
        assertEquals(List.of("a", "b", "c"), values());
        loop.advance(100);
        assertEquals(List.of("a", "b", "c", "later"), values());
    }

    @Test
    void recordsThatAskForNothingKeepTheirTimeWhateverElseIsInTheirBatch() {
        send(batch(Compression.GZIP, -1, -1, 7, new Sent("k", "a", "mine=1"), after(100, "later")));
        assertEquals(List.of(new Seen(2, 7, "k", "a", List.of("mine=1", "partita.delayed.offset=0"))), read());
    }

    @Test
    void aHeaderWithoutAValueIsOne() {
        send(new Sent("k", "1", QueueHeaders.DELIVER_AFTER + "=100"));
        send(new Sent("k", null, QueueHeaders.DELIVER_CANCEL));
        loop.advance(100);
        assertEquals(List.of(), values());
        assertTrue(refusal(batch(Compression.NONE, -1, -1, 1, new Sent("k", "a", QueueHeaders.DELIVER_AFTER))).contains("decimal"));
    }

    @Test
    void aRecordIsCancelledByItsKey() {
        send(new Sent("k", "1", QueueHeaders.DELIVER_AFTER + "=100"), new Sent("other", "2", QueueHeaders.DELIVER_AFTER + "=100"));
        send(new Sent("k", "3", QueueHeaders.DELIVER_AFTER + "=50"));
        send(new Sent("k", null, QueueHeaders.DELIVER_CANCEL + "="));
        send(new Sent("k", "4", QueueHeaders.DELIVER_AFTER + "=70"));
        loop.advance(100);
        assertEquals(List.of("4", "2"), values());
    }

    @Test
    void whatIsCancelledWhileItIsReadIsNotShown() {
        send(after(100, "a"), new Sent("other", "b", QueueHeaders.DELIVER_AFTER + "=100"));
        isSlow = true;
        loop.advance(100);
        assertEquals(1, work.size());
        send(new Sent("key", null, QueueHeaders.DELIVER_CANCEL + "="));
        isSlow = false;
        work.remove().run();
        loop.runTasks();
        assertEquals(List.of("b"), values());
    }

    @Test
    void aRepetitionOfABatchIsOne() {
        assertInstanceOf(AppendResult.Appended.class, send(batch(Compression.NONE, 7, 0, 1, after(100, "a"), new Sent(null, "b"))));
        assertInstanceOf(AppendResult.Duplicate.class, send(batch(Compression.NONE, 7, 0, 1, after(100, "a"), new Sent(null, "b"))));
        assertInstanceOf(AppendResult.Appended.class, send(batch(Compression.NONE, 7, 2, 1, new Sent(null, "c"))));
        assertInstanceOf(AppendResult.Refused.class, send(batch(Compression.NONE, 7, 9, 1, after(100, "d"))));
        loop.advance(100);
        assertEquals(List.of("b", "c", "a"), values());
    }

    @Test
    void whoeverLeadsNextDeliversTheRest() {
        send(after(100, "a"), after(200, "b"), new Sent("k", "c", QueueHeaders.DELIVER_AFTER + "=300"));
        loop.advance(100);
        leader.close();
        loop.advance(200);
        lead();
        loop.advance(1);
        send(new Sent("k", null, QueueHeaders.DELIVER_CANCEL + "="));
        send(after(50, "d"));
        loop.advance(50);
        assertEquals(List.of("a", "b", "c", "d"), values());
    }

    @Test
    void retentionTakesNothingThatWaits() throws IOException {
        log.reconfigure(DELAYS.toBuilder().retentionMillis(1_000).build());
        send(after(10_000, "a"));
        log.roll();
        send(new Sent(null, "b"));
        log.roll();
        loop.advance(5_000);
        leader.expire();
        loop.runTasks();
        assertEquals(0, log.logStartOffset());
        loop.advance(5_000);
        assertEquals(List.of("b", "a"), values());
        leader.expire();
        loop.runTasks();
        assertEquals(List.of("a"), values());
    }

    @Test
    void recordsThatDeleteRecordsTookAreNotDelivered() throws IOException {
        send(after(100, "a"));
        send(after(100, "b"));
        leader.deleteRecordsBefore(1);
        loop.advance(100);
        assertEquals(List.of("b"), values());
        assertEquals(0, leader.delayedCount());
    }

    @Test
    void noMoreWaitThanMay() {
        log.reconfigure(DELAYS.toBuilder().queue(queue -> queue.withDelayedMax(2)).build());
        send(after(100, "a"), after(100, "b"));
        assertEquals(ErrorCode.POLICY_VIOLATION, assertInstanceOf(AppendResult.Refused.class, send(after(100, "c"))).code());
        loop.advance(100);
        assertInstanceOf(AppendResult.Appended.class, send(after(100, "d")));
    }

    @Test
    void allThatWaitInABrokerTakeNoMoreMemoryThanThereIsForThem() throws IOException {
        // Given a partition that has as many as may wait
        AppendResult result;
        int sent = 0;
        do {
            result = send(many(100));
            sent += 500;
        } while (result instanceof AppendResult.Appended);
        AppendResult.Refused refused = assertInstanceOf(AppendResult.Refused.class, result);
        assertEquals(ErrorCode.POLICY_VIOLATION, refused.code());
        assertTrue(refused.reason().contains("memory"), refused.reason());
        // Then there is no room for those of others
        PartitionLeader full = leader;
        PartitionLog fullLog = log;
        log = directory.create(new LogId("t", 1), TOPIC_ID, DELAYS);
        lead();
        assertEquals(ErrorCode.POLICY_VIOLATION, assertInstanceOf(AppendResult.Refused.class, send(after(100, "a"))).code());
        // and there is when it is led by another broker
        full.close();
        assertInstanceOf(AppendResult.Appended.class, send(after(100, "a")));
        loop.advance(100);
        assertEquals(List.of("a"), values());
        // When it is led here again, and there is no memory
        long rest = log.delayed().maxBytes() - log.delayed().usedBytes();
        log.delayed().take(rest);
        log = fullLog;
        lead();
        loop.advance(5_000);
        assertEquals(List.of(), values());
        // Then they are delivered when there is
        log.delayed().give(rest);
        loop.advance(2_000);
        assertEquals(sent - 500, values().size());
        assertEquals(0, log.delayed().usedBytes());
    }

    private static Sent[] many(long millis) {
        Sent[] records = new Sent[500];
        for (int i = 0; i < records.length; i++) {
            records[i] = after(millis, "v");
        }
        return records;
    }

    @Test
    void nothingIsDeliveredWhileTheTopicDoesNotDelay() {
        send(after(100, "a"));
        log.reconfigure(LogConfig.DEFAULTS);
        loop.advance(5_000);
        assertEquals(List.of(), values());
        log.reconfigure(DELAYS);
        loop.advance(2_000);
        assertEquals(List.of("a"), values());
    }

    @Test
    void whatWasDeliveredDoesNotComeAgainAfterTheLogWasCompacted() throws IOException {
        send(after(100, "a"));
        send(new Sent(null, "b", QueueHeaders.DELIVER_AFTER + "=100"));
        loop.advance(1_000);
        send(after(60_000, "c"));
        assertEquals(List.of("a", "b"), values());

        log.reconfigure(DELAYS.toBuilder().queue(queue -> queue.withDelays(false)).compact(true).delete(false).minCleanableDirtyRatio(0.01).build());
        send(new Sent("key", "d"));
        log.roll();
        send(new Sent("other", "e"));
        compact();
        log.reconfigure(DELAYS);
        leader.close();
        lead();
        loop.advance(1_000);

        assertEquals(List.of("a", "b", "d", "e"), values());
        loop.advance(60_000);
        assertEquals(List.of("a", "b", "d", "e", "c"), values());
    }

    private void compact() {
        ArrayDeque<Runnable> steps = new ArrayDeque<>();
        LogCleaner cleaner = new LogCleaner(CleanerConfig.DEFAULTS, steps::add, clock, new Random(1)::nextLong);
        cleaner.check(List.of(new LogCleaner.Candidate(log, Runnable::run, log::logEndOffset)));
        while (!steps.isEmpty()) {
            steps.poll().run();
        }
        assertEquals(1, cleaner.metrics().rounds());
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        assertTrue(refusal(batch(Compression.NONE, -1, -1, 1, new Sent(null, "a", QueueHeaders.DELIVER_AFTER + "=soon"))).contains("decimal"));
        assertTrue(refusal(batch(Compression.NONE, -1, -1, 1, new Sent(null, "a", QueueHeaders.DELIVER_CANCEL + "="))).contains("needs a key"));
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).producer(1, (short) 0, 0).transactional()) {
            builder.append(1, null, new byte[1], List.of(new RecordHeader(QueueHeaders.DELIVER_AT, new byte[] {'1'})));
            builder.finish();
        }
        assertTrue(refusal(out).contains("transaction"));
    }

    private static String refusal(ByteBuf batch) {
        return assertInstanceOf(BatchCheck.Invalid.class, DelayedBatch.convert(batch, 0, 0, 1 << 20, Unpooled.buffer())).reason();
    }

    @Test
    void largeRecordsAndLargeBatchesAreDeliveredWhole() {
        Sent[] records = new Sent[40];
        for (int i = 0; i < records.length; i++) {
            records[i] = new Sent("k" + i, Integer.toString(i % 10).repeat(i * 2_000 + 1), QueueHeaders.DELIVER_AFTER + "=" + (100 + i % 3));
        }
        send(records);
        loop.advance(200);
        List<Seen> seen = read();
        assertEquals(records.length, seen.size());
        for (Seen one : seen) {
            assertEquals(records[Integer.parseInt(one.key.substring(1))].value, one.value);
        }
    }

    /**
     * Leaders that come and go, each of which may lack the end of the log that was not committed; clocks that run; records that are cancelled; reads that are slow. What was committed is
     * shown once, not before it is due, unless it was cancelled.
     */
    @Test
    void whateverIsCommittedIsShownOnceAndNotTooEarly() throws IOException {
        for (long seed = 0; seed < 60; seed++) {
            start();
            run(new Random(seed), "seed " + seed);
        }
    }

    private record Wanted(long offset, String key, long due) {}

    private void run(Random random, String run) throws IOException {
        TreeMap<String, Wanted> wanted = new TreeMap<>();
        TreeMap<Long, String> cancels = new TreeMap<>();
        isSlow = true;
        long committed = 0;
        int next = 0;
        for (int step = 0; step < 150; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    Sent[] records = new Sent[1 + random.nextInt(5)];
                    long[] due = new long[records.length];
                    for (int i = 0; i < records.length; i++) {
                        String key = "k" + random.nextInt(12);
                        long millis = random.nextInt(100);
                        due[i] = random.nextInt(3) == 0 ? 0 : clock.wallMillis() + millis;
                        boolean cancelling = random.nextInt(15) == 0;
                        records[i] = cancelling
                                ? new Sent(key, null, QueueHeaders.DELIVER_CANCEL + "=1")
                                : due[i] == 0
                                        ? new Sent(key, "v" + next++)
                                        : new Sent(key, "v" + next++, QueueHeaders.DELIVER_AFTER + "=" + millis);
                    }
                    if (send(records) instanceof AppendResult.Appended appended) {
                        for (int i = 0; i < records.length; i++) {
                            if (records[i].value == null) {
                                cancels.put(appended.baseOffset() + i, records[i].key);
                            } else {
                                wanted.put(records[i].value, new Wanted(appended.baseOffset() + i, records[i].key, due[i]));
                            }
                        }
                    }
                }
                case 3, 4 -> loop.advance(random.nextInt(40));
                case 5 -> {
                    for (int i = random.nextInt(3); i > 0 && !work.isEmpty(); i--) {
                        work.remove().run();
                        loop.runTasks();
                    }
                }
                case 6 -> committed = log.logEndOffset();
                default -> {
                    if (random.nextInt(3) == 0) {
                        // The next leader has what was committed, and as much more as it happens to have.
                        leader.close();
                        loop.runTasks();
                        long end = log.truncateTo(committed + random.nextInt((int) (log.logEndOffset() - committed) + 1));
                        wanted.values().removeIf(one -> one.offset >= end);
                        cancels.tailMap(end).clear();
                        committed = Math.min(committed, end);
                        lead();
                    }
                }
            }
        }
        isSlow = false;
        for (int i = 0; i < 20; i++) {
            while (!work.isEmpty()) {
                work.remove().run();
                loop.runTasks();
            }
            loop.advance(1_000);
        }
        Set<String> shown = new TreeSet<>();
        for (Seen seen : read()) {
            assertTrue(shown.add(seen.value), run + ": " + seen.value + " is shown twice");
            assertTrue(wanted.containsKey(seen.value), run + ": " + seen.value + " was lost and is shown");
            assertTrue(seen.timestamp >= wanted.get(seen.value).due, run + ": " + seen.value + " is shown too early");
        }
        wanted.forEach((value, one) -> {
            boolean isCancelled = cancels.tailMap(one.offset).containsValue(one.key);
            assertTrue(shown.contains(value) || isCancelled, run + ": " + value + " is lost");
        });
        assertEquals(0, leader.delayedCount(), run);
    }
}
