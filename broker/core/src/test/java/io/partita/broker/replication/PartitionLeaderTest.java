package io.partita.broker.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Requests;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is acknowledged and shown when flushes come late, fail, or did not happen before the process ended. */
class PartitionLeaderTest {

    private static final LogConfig FSYNC = LogConfig.DEFAULTS.toBuilder().fsyncBeforeAck(true).build();
    private static final LogConfig EVERY_RECORD_LATER = LogConfig.DEFAULTS.toBuilder().flushMessages(1).build();

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Workers workers = tasks::add;
    private final FaultyDisk disk = new FaultyDisk(new Random(1));
    private final List<AppendResult> results = new ArrayList<>();

    private PartitionLeader start(LogConfig config) throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, disk, loop.clock(), workers, new Random(2)::nextLong);
        directory.load(topic -> config, 1);
        LogId id = new LogId("t", 0);
        PartitionLog log = directory.log(id) != null ? directory.log(id) : directory.create(id, new UUID(1, 1), config);
        PartitionLeader leader = new PartitionLeader("t", new UUID(1, 1), 0, loop, workers, log, 0, 1);
        return leader;
    }

    /** Lets workers and the loop do what there is, within reason: returns how many tasks workers had. */
    private int work() {
        int done = 0;
        loop.runTasks();
        while (!tasks.isEmpty() && done < 100) {
            tasks.poll().run();
            loop.runTasks();
            done++;
        }
        return done;
    }

    private void append(PartitionLeader leader, AppendOrigin origin) {
        leader.append(Requests.batch("v"), origin, PartitionLeader.ACKS_ALL, results::add);
    }

    @Test
    void theAckWaitsForTheFlush() throws IOException {
        PartitionLeader leader = start(FSYNC);
        append(leader, AppendOrigin.CLIENT);
        append(leader, AppendOrigin.CLIENT);
        assertEquals(0, results.size());
        assertEquals(0, leader.highWatermark());
        work();
        assertEquals(2, results.size());
        assertEquals(2, leader.highWatermark());
    }

    @Test
    void whatAKilledProcessLeftIsCommittedOnceItIsFlushed() throws IOException {
        // Given records that were written and neither flushed nor acknowledged
        append(start(FSYNC), AppendOrigin.CLIENT);
        tasks.clear();
        disk.crashProcess();
        // When the next process finds them
        PartitionLeader next = start(FSYNC);
        assertEquals(1, next.log().logEndOffset());
        assertEquals(0, next.highWatermark(), "a loss of power may still take it");
        // Then they count when they are on the disk
        work();
        assertEquals(1, next.highWatermark());
        disk.crashMachine();
        assertEquals(1, start(FSYNC).log().logEndOffset());
    }

    @Test
    void whereAcksDoNotMeanFsyncWhatIsThereIsCommitted() throws IOException {
        append(start(LogConfig.DEFAULTS), AppendOrigin.CLIENT);
        tasks.clear();
        disk.crashProcess();
        assertEquals(1, start(LogConfig.DEFAULTS).highWatermark());
    }

    @Test
    void aTransactionThatEndedBeforeTheStartDoesNotHoldReaders() throws IOException {
        for (LogConfig config : List.of(LogConfig.DEFAULTS, FSYNC)) {
            // Given a transaction and its end, not flushed by the time the process dies
            PartitionLeader leader = start(config);
            long begin = leader.log().logEndOffset();
            ByteBuf batch = Unpooled.buffer();
            try (BatchBuilder builder = new BatchBuilder(batch)) {
                builder.producer(7 + begin, (short) 0, RecordBatch.NO_SEQUENCE).transactional().append(1, null, new byte[1]).finish();
            }
            leader.append(batch, AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL, results::add);
            ByteBuf marker = Unpooled.buffer();
            new EndMarker(true, 1).write(marker, 7 + begin, (short) 1, 1);
            leader.append(marker, AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL, results::add);
            tasks.clear();
            disk.crashProcess();
            // When the next process has it, and nobody appends
            PartitionLeader next = start(config);
            work();
            // Then
            next.log().read(0, 100, next.highWatermark(), true).release();
            assertEquals(begin + 2, next.lastStableOffset());
            tasks.clear();
            disk.crashProcess();
        }
    }

    @Test
    void aCoordinatorIsNotToldThatItsLogHasNotWhatItHas() throws IOException {
        // Given a flush that fails
        PartitionLeader leader = start(FSYNC);
        append(leader, AppendOrigin.CLIENT);
        work();
        results.clear();
        append(leader, AppendOrigin.CLIENT);
        append(leader, AppendOrigin.INTERNAL);
        disk.failOperation(0, true);
        work();
        // Then the producer is refused and will repeat itself; the coordinator waits
        assertEquals(1, results.size());
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(AppendResult.Refused.class, results.getFirst()).code());
        // until the disk takes the records, within a second of being asked again
        leader.flushIfTimely();
        work();
        assertEquals(2, results.size());
        assertInstanceOf(AppendResult.Appended.class, results.getLast());
        assertEquals(leader.log().logEndOffset(), leader.highWatermark());
    }

    @Test
    void aFullDiskIsNotAskedAgainAndAgain() throws IOException {
        PartitionLeader leader = start(EVERY_RECORD_LATER);
        append(leader, AppendOrigin.CLIENT);
        disk.leaveSpace(0);
        assertTrue(work() < 10, "flushes follow each other without an end");
        disk.leaveSpace(Long.MAX_VALUE);
        leader.flushIfTimely();
        work();
        loop.clock().advance(61_000);
        leader.flushIfTimely();
        work();
        assertEquals(1, leader.log().flushedEndOffset());
    }

    @Test
    void aDefectInATaskEndsThePartitionForAllWhoWait() throws IOException {
        PartitionLeader leader = start(FSYNC);
        List<Replica> woken = new ArrayList<>();
        append(leader, AppendOrigin.CLIENT);
        append(leader, AppendOrigin.INTERNAL);
        leader.await(0, woken::add);
        // When a task of its own throws
        leader.owner().execute(() -> {
            throw new AssertionError("thrown by the test");
        });
        loop.runTasks();
        // Then all are told, and so is whoever comes
        assertEquals(List.of(ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.KAFKA_STORAGE_ERROR), codes());
        assertEquals(List.of(leader), woken);
        append(leader, AppendOrigin.CLIENT);
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, codes().getLast());
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, leader.ended());
        work();
    }

    @Test
    void anAppendThatThrowsIsAnsweredToo() throws IOException {
        PartitionLeader leader = start(LogConfig.DEFAULTS);
        ByteBuf batch = Requests.batch("v");
        // A batch that says it is longer than its buffer, which an earlier check lets nobody send.
        ByteBuf cut = batch.slice(0, 20);
        leader.append(cut, AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL, results::add);
        assertEquals(List.of(ErrorCode.KAFKA_STORAGE_ERROR), codes());
        assertEquals(0, batch.refCnt());
    }

    @Test
    void whoCannotTakeAnAnswerIsNotThePartitionsFault() throws IOException {
        PartitionLeader leader = start(LogConfig.DEFAULTS);
        leader.append(Requests.batch("v"), AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, result -> {
            throw new AssertionError("thrown by the test");
        });
        append(leader, AppendOrigin.CLIENT);
        assertInstanceOf(AppendResult.Appended.class, results.getLast());
        assertEquals(ErrorCode.NONE, leader.ended());
    }

    @Test
    void aBatchIsGivenBackBeforeItIsFlushed() throws IOException {
        PartitionLeader leader = start(FSYNC);
        ByteBuf batch = Requests.batch("v");
        leader.append(batch, AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, results::add);
        assertEquals(0, batch.refCnt());
        assertEquals(List.of(), results);
        work();
        assertEquals(1, results.size());
    }

    private List<ErrorCode> codes() {
        return results.stream().map(result -> assertInstanceOf(AppendResult.Refused.class, result).code()).toList();
    }

    @Test
    void closingTellsWhoeverWaits() throws IOException {
        PartitionLeader leader = start(FSYNC);
        List<Replica> woken = new ArrayList<>();
        append(leader, AppendOrigin.CLIENT);
        append(leader, AppendOrigin.INTERNAL);
        leader.await(0, woken::add);
        Replica.FetchWaiter cancelled = woken::add;
        leader.await(0, cancelled);
        leader.cancel(cancelled);
        assertEquals(1, leader.waitingCount());
        leader.close();
        assertEquals(List.of(leader), woken);
        assertEquals(2, results.size());
        append(leader, AppendOrigin.CLIENT);
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, assertInstanceOf(AppendResult.Refused.class, results.getLast()).code());
        leader.await(0, woken::add);
        assertEquals(2, woken.size(), "nobody waits at a leader that is gone");
        work();
    }

    /** Work of each kind, done when the test says so. */
    private static final class Kinds implements Workers {
        private final Map<Kind, ArrayDeque<Runnable>> tasks = new EnumMap<>(Kind.class);
        private final ArrayDeque<Runnable> urgent = new ArrayDeque<>();

        @Override
        public Workers of(Kind kind) {
            return tasks.computeIfAbsent(kind, any -> new ArrayDeque<>())::add;
        }

        @Override
        public void execute(Runnable task) {
            urgent.add(task);
        }
    }

    private LogDirectory directory(Workers of) throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, disk, loop.clock(), of, new Random(2)::nextLong);
        directory.load(topic -> FSYNC, 1);
        return directory;
    }

    private PartitionLeader leader(LogDirectory directory, int partition, LogConfig config, Workers of) throws IOException {
        PartitionLog log = directory.create(new LogId("t", partition), new UUID(1, 1), config);
        log.reconfigure(config);
        return new PartitionLeader("t", new UUID(1, 1), partition, loop, of, log, 0, 1);
    }

    @Test
    void anFsyncThatAProducerWaitsForIsNotBehindWorkThatNobodyWaitsFor() throws IOException {
        Kinds kinds = new Kinds();
        LogDirectory directory = directory(kinds);
        LogConfig small = LogConfig.DEFAULTS.toBuilder().segmentBytes(100).retentionMillis(1).flushMillis(1).build();
        // Given partitions that have to be flushed in time, were rolled, and have something to remove
        for (int partition = 1; partition < 20; partition++) {
            PartitionLeader other = leader(directory, partition, small, kinds);
            append(other, AppendOrigin.CLIENT);
            append(other, AppendOrigin.CLIENT);
            other.flushIfTimely();
            loop.clock().advance(10);
            other.flushIfTimely();
            other.expire();
        }
        directory.delete(new LogId("t", 19));
        assertEquals(0, kinds.urgent.size());
        // When a producer waits for an fsync
        results.clear();
        append(leader(directory, 0, FSYNC, kinds), AppendOrigin.CLIENT);
        assertEquals(0, results.size());
        assertEquals(1, kinds.urgent.size());
        kinds.urgent.poll().run();
        loop.runTasks();
        // Then it is answered, with all the other work yet to be done
        assertEquals(1, results.size());
        assertTrue(kinds.tasks.get(Workers.Kind.UPKEEP).size() >= 19 && kinds.tasks.get(Workers.Kind.BACKGROUND_FLUSH).size() >= 19, kinds.tasks.toString());
    }

    @Test
    void appendsWaitInTheirOrderForALogThatIsOpenedByAWorker() throws IOException {
        // Given a log that was closed properly and is not open yet
        LogDirectory first = directory(workers);
        append(leader(first, 0, LogConfig.DEFAULTS, workers), AppendOrigin.CLIENT);
        work();
        first.close();
        PartitionLeader leader = leader(directory(workers), 0, LogConfig.DEFAULTS, workers);
        results.clear();
        // When producers write
        append(leader, AppendOrigin.CLIENT);
        append(leader, AppendOrigin.CLIENT);
        assertEquals(0, results.size());
        assertEquals(false, leader.log().isLoaded());
        work();
        // Then all of it is appended in the order in which it came
        append(leader, AppendOrigin.CLIENT);
        assertEquals(List.of(1L, 2L, 3L), results.stream().map(result -> assertInstanceOf(AppendResult.Appended.class, result).baseOffset()).toList());
    }

    @Test
    void whatElseNeedsTheLogWaitsForAWorkerToOpenItToo() throws IOException {
        LogDirectory first = directory(workers);
        append(leader(first, 0, LogConfig.DEFAULTS, workers), AppendOrigin.CLIENT);
        work();
        first.close();
        PartitionLeader leader = leader(directory(workers), 0, LogConfig.DEFAULTS, workers);
        results.clear();
        // When tasks and appends come by turns, one of which appends itself and one throws
        List<Long> ends = new ArrayList<>();
        append(leader, AppendOrigin.CLIENT);
        leader.whenOpen(failure -> ends.add(leader.log().logEndOffset()));
        leader.whenOpen(failure -> append(leader, AppendOrigin.CLIENT));
        leader.whenOpen(failure -> ends.add(leader.log().logEndOffset()));
        assertEquals(false, leader.log().isLoaded());
        work();
        assertEquals(List.of(2L, 3L), ends);
    }

    @Test
    void whatThrowsWhenTheLogIsOpenLetsNobodyBehindItHang() throws IOException {
        LogDirectory first = directory(workers);
        append(leader(first, 0, LogConfig.DEFAULTS, workers), AppendOrigin.CLIENT);
        work();
        first.close();
        PartitionLeader leader = leader(directory(workers), 0, LogConfig.DEFAULTS, workers);
        results.clear();
        leader.whenOpen(failure -> {
            throw new AssertionError("thrown by the test");
        });
        append(leader, AppendOrigin.CLIENT);
        work();
        assertEquals(List.of(ErrorCode.KAFKA_STORAGE_ERROR), codes());
    }

    @Test
    void appendsAreRefusedWhereTheLogCannotBeOpened() throws IOException {
        LogDirectory first = directory(workers);
        append(leader(first, 0, LogConfig.DEFAULTS, workers), AppendOrigin.CLIENT);
        work();
        first.close();
        PartitionLeader leader = leader(directory(workers), 0, LogConfig.DEFAULTS, workers);
        results.clear();
        append(leader, AppendOrigin.CLIENT);
        disk.failReads(true);
        work();
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(AppendResult.Refused.class, results.getFirst()).code());
        disk.failReads(false);
        append(leader, AppendOrigin.CLIENT);
        work();
        assertEquals(1, assertInstanceOf(AppendResult.Appended.class, results.get(1)).baseOffset());
    }
}
