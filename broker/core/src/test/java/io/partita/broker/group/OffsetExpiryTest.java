package io.partita.broker.group;

import static io.partita.broker.group.GroupFixture.GROUP;
import static io.partita.broker.group.GroupFixture.offset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.partita.broker.group.classic.GroupState;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class OffsetExpiryTest {

    private static final long DAY = 24L * 60 * 60_000;
    private static final long RETENTION = 7 * DAY;

    private final GroupFixture f = new GroupFixture();

    @Test
    void anEmptyGroupIsForgottenAWeekAfterItBecameEmpty() {
        // Given
        String member = f.stableGroup(1).getFirst();
        f.commit(member, 1, offset("topic", 0, 1), offset("other", 3, 2));
        f.leave(member);

        // When
        f.loop.advance(RETENTION - 20 * 60_000);
        assertEquals(2, f.shard.offsetCount());
        f.loop.advance(40 * 60_000);

        // Then
        assertEquals(0, f.shard.offsetCount());
        assertNull(f.group());
        f.start();
        assertNull(f.group(), "the log says so, too");
    }

    @Test
    void theWeekGoesOnWhileTheBrokerIsDown() {
        // Given
        String member = f.stableGroup(1).getFirst();
        f.commit(member, 1, offset("topic", 0, 1));
        f.leave(member);
        f.loop.advance(3 * DAY);

        // When
        f.clock.advance(3 * DAY);
        f.start();

        // Then
        f.loop.advance(DAY - 20 * 60_000);
        assertEquals(1, f.shard.offsetCount());
        f.loop.advance(40 * 60_000);
        assertEquals(0, f.shard.offsetCount());
    }

    @Test
    void anActiveGroupKeepsWhatItReadsAndLosesTheRest() {
        // Given
        String member = f.stableGroup(1).getFirst();
        f.commit(member, 1, offset("topic", 0, 1), offset("no longer read", 0, 2));

        // When
        for (long passed = 0; passed < RETENTION + 20 * 60_000; passed += GroupFixture.SESSION / 2) {
            f.heartbeat(member, 1);
            f.loop.advance(GroupFixture.SESSION / 2);
        }

        // Then
        assertEquals(1, f.committed("topic", 0));
        assertEquals(-1, f.committed("no longer read", 0));
        assertEquals(GroupState.STABLE, f.group().state());
    }

    @Test
    void whatASimpleConsumerCommittedExpiresOneByOne() {
        // Given
        f.commit("", -1, offset("t", 0, 1));
        f.loop.advance(2 * DAY);
        f.commit("", -1, offset("t", 1, 2));

        // When
        f.loop.advance(RETENTION - DAY);

        // Then
        assertEquals(-1, f.committed("t", 0));
        assertEquals(2, f.committed("t", 1));

        // When
        f.loop.advance(2 * DAY);

        // Then
        assertNull(f.group());
    }

    @Test
    void aRetentionOfItsOwnCountsWhateverTheGroupDoes() {
        // Given: an old client that asks for an hour, one that asks for a year, and one that asks for the largest number there is.
        var hour = new Given<PartitionsResult>();
        f.shard.commitOffsets(new CommitRequest(GROUP, -1, "", null, 60 * 60_000L, false, List.of(offset("t", 0, 1))), hour);
        var year = new Given<PartitionsResult>();
        f.shard.commitOffsets(new CommitRequest(GROUP, -1, "", null, 365 * DAY, false, List.of(offset("t", 1, 2))), year);
        f.shard.commitOffsets(new CommitRequest(GROUP, -1, "", null, Long.MAX_VALUE, false, List.of(offset("t", 2, 3))), new Given<>());
        f.loop.runTasks();
        assertEquals(List.of(ErrorCode.NONE), year.get().partitions());

        // When
        f.start();
        f.loop.advance(2 * 60 * 60_000);

        // Then
        assertEquals(-1, f.committed("t", 0));
        f.loop.advance(30 * DAY);
        assertEquals(2, f.committed("t", 1));
        assertEquals(3, f.committed("t", 2));
    }

    @Test
    void aGroupInTheMiddleOfARebalanceIsLeftAlone() {
        // Given: a member that is never told, because its session does not end.
        var slow = new JoinRequest(GROUP, "", "node-1", GroupFixture.JAVA, 1_800_000, 1_800_000, "consumer", GroupFixture.protocols("range"), null,
                true, true);
        String member = f.join(slow).get().memberId();
        f.sync(member, "node-1", 1, Map.of());
        var commit = new Given<PartitionsResult>();
        f.shard.commitOffsets(new CommitRequest(GROUP, 1, member, "node-1", 0, false, List.of(offset("no longer read", 0, 1))), commit);
        f.joinNew();
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());

        // When
        f.loop.advance(1_700_000);

        // Then
        assertEquals(1, f.committed("no longer read", 0));
    }

    @Test
    void anEmptyGroupWithoutOffsetsIsDeletedAtTheNextLook() {
        // Given
        f.leave(f.stableGroup(1).getFirst());
        assertNotNull(f.group());

        // When
        f.loop.advance(600_000);

        // Then
        assertNull(f.group());
    }

    @Test
    void aGroupThatSomebodyIsAboutToJoinIsNotDeleted() {
        // Given
        f.leave(f.stableGroup(1).getFirst());
        f.loop.advance(600_000 - 1_000);
        String pending = f.join("").get().memberId();

        // When
        f.loop.advance(1_000);

        // Then
        assertEquals(ErrorCode.NONE, f.join(pending).get().error());
    }

    @Test
    void offsetsGoWithTheirTopicButNotWithAnotherOneOfItsName() {
        // Given
        var id = new UUID(1, 1);
        f.commit("", -1, new CommitRequest.PartitionCommit("t", id, 0, 1, -1, "", -1), new CommitRequest.PartitionCommit("t", new UUID(2, 2), 1, 2, -1,
                "", -1), new CommitRequest.PartitionCommit("t", Message.ZERO_UUID, 2, 3, -1, "", -1), offset("other", 0, 4));

        // When
        f.shard.topicsDeleted(Map.of("t", id));
        f.loop.runTasks();

        // Then
        assertEquals(-1, f.committed("t", 0));
        assertEquals(2, f.committed("t", 1));
        assertEquals(-1, f.committed("t", 2));
        assertEquals(4, f.committed("other", 0));
        f.start();
        assertEquals(2, f.shard.offsetCount());
    }

    @Test
    void topicsDeletedWhileTheShardLoadsAreForgottenToo() {
        // Given
        f.commit("", -1, offset("t", 0, 1), offset("other", 0, 4));
        f.shard = f.newShard();
        f.shard.load();

        // When
        f.shard.topicsDeleted(Map.of("t", new UUID(1, 1)));
        f.loop.runTasks();

        // Then
        assertEquals(-1, f.committed("t", 0));
        assertEquals(4, f.committed("other", 0));
    }

    @Test
    void whatCannotBeDeletedNowIsLookedAtAgain() {
        // Given
        f.commit("", -1, offset("t", 0, 1));
        f.log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);

        // When
        f.loop.advance(RETENTION + DAY);

        // Then
        assertEquals(1, f.shard.offsetCount());
        f.log.failsWith(null);
        f.loop.advance(600_000);
        assertEquals(0, f.shard.offsetCount());
    }
}
