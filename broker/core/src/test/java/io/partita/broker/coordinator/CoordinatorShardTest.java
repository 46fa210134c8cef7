package io.partita.broker.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.record.BatchBuilder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A coordinator whose state is a map of strings. */
class CoordinatorShardTest {

    private static final long TIMEOUT = 5_000;

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final TestCoordinatorLog log = new TestCoordinatorLog(loop);
    private final Map<String, String> state = new TreeMap<>();
    private final List<String> events = new ArrayList<>();
    private CoordinatorShard<Map.Entry<String, String>> shard = newShard();
    private long lastPlace = -1;

    private CoordinatorShard<Map.Entry<String, String>> newShard() {
        return new CoordinatorShard<>("test-0", loop, loop.clock(), log, new Format(), new Machine(), TIMEOUT, () -> events.add("closed"));
    }

    private final class Machine implements StateMachine<Map.Entry<String, String>> {
        @Override
        public void apply(Map.Entry<String, String> record, long place, Producer producer) {
            assertTrue(place > lastPlace, "place " + place + " after " + lastPlace);
            lastPlace = place;
            if (producer != null) {
                events.add(record.getKey() + " in the transaction of " + producer.id());
                return;
            }
            if (record.getValue() == null) {
                state.remove(record.getKey());
            } else {
                state.put(record.getKey(), record.getValue());
            }
        }

        @Override
        public void transactionEnded(Producer producer, boolean committed, long place) {
            assertTrue(place > lastPlace, "place " + place + " after " + lastPlace);
            lastPlace = place;
            events.add("transaction of " + producer.id() + (committed ? " committed" : " aborted"));
        }

        @Override
        public void loaded() {
            events.add("loaded");
        }
    }

    private static final class Format implements RecordFormat<Map.Entry<String, String>> {
        @Override
        public void writeKey(Map.Entry<String, String> record, ByteBuf out) {
            if (record.getKey().equals("unwritable")) {
                throw new IllegalArgumentException("no format for that");
            }
            out.writeCharSequence(record.getKey(), StandardCharsets.UTF_8);
        }

        @Override
        public boolean writeValue(Map.Entry<String, String> record, ByteBuf out) {
            if (record.getValue() == null) {
                return false;
            }
            out.writeCharSequence(record.getValue(), StandardCharsets.UTF_8);
            return true;
        }

        @Override
        public Map.Entry<String, String> read(ByteBuf key, ByteBuf value) {
            String name = key.toString(StandardCharsets.UTF_8);
            if (name.startsWith("malformed")) {
                throw new MalformedMessageException("as the test wants it");
            }
            return name.startsWith("foreign") ? null : entry(name, value == null ? null : value.toString(StandardCharsets.UTF_8));
        }
    }

    private static Map.Entry<String, String> entry(String key, String value) {
        return new SimpleImmutableEntry<>(key, value);
    }

    private void load() {
        shard.load();
        loop.runTasks();
    }

    /** Another shard over the same log, as after a failed append or a restart. */
    private void reload() {
        state.clear();
        lastPlace = -1;
        shard = newShard();
        load();
    }

    private void write(String name, String... keys) {
        shard.write(records(name, keys), outcome(name));
    }

    private static List<Map.Entry<String, String>> records(String name, String... keys) {
        var records = new ArrayList<Map.Entry<String, String>>();
        for (String key : keys) {
            records.add(entry(key, "of " + name));
        }
        return records;
    }

    private WriteOutcome outcome(String name) {
        return new WriteOutcome() {
            @Override
            public void committed() {
                events.add(name + " committed with " + state.keySet());
            }

            @Override
            public void failed(ErrorCode code) {
                events.add(name + " " + code);
            }
        };
    }

    private void delete(String key) {
        shard.write(List.of(entry(key, null)), new WriteOutcome() {
            @Override
            public void committed() {}

            @Override
            public void failed(ErrorCode code) {}
        });
    }

