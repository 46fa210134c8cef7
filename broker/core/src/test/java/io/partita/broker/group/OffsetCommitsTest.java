package io.partita.broker.group;

import static io.partita.broker.group.GroupFixture.GROUP;
import static io.partita.broker.group.GroupFixture.offset;
import static io.partita.broker.group.GroupFixture.protocols;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.classic.GroupState;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class OffsetCommitsTest {

    private final GroupFixture f = new GroupFixture();

    // ---- commit

    @Test
    void aMemberCommitsAndReadsBackOnceTheLogHasIt() {
        // Given
        String member = f.stableGroup(1).getFirst();
        f.log.commitsAtOnce(false);

        // When
        var commit = f.commit(member, 1, offset("t", 0, 7), offset("t", 1, 8));

        // Then
        assertFalse(commit.isGiven());
        var read = fetch(null, false);
        assertFalse(read.isGiven());

        // When
        f.log.commitAll();
        assertEquals(2, read.get().topics().getFirst().partitions().size());

        // Then
        assertEquals(List.of(ErrorCode.NONE, ErrorCode.NONE), commit.get().partitions());
        assertEquals(7, f.committed("t", 0));
        assertEquals(8, f.committed("t", 1));
        assertEquals(-1, f.committed("t", 2));
        assertEquals(2, f.shard.offsetCount());
    }

    @Test
    void offsetsSurviveARestart() {
        // Given
        String member = f.stableGroup(1).getFirst();
        var topicId = new UUID(1, 2);
        f.commit(member, 1, new CommitRequest.PartitionCommit("t", topicId, 0, 7, 3, "mine", -1));
        long now = f.clock.wallMillis();

        // When
        f.start();

        // Then
        assertEquals(new CommittedOffset(7, 3, "mine", now, -1, topicId), f.shard.state().offsets.get(GROUP, "t", 0));
    }

    @Test
    void aConsumerThatAssignsItselfNeedsNoGroup() {
        assertEquals(List.of(ErrorCode.NONE), f.commit("", -1, offset("t", 0, 7)).get().partitions());
        assertEquals(7, f.committed("t", 0));
        assertEquals(GroupState.EMPTY, f.group().state());
        assertNull(f.group().protocolType());
    }

    @Test
    void whoIsNoMemberMayCommitForAnEmptyGroupOnly() {
        // Given
        String member = f.stableGroup(1).getFirst();

        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.commit("", -1, offset("t", 0, 7)).get().error());
        f.leave(member);
        assertEquals(ErrorCode.NONE, f.commit("", -1, offset("t", 0, 7)).get().error());
        // The same with a member id, as some clients send it.
        assertEquals(ErrorCode.NONE, f.commit("whoever", -1, offset("t", 0, 7)).get().error());
    }

    @Test
    void strangersAndOldGenerationsAreFenced() {
        // Given
        String member = f.stableGroup(1).getFirst();

        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.commit("nobody", 1, offset("t", 0, 7)).get().error());
        assertEquals(ErrorCode.ILLEGAL_GENERATION, f.commit(member, 0, offset("t", 0, 7)).get().error());
        assertEquals(ErrorCode.ILLEGAL_GENERATION, f.commit(member, -1, offset("t", 0, 7)).get().error());
        assertEquals(-1, f.committed("t", 0));
    }

    @Test
    void aGenerationOfAGroupThatDoesNotExistIsFencedInTheWordsTheClientKnows() {
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, f.commit("member", 3, offset("t", 0, 7)).get().error());
        var old = new Given<PartitionsResult>();
        f.shard.commitOffsets(new CommitRequest(GROUP, 3, "member", null, -1, false, List.of(offset("t", 0, 7))), old);
        assertEquals(ErrorCode.ILLEGAL_GENERATION, old.get().error());
    }

    @Test
    void membersMayCommitWhileOthersJoinButNotBeforeTheyHaveTheirAssignment() {
        // Given
        List<String> members = f.stableGroup(2);
        f.join(members.get(0));
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());

        // Then
        assertEquals(ErrorCode.NONE, f.commit(members.get(1), 2, offset("t", 0, 7)).get().error());

        // When
        f.join(members.get(1));

        // Then
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, f.commit(members.get(1), 3, offset("t", 0, 8)).get().error());
        assertEquals(7, f.committed("t", 0));
    }

    @Test
    void metadataIsBounded() {
        var fits = new CommitRequest.PartitionCommit("t", Message.ZERO_UUID, 0, 1, -1, "x".repeat(4_096), -1);
        var tooLarge = new CommitRequest.PartitionCommit("t", Message.ZERO_UUID, 1, 1, -1, "x".repeat(4_097), -1);
        var none = new CommitRequest.PartitionCommit("t", Message.ZERO_UUID, 2, 1, -1, null, -1);

        assertEquals(List.of(ErrorCode.NONE, ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.NONE), f.commit("", -1, fits, tooLarge, none).get().partitions());
        assertEquals(1, f.committed("t", 0));
        assertEquals(-1, f.committed("t", 1));
        assertEquals("", f.shard.state().offsets.get(GROUP, "t", 2).metadata());
        assertEquals(List.of(ErrorCode.OFFSET_METADATA_TOO_LARGE), f.commit("", -1, tooLarge).get().partitions());
    }

    @Test
    void aFailedAppendFailsWhatItShouldHaveWritten() {
        // Given
        var tooLarge = new CommitRequest.PartitionCommit("t", Message.ZERO_UUID, 1, 1, -1, "x".repeat(4_097), -1);
        f.log.failsWith(ErrorCode.NOT_LEADER_OR_FOLLOWER);

        // Then
        assertEquals(List.of(ErrorCode.NOT_COORDINATOR, ErrorCode.OFFSET_METADATA_TOO_LARGE), f.commit("", -1, offset("t", 0, 1), tooLarge).get().partitions());
        assertEquals(-1, f.committed("t", 0));
        f.log.failsWith(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertEquals(List.of(ErrorCode.COORDINATOR_NOT_AVAILABLE), f.commit("", -1, offset("t", 0, 1)).get().partitions());
        f.log.failsWith(ErrorCode.MESSAGE_TOO_LARGE);
        assertEquals(List.of(ErrorCode.UNKNOWN_SERVER_ERROR), f.commit("", -1, offset("t", 0, 1)).get().partitions());
    }

    @Test
    void aCommitThatTakesTooLongIsAnsweredAndStillTakesEffect() {
        // Given
        f.log.commitsAtOnce(false);
        var commit = f.commit("", -1, offset("t", 0, 7));

        // When
        f.loop.advance(5_000);

        // Then
        assertEquals(List.of(ErrorCode.COORDINATOR_NOT_AVAILABLE), commit.get().partitions());
        f.log.commitAll();
        assertEquals(7, f.committed("t", 0));
    }

    @Test
    void commitsOfOneTurnOfTheLoopShareABatch() {
        // When
        for (int i = 0; i < 10; i++) {
            f.shard.commitOffsets(new CommitRequest(GROUP, -1, "", null, -1, true, List.of(offset("t", i, i))), new Given<>());
        }
        f.loop.runTasks();

        // Then
        assertEquals(List.of(10), f.log.committedRecordCounts());
        assertEquals(9, f.committed("t", 9));
    }

    @Test
    void aClientsOwnTimeOfCommitIsKept() {
        f.commit("", -1, new CommitRequest.PartitionCommit("t", Message.ZERO_UUID, 0, 1, -1, "", 1_234));
        assertEquals(1_234, f.shard.state().offsets.get(GROUP, "t", 0).commitMillis());
    }

    // ---- fetch

    private Given<FetchOffsetsResult> fetch(List<FetchOffsetsRequest.TopicPartitions> topics, boolean stable) {
        var given = new Given<FetchOffsetsResult>();
        f.shard.fetchOffsets(new FetchOffsetsRequest(GROUP, topics, stable), given);
        f.loop.runTasks();
        return given;
    }

    @Test
    void allOffsetsOfAGroupOrNoneOfAnUnknownOne() {
        assertTrue(fetch(null, false).get().topics().isEmpty());
        f.commit("", -1, offset("a", 0, 1), offset("a", 1, 2), offset("b", 0, 3));
        var topics = fetch(null, false).get().topics();
        assertEquals(2, topics.size());
        assertEquals(3, topics.stream().mapToInt(topic -> topic.partitions().size()).sum());
    }

    @Test
    void whoAsksForOffsetsWaitsForCommitsUnderWay() {
        // Given
        f.log.commitsAtOnce(false);
        f.commit("", -1, offset("t", 0, 7));
        var topics = List.of(new FetchOffsetsRequest.TopicPartitions("t", Message.ZERO_UUID, List.of(0)));

        // When
        var asked = fetch(topics, false);
        f.commit("", -1, offset("t", 0, 9));

        // Then: what it is told cannot be lost any more, and nothing that was asked for later is in it.
        assertFalse(asked.isGiven());
        f.log.commitOne();
        assertEquals(7, asked.get().topics().getFirst().partitions().getFirst().offset().offset());
        f.log.commitAll();

        // When: there is nothing to wait for.
        assertTrue(fetch(topics, true).isGiven());

        // When: it takes too long.
        f.commit("", -1, offset("t", 0, 8));
        var late = fetch(topics, true);
        f.loop.advance(5_000);

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, late.get().error());
    }

    @Test
    void anOffsetOfADeletedTopicIsNotThatOfANewOneOfTheSameName() {
        // Given
        var former = new UUID(1, 1);
        f.commit("", -1, new CommitRequest.PartitionCommit("t", former, 0, 7, -1, "", -1));

        // Then
        for (var asked : Map.of(former, true, Message.ZERO_UUID, true, new UUID(2, 2), false).entrySet()) {
            var topics = List.of(new FetchOffsetsRequest.TopicPartitions("t", asked.getKey(), List.of(0)));
            assertEquals(asked.getValue(), fetch(topics, false).get().topics().getFirst().partitions().getFirst().offset() != null);
        }
    }

    // ---- delete

    private PartitionsResult delete(String topic, int partition) {
        var given = new Given<PartitionsResult>();
        f.shard.deleteOffsets(new DeleteOffsetsRequest(GROUP, List.of(new DeleteOffsetsRequest.TopicPartition(topic, partition))), given);
        f.loop.runTasks();
        return given.get();
    }

    @Test
    void offsetsOfTopicsThatNobodyReadsCanBeDeleted() {
        // Given: the group reads "topic".
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, delete("t", 0).error());
        String member = f.stableGroup(1).getFirst();
        f.commit(member, 1, offset("topic", 0, 1), offset("other", 0, 2));

        // Then
        assertEquals(List.of(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC), delete("topic", 0).partitions());
        assertEquals(List.of(ErrorCode.NONE), delete("other", 0).partitions());
        assertEquals(List.of(ErrorCode.NONE), delete("other", 9).partitions(), "there is none, which is what was wanted");
        assertEquals(1, f.committed("topic", 0));
        assertEquals(-1, f.committed("other", 0));

        // When
        f.leave(member);

        // Then
        assertEquals(List.of(ErrorCode.NONE), delete("topic", 0).partitions());
        f.start();
        assertEquals(0, f.shard.offsetCount());
    }

    @Test
    void offsetsOfAGroupOfOthersThanConsumersCannotBeDeletedWhileItHasMembers() {
        // Given
        var request = new JoinRequest(GROUP, "", null, GroupFixture.JAVA, GroupFixture.SESSION, GroupFixture.SESSION, "connect", protocols("compatible"),
                null, false, false);
        f.join(request);

        // Then
        assertEquals(ErrorCode.NON_EMPTY_GROUP, delete("t", 0).error());
    }

    @Test
    void aSimpleGroupWithoutOffsetsIsNoMore() {
        f.commit("", -1, offset("t", 0, 1));
        delete("t", 0);
        assertNull(f.group());
    }
}
