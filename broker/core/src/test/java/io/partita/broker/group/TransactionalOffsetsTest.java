package io.partita.broker.group;

import static io.partita.broker.group.GroupFixture.GROUP;
import static io.partita.broker.group.GroupFixture.offset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Offsets that are committed within transactions. */
class TransactionalOffsetsTest {

    private static final Producer PRODUCER = new Producer(7, (short) 0);
    private static final Producer ENDING = new Producer(7, (short) 1);
    private static final Producer OTHER = new Producer(8, (short) 0);

    private final GroupFixture f = new GroupFixture();

    private Given<PartitionsResult> commit(Producer producer, int generation, String memberId, CommitRequest.PartitionCommit... partitions) {
        var given = new Given<PartitionsResult>();
        f.shard.commitTransactional(new TransactionalCommitRequest(GROUP, producer, generation, memberId, null, false, List.of(partitions)), given);
        f.loop.runTasks();
        return given;
    }

    private void commit(Producer producer, CommitRequest.PartitionCommit... partitions) {
        assertTrue(commit(producer, -1, "", partitions).get().partitions().stream().allMatch(code -> code == ErrorCode.NONE));
    }

    private ErrorCode end(Producer producer, boolean commit) {
        var given = new Given<ErrorCode>();
        f.shard.endTransaction(producer, commit, 3, given);
        f.loop.runTasks();
        return given.get();
    }

    private FetchOffsetsResult.PartitionOffset fetch(int partition, boolean stable) {
        var given = new Given<FetchOffsetsResult>();
        var topics = List.of(new FetchOffsetsRequest.TopicPartitions("t", Message.ZERO_UUID, List.of(partition)));
        f.shard.fetchOffsets(new FetchOffsetsRequest(GROUP, topics, stable), given);
        f.loop.runTasks();
        return given.get().topics().getFirst().partitions().getFirst();
    }

    @Test
    void theyCountWhenTheTransactionIsCommittedAndAreUnstableUntilThen() {
        // Given
        f.commit("", -1, offset("t", 0, 5));
        commit(PRODUCER, offset("t", 0, 9), offset("t", 1, 3));

        // Then
        assertEquals(5, fetch(0, false).offset().offset());
        assertTrue(fetch(0, true).unstable());
        assertTrue(fetch(1, true).unstable());
        assertTrue(!fetch(2, true).unstable());

        // When
        assertEquals(ErrorCode.NONE, end(ENDING, true));

        // Then
        assertEquals(9, fetch(0, true).offset().offset());
        assertEquals(3, fetch(1, true).offset().offset());
        f.start();
        assertEquals(9, fetch(0, true).offset().offset());
    }

    @Test
    void theyNeverCountWhenItIsAborted() {
        // Given
        f.commit("", -1, offset("t", 0, 5));
        commit(PRODUCER, offset("t", 0, 9), offset("t", 1, 3));

        // When
        end(ENDING, false);

        // Then
        assertEquals(5, fetch(0, true).offset().offset());
        assertNull(fetch(1, true).offset());
        f.start();
        assertEquals(5, fetch(0, true).offset().offset());
        assertNull(fetch(1, true).offset());
    }

    @Test
    void aGroupThatWasNeverMoreThanAnAbortedCommitIsForgotten() {
        commit(PRODUCER, offset("t", 0, 9));
        assertNotNull(f.group());
        f.loop.advance(10 * 24 * 3_600_000L);
        assertNotNull(f.group(), "it is not the time for it while the transaction is open");
        end(ENDING, false);
        assertNull(f.group());
    }

    @Test
    void whatIsPendingSurvivesARestart() {
        commit(PRODUCER, offset("t", 0, 9));
        f.start();
        assertTrue(fetch(0, true).unstable());
        end(ENDING, true);
        assertEquals(9, fetch(0, true).offset().offset());
    }