    @Test
    void writesOfOneTurnShareABatchAndTakeEffectInOrder() {
        // Given
        load();

        // When
        write("first", "a", "b");
        write("second", "c");
        assertEquals(List.of("a", "b", "c"), List.copyOf(state.keySet()), "applied with the append");
        assertEquals(List.of("loaded"), events, "answered with the commit");
        loop.runTasks();
        write("third", "d");
        loop.runTasks();

        // Then
        assertEquals(List.of(3, 1), log.committedRecordCounts());
        assertEquals(List.of("loaded", "first committed with [a, b, c]", "second committed with [a, b, c]", "third committed with [a, b, c, d]"), events);
    }

    @Test
    void aReplayGivesTheSameState() {
        // Given
        load();
        write("first", "a", "b");
        loop.runTasks();
        delete("a");
        loop.runTasks();
        var before = new TreeMap<>(state);

        // When
        reload();

        // Then
        assertEquals(before, state);
        assertEquals(Map.of("b", "of first"), state);
    }

    @Test
    void clientsWaitWhileTheLogIsReadEvenIfThatTakesSeveralTries() {
        // Given
        log.replayFailsWith("bad disk");
        load();
        assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, shard.availability());

        // When
        loop.advance(1_000);
        assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, shard.availability());
        log.replayFailsWith(null);
        loop.advance(1_000);

        // Then
        assertEquals(ErrorCode.NONE, shard.availability());
        assertEquals(List.of("loaded"), events);
    }

    @Test
    void aShardClosedWhileLoadingStaysClosed() {
        // Given
        log.pauseReplay();
        load();

        // When
        shard.close();
        log.resumeReplay();
        loop.runTasks();

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, shard.availability());
        assertEquals(List.of(), events);
    }

    @Test
    void aWriteThatDoesNotFitBesideOthersHasABatchOfItsOwn() {
        // Given
        load();
        log.maxBatchBytes(200);

        // When: each takes some 100 bytes.
        write("first", "a".repeat(80));
        write("second", "b".repeat(80));
        loop.runTasks();

        // Then
        assertEquals(List.of(1, 1), log.committedRecordCounts());
    }

    @Test
    void aWriteLargerThanABatchIsSpreadAndDoneWhenAllOfItIs() {
        // Given
        load();
        log.maxBatchBytes(200);
        log.commitsAtOnce(false);

        // When
        write("large", "a".repeat(80), "b".repeat(80), "c".repeat(80));
        loop.runTasks();
        assertEquals(3, log.uncommittedCount());
        log.commitOne();
        log.commitOne();
        assertEquals(List.of("loaded"), events);
        assertEquals(3, state.size());
        log.commitOne();

        // Then
        assertEquals(2, events.size());
    }

    @Test
    void aWriteSpreadOverBatchesThatTheLogCommitsWhileTheyAreAppendedIsAnsweredOnce() {
        // Given
        load();
        log.maxBatchBytes(200);
        log.commitsWithinAppend();

        // When
        write("large", "a".repeat(80), "b".repeat(80), "c".repeat(80));
        assertEquals(List.of("loaded"), events, "the last batch is still open");
        loop.runTasks();

        // Then
        assertEquals(2, events.size());
        assertEquals(3, log.committedCount());
    }

    @Test
    void aRecordLargerThanABatchFailsOnlyItsOwnWrite() {
        // Given
        load();
        log.maxBatchBytes(200);

        // When
        write("huge", "b", "a".repeat(1_000));
        write("next", "c");
        loop.runTasks();

        // Then
        assertEquals(List.of("loaded", "huge UNKNOWN_SERVER_ERROR", "next committed with [c]"), events);
        assertEquals(List.of("c"), List.copyOf(state.keySet()));
    }

    @Test
    void twoWritesOfOneRoundTripDoNotBothStartFromTheOldState() {
        // Given
        load();
        log.commitsAtOnce(false);
        write("first", "a");
        loop.runTasks();

        // When
        assertEquals(Map.of("a", "of first"), state, "the second request sees what the first wrote");
        write("second", "b");
        loop.runTasks();
        log.commitAll();

        // Then
        assertEquals(List.of("loaded", "first committed with [a, b]", "second committed with [a, b]"), events);
    }

    @Test
    void aFailedAppendEndsTheShardAndAnotherOneLoadsWhatTheLogHas() {
        // Given
        load();
        write("kept", "a");
        loop.runTasks();
        log.commitsAtOnce(false);
        write("on its way", "b");
        loop.runTasks();

        // When
        log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);
        write("refused", "c");
        write("beside it", "d");
        loop.runTasks();
        write("later", "e");
        loop.runTasks();

        // Then
        assertEquals(List.of("loaded", "kept committed with [a]", "refused NOT_COORDINATOR", "beside it NOT_COORDINATOR", "on its way NOT_COORDINATOR",
                "closed", "later NOT_COORDINATOR"), events);
        assertEquals(ErrorCode.NOT_COORDINATOR, shard.availability());

        // When: what was on its way gets there after all.
        log.commitAll();
        log.failsWith(null);
        reload();

        // Then
        assertEquals(List.of("a", "b"), List.copyOf(state.keySet()));
        assertEquals(7 + 1, events.size(), events.toString());
    }

    @Test
    void whoIsToldOfAFailureAndAsksAgainIsNotServedFromTheStateThatIsLost() {
        // Given
        load();
        log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);

        // When
        shard.write(records("first", "a"), new WriteOutcome() {
            @Override
            public void committed() {
                events.add("committed");
            }

            @Override
            public void failed(ErrorCode code) {
                events.add("first " + code + " " + shard.availability());
                shard.write(List.of(), outcome("what is read"));
            }
        });
        loop.runTasks();

        // Then
        assertEquals(List.of("loaded", "first NOT_COORDINATOR NOT_COORDINATOR", "closed", "what is read NOT_COORDINATOR"), events);
    }

    @Test
    void whoWaitsForAWriteThatTakesTooLongIsToldSoItselfAfterAWhile() {
        // Given
        load();
        log.commitsAtOnce(false);
        write("first", "a");
        loop.advance(TIMEOUT);

        // When
        write("what is read");
        loop.advance(TIMEOUT - 1);
        assertEquals("first COORDINATOR_NOT_AVAILABLE", events.getLast());
        loop.advance(1);

        // Then
        assertEquals("what is read COORDINATOR_NOT_AVAILABLE", events.getLast());
    }

    @Test
    void recordsOfATransactionAndItsEndAreKeptApartAlsoInAReplay() {
        // Given
        load();
        var producer = new Producer(7, (short) 3);

        // When
        write("before", "a");
        shard.writeTransactional(producer, records("inside", "b", "c"), outcome("inside"));
        write("beside", "d");
        shard.endTransaction(producer, true, 5, outcome("end"));
        shard.endTransaction(new Producer(8, (short) 0), false, 5, outcome("other end"));
        write("after", "e");
        loop.runTasks();

        // Then
        var inside = List.of("b in the transaction of 7", "c in the transaction of 7", "transaction of 7 committed", "transaction of 8 aborted");
        assertEquals(inside, events.stream().filter(event -> event.contains("transaction")).toList());
        assertEquals(List.of("a", "d", "e"), List.copyOf(state.keySet()));
        assertEquals(List.of(1, 2, 1, 1, 1, 1), log.committedRecordCounts());
        assertEquals(6, events.stream().filter(event -> event.contains(" committed with")).count(), events.toString());

        // When
        events.clear();
        reload();

        // Then
        assertEquals(inside, events.stream().filter(event -> event.contains("transaction")).toList());
        assertEquals(List.of("a", "d", "e"), List.copyOf(state.keySet()));
    }

    @Test
    void aRecordWithoutAFormatFailsOnlyItsOwnWrite() {
        // Given
        load();

        // When
        write("first", "a");
        write("broken", "b", "unwritable");
        write("third", "c");
        loop.runTasks();

        // Then
        assertEquals(List.of("a", "c"), List.copyOf(state.keySet()));
        assertTrue(events.contains("broken UNKNOWN_SERVER_ERROR"));
    }

    @Test
    void failuresAreTranslatedForClients() {
        load();
        var told = Map.of(ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR, ErrorCode.KAFKA_STORAGE_ERROR,
                ErrorCode.NOT_COORDINATOR, ErrorCode.RECORD_LIST_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.INVALID_CONFIG,
                ErrorCode.INVALID_CONFIG);
        told.forEach((failure, client) -> {
            log.failsWith(failure);
            write("write", "a");
            loop.runTasks();
            assertEquals(List.of("write " + client, "closed"), events.subList(events.size() - 2, events.size()));
            reload();
            assertTrue(state.isEmpty());
        });
    }

    @Test
    void writesThatTakeTooLongAreAnsweredOnceAndMayStillTakeEffect() {
        // Given
        load();
        log.commitsAtOnce(false);
        write("first", "a");
        loop.advance(TIMEOUT - 1_000);
        write("second", "b");
        loop.runTasks();

        // When
        loop.advance(1_000);

        // Then
        assertEquals(List.of("loaded", "first COORDINATOR_NOT_AVAILABLE"), events);

        // When
        loop.advance(TIMEOUT);
        assertEquals(List.of("loaded", "first COORDINATOR_NOT_AVAILABLE", "second COORDINATOR_NOT_AVAILABLE"), events);
        write("third", "c");
        loop.runTasks();
        log.commitAll();

        // Then
        assertEquals("third committed with [a, b, c]", events.getLast());
        assertEquals(4, events.size());
        loop.advance(10 * TIMEOUT);
        assertEquals(0, loop.timerCount());
    }

    @Test
    void aWriteWithoutRecordsWaitsForThoseBeforeIt() {
        // Given
        load();
        write("at once");
        assertEquals("at once committed with []", events.getLast());
        log.commitsAtOnce(false);

        // When
        write("first", "a");
        write("behind the open batch");
        loop.runTasks();
        write("behind the appended batch");
        loop.runTasks();
        assertEquals(2, events.size());
        log.commitAll();

        // Then
        assertEquals(List.of("first committed with [a]", "behind the open batch committed with [a]", "behind the appended batch committed with [a]"),
                events.subList(2, 5));
    }

    @Test
    void closingAnswersEverybodyAndLeavesNothingRunning() {
        // Given
        load();
        log.commitsAtOnce(false);
        write("appended", "a");
        loop.runTasks();
        write("open", "b");

        // When
        shard.close();
        shard.close();
        write("late", "c");
        loop.runTasks();
        log.commitAll();

        // Then
        assertEquals(List.of("loaded", "appended NOT_COORDINATOR", "open NOT_COORDINATOR", "late NOT_COORDINATOR"), events);
        loop.advance(10 * TIMEOUT);
        assertEquals(0, loop.timerCount());
    }

    @Test
    void whatCannotBeReadIsPassedOver() {
        // Given: records of other kinds, markers, damaged records, a transaction, and a batch that is broken off.
        log.prefill(List.of(
                batch(builder -> builder, "a", "foreign b", "malformed c", "d"),
                batch(BatchBuilder::control, "marker"),
                batch(builder -> builder.producer(1, (short) 0, 0).transactional(), "transactional"),
                batch(builder -> builder, "e")));
        byte[] damaged = batch(builder -> builder, "f", "g");
        damaged[damaged.length - 8] = 77;
        log.prefill(List.of(damaged, new byte[] {0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 1, 0}));

        // When
        load();

        // Then
        assertEquals(ErrorCode.NONE, shard.availability());
        assertTrue(state.keySet().containsAll(List.of("a", "d", "e")), state.toString());
        assertTrue(!state.containsKey("marker") && !state.containsKey("transactional") && !state.containsKey("foreign b"), state.toString());
    }

    private static byte[] batch(UnaryOperator<BatchBuilder> settings, String... keys) {
        var out = Unpooled.buffer();
        var builder = settings.apply(new BatchBuilder(out));
        for (String key : keys) {
            builder.append(0, key.getBytes(StandardCharsets.UTF_8), new byte[] {'v'});
        }
        builder.finish();
        return ByteBufUtil.getBytes(out);
    }
}
