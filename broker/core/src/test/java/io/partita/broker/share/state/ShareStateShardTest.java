package io.partita.broker.share.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The share coordinator: what is stored is there for the next one, and whoever is of yesterday is told. */
class ShareStateShardTest {

    private static final ShareKey KEY = new ShareKey("g", new UUID(1, 2), 0);

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final TestCoordinatorLog log = new TestCoordinatorLog(loop);
    private ShareStateShard shard;

    @BeforeEach
    void start() {
        shard = new ShareStateShard("__share_group_state-0", loop, clock, new ShareStateConfig(5, 5_000, 300_000), log, this::start, defect -> {
            throw new AssertionError(defect);
        });
        shard.load();
        loop.runTasks();
    }

    private <T> T only(List<T> answers) {
        loop.runTasks();
        assertEquals(1, answers.size());
        return answers.getFirst();
    }

    private ErrorCode initialize(int stateEpoch, long startOffset) {
        List<ErrorCode> answers = new ArrayList<>();
        shard.initialize(KEY, stateEpoch, startOffset, answers::add);
        return only(answers);
    }

    private StateAccess.Stored read(int leaderEpoch) {
        List<StateAccess.Stored> answers = new ArrayList<>();
        shard.read(KEY, leaderEpoch, answers::add);
        return only(answers);
    }

    private ErrorCode write(int stateEpoch, int leaderEpoch, long startOffset, StateBatch... batches) {
        List<ErrorCode> answers = new ArrayList<>();
        shard.write(KEY, new StateAccess.Change(stateEpoch, leaderEpoch, startOffset, 0, List.of(batches)), answers::add);
        return only(answers);
    }

    private static StateBatch batch(long first, long last, byte state, int count) {
        return new StateBatch(first, last, state, (short) count);
    }

    @Test
    void whatIsStoredIsThereForTheNext() {
        assertEquals(ErrorCode.NONE, initialize(3, 10));
        assertEquals(ErrorCode.NONE, write(3, 1, 10, batch(12, 15, StateBatch.ACKNOWLEDGED, 0), batch(16, 20, StateBatch.AVAILABLE, 2)));
        assertEquals(ErrorCode.NONE, write(3, 1, 14, batch(18, 18, StateBatch.ARCHIVED, 0)));
        StateAccess.Stored before = read(1);
        assertEquals(14, before.startOffset());
        assertEquals(List.of(batch(14, 15, StateBatch.ACKNOWLEDGED, 0), batch(16, 17, StateBatch.AVAILABLE, 2), batch(18, 18, StateBatch.ARCHIVED, 0),
                batch(19, 20, StateBatch.AVAILABLE, 2)), before.batches());
        start();
        assertEquals(before, read(1));
    }

    @Test
    void whoIsOfYesterdayIsTold() {
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, read(1).error());
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, write(3, 1, 10));
        initialize(3, 10);
        assertEquals(ErrorCode.NONE, read(5).error());
        assertEquals(ErrorCode.FENCED_LEADER_EPOCH, write(3, 4, 11));
        assertEquals(ErrorCode.FENCED_LEADER_EPOCH, read(4).error());
        assertEquals(ErrorCode.NONE, initialize(4, 0));
        assertEquals(ErrorCode.FENCED_STATE_EPOCH, write(3, 5, 11));
        assertEquals(ErrorCode.FENCED_STATE_EPOCH, initialize(3, 7));
        assertEquals(0, read(5).startOffset());
    }

    @Test
    void theNextCoordinatorTellsWhoIsOfYesterdayToo() {
        initialize(3, 10);
        read(5);
        start();
        assertEquals(ErrorCode.FENCED_LEADER_EPOCH, write(3, 4, 11));
    }

    @Test
    void whatIsDeletedIsGone() {
        initialize(3, 10);
        List<ErrorCode> answers = new ArrayList<>();
        shard.delete(KEY, answers::add);
        assertEquals(ErrorCode.NONE, only(answers));
        start();
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, read(9).error());
        assertEquals(ErrorCode.NONE, initialize(1, 0));
    }

    @Test
    void nobodyIsAnsweredBeforeItIsCommitted() {
        log.commitsAtOnce(false);
        List<ErrorCode> answers = new ArrayList<>();
        shard.initialize(KEY, 1, 0, answers::add);
        loop.runTasks();
        assertTrue(answers.isEmpty());
        log.commitAll();
        assertEquals(ErrorCode.NONE, only(answers));
    }

    @Test
    void aReplayIsTheLiveState() {
        initialize(1, 0);
        Random random = new Random(4);
        long start = 0;
        for (int i = 0; i < 300; i++) {
            start += random.nextInt(3);
            long first = start + random.nextInt(20);
            write(1, 0, start, batch(first, first + random.nextInt(10), (byte) (random.nextInt(3) * 2), random.nextInt(3)));
            if (i % 20 == 0) {
                StateAccess.Stored live = read(0);
                start();
                assertEquals(live, read(0));
            }
        }
    }
}