    @Test
    void ofTwoCommitsTheLaterOneInTheLogCountsWheneverTheTransactionEnds() {
        // Given
        commit(PRODUCER, offset("t", 0, 9));
        f.commit("", -1, offset("t", 0, 20));
        assertTrue(fetch(0, true).unstable());

        // When
        end(ENDING, true);

        // Then
        assertEquals(20, fetch(0, true).offset().offset());

        // When: within a transaction and of two transactions too.
        commit(new Producer(7, (short) 1), offset("t", 0, 30), offset("t", 0, 31));
        commit(OTHER, offset("t", 0, 40));
        end(new Producer(8, (short) 1), true);
        assertTrue(fetch(0, true).unstable());
        end(new Producer(7, (short) 2), true);

        // Then
        assertEquals(40, fetch(0, true).offset().offset());
        f.start();
        assertEquals(40, fetch(0, true).offset().offset());

        // When: the one that is later in the log ends later.
        commit(new Producer(7, (short) 2), offset("t", 0, 50));
        commit(new Producer(8, (short) 1), offset("t", 0, 60));
        end(new Producer(7, (short) 3), true);
        assertEquals(50, fetch(0, false).offset().offset());
        end(new Producer(8, (short) 2), true);

        // Then
        assertEquals(60, fetch(0, true).offset().offset());
    }

    @Test
    void aMemberThatIsNoLongerInTheGenerationIsRefused() {
        // Given
        String member = f.stableGroup(1).getFirst();

        // Then
        assertEquals(List.of(ErrorCode.NONE), commit(PRODUCER, 1, member, offset("t", 0, 1)).get().partitions());
        assertEquals(ErrorCode.ILLEGAL_GENERATION, commit(PRODUCER, 2, member, offset("t", 0, 1)).get().error());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, commit(PRODUCER, 1, "nobody", offset("t", 0, 1)).get().error());
        assertEquals(List.of(ErrorCode.NONE), commit(PRODUCER, -1, "", offset("t", 0, 1)).get().partitions(), "a client from before KIP-447");
    }

    @Test
    void aProducerWithAnOldEpochIsRefusedAndNothingElseHappens() {
        // Given
        commit(PRODUCER, offset("t", 0, 9));
        end(ENDING, true);

        // When
        assertEquals(List.of(ErrorCode.INVALID_PRODUCER_EPOCH), commit(PRODUCER, -1, "", offset("t", 0, 10)).get().partitions());
        assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, end(PRODUCER, true));

        // Then
        assertEquals(9, fetch(0, true).offset().offset());
        assertEquals(ErrorCode.NONE, f.shard.availability());
    }

    @Test
    void whatIsPendingGoesWithItsGroup() {
        // Given
        commit(PRODUCER, offset("t", 0, 9));

        // When
        assertEquals(ErrorCode.NONE, f.deleteGroup());
        end(ENDING, true);

        // Then
        assertNull(f.group());
        assertNull(fetch(0, true).offset());
        f.start();
        assertNull(f.group());
    }

    @Test
    void whatIsPendingGoesWithItsTopic() {
        // Given
        var id = new UUID(1, 1);
        commit(PRODUCER, new CommitRequest.PartitionCommit("t", id, 0, 9, -1, "", -1),
                new CommitRequest.PartitionCommit("t", new UUID(2, 2), 1, 4, -1, "", -1));

        // When
        f.shard.topicsDeleted(Map.of("t", id));
        f.loop.runTasks();
        end(ENDING, true);

        // Then
        assertNull(fetch(0, true).offset());
        assertEquals(4, fetch(1, true).offset().offset());
    }

    @Test
    void aFailedAppendLeavesWhatTheLogHas() {
        // Given
        commit(PRODUCER, offset("t", 0, 9));
        f.log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);

        // When
        assertEquals(ErrorCode.NOT_COORDINATOR, end(ENDING, true));
        f.log.failsWith(null);
        f.loop.runTasks();

        // Then
        assertTrue(fetch(0, true).unstable());
        assertEquals(ErrorCode.NONE, end(ENDING, true));
        assertEquals(9, fetch(0, true).offset().offset());
    }
}
