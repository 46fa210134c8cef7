package io.partita.broker.share;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Requests;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import io.partita.broker.share.state.StateBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A share-partition between the log, those who fetch from it and a share coordinator that answers when the test lets it. */
class SharePartitionTest {

    private static final UUID TOPIC_ID = new UUID(1, 1);
    private static final ShareKey KEY = new ShareKey("g", TOPIC_ID, 0);

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final Workers workers = Runnable::run;
    private final Coordinator coordinator = new Coordinator();
    private final ArrayDeque<Runnable> letters = new ArrayDeque<>();
    private SharePartitionConfig config = SharePartitionConfig.DEFAULTS;
    private final SharePartitions partitions = new SharePartitions(clock, workers, coordinator, (letter, done) -> letters.add(done), () -> id -> config);
    private PartitionLeader leader;
    private SharePartition partition;

    @BeforeEach
    void start() throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, new MemoryDisk(), clock, workers, new Random(1)::nextLong);
        directory.load(topic -> LogConfig.DEFAULTS, 1);
        leader = new PartitionLeader("t", TOPIC_ID, 0, loop, workers, directory.create(new LogId("t", 0), TOPIC_ID, LogConfig.DEFAULTS), 0, 1);
        partition = partitions.of(KEY, leader);
        loop.runTasks();
        partition.entered();
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            leader.append(Requests.batch("value"), AppendOrigin.CLIENT, (short) 1, result -> {});
        }
        loop.runTasks();
    }

    private Fetch await(String member) {
        Fetch fetch = new Fetch(member);
        partition.await(fetch);
        loop.runTasks();
        return fetch;
    }

    private List<ErrorCode> acknowledge(String member, long first, long last, int type) {
        List<ErrorCode> told = new ArrayList<>();
        partition.acknowledge(member, List.of(new AcknowledgeBatch(first, last, new byte[] {(byte) type})), told::add);
        loop.runTasks();
        return told;
    }

    @Test
    void oneRecordWakesOneWhoWaitsTheFirstFirst() {
        Fetch first = await("a");
        Fetch second = await("b");
        append(1);
        assertEquals(0, first.taken.acquired().getFirst().firstOffset());
        assertNull(second.taken);
        append(1);
        assertEquals(1, second.taken.acquired().getFirst().firstOffset());
    }

    @Test
    void whatIsReleasedWakesWhoWaits() {
        append(1);
        await("a");
        Fetch second = await("b");
        assertNull(second.taken);
        acknowledge("a", 0, 0, AcknowledgeBatch.RELEASE);
        assertEquals((short) 2, second.taken.acquired().getFirst().deliveryCount());
    }

    @Test
    void whatIsReleasedIsKeptBackForLongerEachTime() {
        leader.log().reconfigure(new LogConfig.Builder().queue(queue -> queue.withBackoffMillis(100).withBackoffMaxMillis(150)).build());
        append(1);
        await("a");
        Fetch again = await("a");
        for (int time = 2; time <= 4; time++) {
            acknowledge("a", 0, 0, AcknowledgeBatch.RELEASE);
            loop.advance(time == 2 ? 99 : 149);
            assertNull(again.taken);
            loop.advance(1);
            assertEquals((short) time, again.taken.acquired().getFirst().deliveryCount());
            again = await("a");
        }
    }

    @Test
    void whatIsKeptBackHoldsUpNothingElse() {
        leader.log().reconfigure(new LogConfig.Builder().queue(queue -> queue.withBackoffMillis(40_000).withBackoffMaxMillis(40_000)).build());
        append(1);
        await("a");
        acknowledge("a", 0, 0, AcknowledgeBatch.RELEASE);
        append(1);
        assertEquals(1, await("b").taken.acquired().getFirst().firstOffset());
        Fetch waiting = await("b");
        // The lock of the second runs out, and what it is kept back for begins then.
        loop.advance(40_000);
        assertEquals(0, waiting.taken.acquired().getFirst().firstOffset());
        assertEquals(0, coordinator.writes.getLast().startOffset());
    }

    @Test
    void aLockThatRunsOutWakesWhoWaits() {
        append(1);
        await("a");
        Fetch second = await("b");
        loop.advance(SharePartitionConfig.DEFAULTS.lockMillis());
        loop.runTasks();
        assertEquals((short) 2, second.taken.acquired().getFirst().deliveryCount());
        assertEquals(List.of(ErrorCode.INVALID_RECORD_STATE), acknowledge("a", 0, 0, AcknowledgeBatch.ACCEPT));
    }

    @Test
    void membersAreToldWhenItIsStoredAndWhatGathersMeanwhileIsStoredTogether() {
        append(3);
        await("a");
        coordinator.isSilent = true;
        List<ErrorCode> first = acknowledge("a", 0, 0, AcknowledgeBatch.ACCEPT);
        List<ErrorCode> second = acknowledge("a", 1, 1, AcknowledgeBatch.ACCEPT);
        List<ErrorCode> third = acknowledge("a", 2, 2, AcknowledgeBatch.ACCEPT);
        assertTrue(first.isEmpty());
        assertEquals(1, coordinator.writes.size());
        coordinator.answer(ErrorCode.NONE);
        loop.runTasks();
        assertEquals(List.of(ErrorCode.NONE), first);
        assertTrue(second.isEmpty());
        coordinator.answer(ErrorCode.NONE);
        loop.runTasks();
        assertEquals(List.of(ErrorCode.NONE), second);
        assertEquals(List.of(ErrorCode.NONE), third);
        assertEquals(List.of(1L, 3L), coordinator.writes.stream().map(StateAccess.Change::startOffset).toList());
    }

    @Test
    void aCoordinatorThatIsAwayIsAskedAgain() {
        append(1);
        await("a");
        coordinator.code = ErrorCode.NOT_COORDINATOR;
        List<ErrorCode> told = acknowledge("a", 0, 0, AcknowledgeBatch.ACCEPT);
        loop.advance(1_000);
        assertTrue(told.isEmpty());
        coordinator.code = ErrorCode.NONE;
        loop.advance(1_000);
        assertEquals(List.of(ErrorCode.NONE), told);
    }

    @Test
    void ofACoordinatorThatStaysAwayAConsumerIsToldWhatItUnderstands() {
        append(1);
        await("a");
        Fetch waiting = await("b");
        coordinator.code = ErrorCode.COORDINATOR_NOT_AVAILABLE;
        List<ErrorCode> told = acknowledge("a", 0, 0, AcknowledgeBatch.ACCEPT);
        loop.advance(30_000);
        assertEquals(List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER), told);
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, waiting.why);
    }

    @Test
    void whatNoConsumerKnowsOfAFetchIsNotToldToIt() {
        append(1);
        await("a");
        coordinator.code = ErrorCode.INVALID_REQUEST;
        assertEquals(List.of(ErrorCode.UNKNOWN_SERVER_ERROR), acknowledge("a", 0, 0, AcknowledgeBatch.ACCEPT));
    }

    @Test
    void whoIsOfYesterdayTellsEverybodyAndMakesRoom() {
        append(2);
        await("a");
        coordinator.code = ErrorCode.FENCED_STATE_EPOCH;
        Fetch waiting = await("b");
        List<ErrorCode> told = acknowledge("a", 0, 0, AcknowledgeBatch.ACCEPT);
        assertEquals(List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER), told);
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, waiting.why);
        assertNotSame(partition, partitions.of(KEY, leader));
    }

    @Test
    void anEndOfTheLeadershipTellsWhoWaits() {
        Fetch waiting = await("a");
        leader.close();
        loop.runTasks();
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, waiting.why);
        assertEquals(0, partitions.size());
    }

    @Test
    void nothingIsKeptWhenNobodyFetchesAnyMore() {
        append(1);
        await("a");
        coordinator.isSilent = true;
        acknowledge("a", 0, 0, AcknowledgeBatch.ACCEPT);
        partition.left("a");
        assertEquals(1, partitions.size());
        coordinator.answer(ErrorCode.NONE);
        loop.runTasks();
        assertEquals(0, partitions.size());
    }

    @Test
    void itIsKeptUntilItIsKnownThatItsLettersHaveArrived() {
        config = config.withDeadLetterTopic("dlq.t");
        append(1);
        await("a");
        acknowledge("a", 0, 0, AcknowledgeBatch.REJECT);
        partition.left("a");
        assertEquals(1, partitions.size());
        letters.remove().run();
        loop.runTasks();
        assertEquals(1, coordinator.writes.getLast().startOffset());
        assertEquals(0, partitions.size());
    }

    @Test
    void aFetchThatIsAnsweredElsewhereDoesNotKeepWhatItWasGiven() {
        Fetch first = await("a");
        first.isOpen = false;
        Fetch second = await("b");
        append(1);
        assertNull(first.taken);
        assertEquals((short) 1, second.taken.acquired().getFirst().deliveryCount());
    }

    @Test
    void offsetsThatWereAlteredAreNoticedByTheNextWhoComes() {
        append(1);
        assertFalse(partition.isEnded());
        coordinator.stateEpoch++;
        partition.entered();
        loop.runTasks();
        assertTrue(partition.isEnded());
    }

    /** Keeps nothing but what was asked of it. */
    private static final class Coordinator implements StateAccess {
        private final List<Change> writes = new ArrayList<>();
        private final ArrayDeque<Consumer<ErrorCode>> waiting = new ArrayDeque<>();
        private ErrorCode code = ErrorCode.NONE;
        private boolean isSilent;
        private int stateEpoch = 1;

        void answer(ErrorCode given) {
            waiting.remove().accept(given);
        }

        @Override
        public void initialize(ShareKey key, int epoch, long startOffset, Consumer<ErrorCode> answer) {
            throw new AssertionError();
        }

        @Override
        public void read(ShareKey key, int leaderEpoch, Consumer<Stored> answer) {
            answer.accept(new Stored(ErrorCode.NONE, stateEpoch, leaderEpoch, 0, 0, List.<StateBatch>of()));
        }

        @Override
        public void write(ShareKey key, Change change, Consumer<ErrorCode> answer) {
            writes.add(change);
            if (isSilent) {
                waiting.add(answer);
            } else {
                answer.accept(code);
            }
        }

        @Override
        public void delete(ShareKey key, Consumer<ErrorCode> answer) {
            throw new AssertionError();
        }

        @Override
        public void summary(ShareKey key, Consumer<Stored> answer) {
            answer.accept(new Stored(ErrorCode.NONE, stateEpoch, 0, 0, 0, List.of()));
        }
    }

    private static final class Fetch implements Taker {
        private final String member;
        private boolean isOpen = true;
        private Taken taken;
        private ErrorCode why;

        private Fetch(String member) {
            this.member = member;
        }

        @Override
        public String memberId() {
            return member;
        }

        @Override
        public int recordsMax() {
            return 500;
        }

        @Override
        public boolean isStrict() {
            return false;
        }

        @Override
        public int batchSize() {
            return 500;
        }

        @Override
        public int bytesMax() {
            return 1 << 20;
        }

        @Override
        public int bytesMin() {
            return 1;
        }

        @Override
        public boolean isOpen() {
            return isOpen;
        }

        @Override
        public boolean give(SharePartition from, Taken given) {
            taken = given;
            isOpen = false;
            return true;
        }

        @Override
        public void ended(SharePartition from, ErrorCode reason) {
            why = reason;
        }
    }
}
