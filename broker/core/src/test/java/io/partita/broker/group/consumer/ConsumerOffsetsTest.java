package io.partita.broker.group.consumer;

import static io.partita.broker.group.GroupFixture.GROUP;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.DeleteOffsetsRequest;
import io.partita.broker.group.FetchOffsetsRequest;
import io.partita.broker.group.FetchOffsetsResult;
import io.partita.broker.group.Given;
import io.partita.broker.group.PartitionsResult;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Offsets of consumer groups: who may commit and ask for them, in which epoch, and how long they are kept. */
class ConsumerOffsetsTest {

    private final ConsumerGroupFixture f = new ConsumerGroupFixture();

    private ErrorCode commit(String memberId, int epoch, int partition) {
        var given = new Given<PartitionsResult>();
        var offset = new CommitRequest.PartitionCommit("orders", f.orders, partition, 5, -1, "", -1);
        f.shard.shard.commitOffsets(new CommitRequest(GROUP, epoch, memberId, null, -1, true, List.of(offset)), given);
        f.shard.loop.runTasks();
        return given.get().error() != ErrorCode.NONE ? given.get().error() : given.get().partitions().getFirst();
    }

    private ErrorCode commitInTransaction(String memberId, int epoch) {
        var given = new Given<PartitionsResult>();
        var offset = new CommitRequest.PartitionCommit("orders", f.orders, 0, 5, -1, "", -1);
        f.shard.shard.commitTransactional(
                new TransactionalCommitRequest(GROUP, new Producer(9, (short) 0), epoch, memberId, null, true, List.of(offset)), given);
        f.shard.loop.runTasks();
        return given.get().error();
    }

    private ErrorCode fetch(String memberId, int epoch) {
        var given = new Given<FetchOffsetsResult>();
        f.shard.shard.fetchOffsets(new FetchOffsetsRequest(GROUP, memberId, epoch, null, false), given);
        f.shard.loop.runTasks();
        return given.get().error();
    }

    private ErrorCode deleteOffsets(String topic) {
        var given = new Given<PartitionsResult>();
        f.shard.shard.deleteOffsets(new DeleteOffsetsRequest(GROUP, List.of(new DeleteOffsetsRequest.TopicPartition(topic, 0))), given);
        f.shard.loop.runTasks();
        return given.get().partitions().getFirst();
    }

    @Test
    void membersCommitAndAskInTheirEpoch() {
        // Given
        var first = f.consumer("m-1", "orders");
        first.join();
        // Then
        assertEquals(ErrorCode.NONE, commit("m-1", 1, 0));
        assertEquals(ErrorCode.STALE_MEMBER_EPOCH, commit("m-1", 2, 0));
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, commit("m-2", 1, 0));
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, commit("", -1, 0));
        assertEquals(ErrorCode.NONE, fetch("m-1", 1));
        assertEquals(ErrorCode.STALE_MEMBER_EPOCH, fetch("m-1", 0));
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, fetch("m-2", 1));
        assertEquals(ErrorCode.NONE, fetch(null, -1));
        assertEquals(5, f.shard.committed("orders", 0));
    }

    @Test
    void aMemberBehindItsEpochCommitsForWhatItHadThen() {
        // Given
        var first = f.consumer("m-1", "orders");
        var second = f.consumer("m-2", "orders");
        first.join();
        second.join();
        f.settle(first, second);
        int kept = first.owned.of(f.orders).getFirst();
        int given = second.owned.of(f.orders).getFirst();
        assertEquals(2, first.epoch);
        // Then: what it has kept since epoch 1, but nothing of what came to another one meanwhile.
        assertEquals(ErrorCode.NONE, commit("m-1", 1, kept));
        assertEquals(ErrorCode.STALE_MEMBER_EPOCH, commit("m-1", 1, given));
        assertEquals(ErrorCode.STALE_MEMBER_EPOCH, commit("m-2", 1, given));

        // And so after a restart.
        f.shard.start();
        assertEquals(ErrorCode.NONE, commit("m-1", 1, kept));
        assertEquals(ErrorCode.STALE_MEMBER_EPOCH, commit("m-2", 1, given));
    }

    @Test
    void producersCommitForMembersAndKnowNoStaleEpochs() {
        // Given
        f.consumer("m-1", "orders").join();
        // Then
        assertEquals(ErrorCode.NONE, commitInTransaction("m-1", 1));
        assertEquals(ErrorCode.ILLEGAL_GENERATION, commitInTransaction("m-1", 4));
        assertEquals(ErrorCode.NONE, commitInTransaction("", -1));
    }

    @Test
    void anAdministratorChangesOffsetsOnceNobodyIsThere() {
        // Given
        f.shard.topics.put("bills", 1);
        var first = f.consumer("m-1", "orders");
        first.join();
        assertEquals(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, deleteOffsets("orders"));
        assertEquals(ErrorCode.NONE, deleteOffsets("bills"));
        assertEquals(ErrorCode.NON_EMPTY_GROUP, f.shard.deleteGroup());
        // When
        first.leave(ConsumerHeartbeatRequest.LEAVES);
        // Then
        assertEquals(ErrorCode.NONE, commit("", -1, 3));
        assertEquals(ErrorCode.NONE, deleteOffsets("orders"));
        assertEquals(ErrorCode.NONE, f.shard.deleteGroup());
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, f.shard.deleteGroup());
        f.shard.start();
        assertEquals(null, f.group());
    }

    @Test
    void offsetsOutliveMembersForTheRetentionAndTheGroupGoesWithTheLast() {
        // Given
        var first = f.consumer("m-1", "orders");
        first.join();
        commit("m-1", 1, 0);
        first.leave(ConsumerHeartbeatRequest.LEAVES);
        long retention = f.shard.config.offsetsRetentionMillis();
        // When
        f.shard.loop.advance(retention - 700_000);
        assertEquals(5, f.shard.committed("orders", 0));
        f.shard.loop.advance(1_400_000);
        // Then
        assertEquals(-1, f.shard.committed("orders", 0));
        assertEquals(null, f.group());
    }
}
