package io.partita.broker.group.classic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Given;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.SyncRequest;
import io.partita.broker.group.SyncResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SyncGroupTest {

    private final GroupFixture f = new GroupFixture();

    @Test
    void everybodyGetsTheirAssignmentOnceItIsInTheLog() {
        // Given
        var first = f.joinNew();
        var second = f.joinNew();
        f.join(first.memberId());
        f.log.commitsAtOnce(false);

        // When
        var follower = f.sync(second.memberId(), 2, Map.of());
        var leader = f.sync(first.memberId(), 2, Map.of(first.memberId(), new byte[] {1}, second.memberId(), new byte[] {2}));

        // Then
        assertFalse(follower.isGiven());
        assertFalse(leader.isGiven());
        assertEquals(GroupState.COMPLETING_REBALANCE, f.group().state());

        // When
        f.log.commitAll();

        // Then
        assertArrayEquals(new byte[] {1}, leader.get().assignment());
        assertArrayEquals(new byte[] {2}, follower.get().assignment());
        assertEquals("consumer", follower.get().protocolType());
        assertEquals("range", follower.get().protocol());
        assertEquals(GroupState.STABLE, f.group().state());
        assertEquals(2, f.group().image().generation());
    }

    @Test
    void whoeverAsksLaterOrAgainGetsTheAssignmentToo() {
        // Given
        var first = f.joinNew();
        var second = f.joinNew();
        f.join(first.memberId());
        f.sync(first.memberId(), 2, Map.of(second.memberId(), new byte[] {2}));

        // Then
        assertArrayEquals(new byte[] {2}, f.sync(second.memberId(), 2, Map.of()).get().assignment());
        assertArrayEquals(new byte[] {2}, f.sync(second.memberId(), 2, Map.of()).get().assignment());
        assertEquals(0, f.sync(first.memberId(), 2, Map.of()).get().assignment().length, "the leader forgot itself");
    }

    @Test
    void strangersOldGenerationsAndOtherProtocolsAreRefused() {
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.sync("nobody", 1, Map.of()).get().error());

        var first = f.joinNew();
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.sync("nobody", 1, Map.of()).get().error());
        assertEquals(ErrorCode.ILLEGAL_GENERATION, f.sync(first.memberId(), 0, Map.of()).get().error());
        assertEquals(ErrorCode.ILLEGAL_GENERATION, f.sync(first.memberId(), 2, Map.of()).get().error());
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, sync(first.memberId(), "connect", null));
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, sync(first.memberId(), null, "sticky"));
        assertEquals(ErrorCode.NONE, sync(first.memberId(), "consumer", "range"));
    }

    private ErrorCode sync(String memberId, String protocolType, String protocol) {
        var given = new Given<SyncResult>();
        f.shard.sync(new SyncRequest(GroupFixture.GROUP, 1, memberId, null, protocolType, protocol, Map.of()), given);
        f.loop.runTasks();
        return given.get().error();
    }

    @Test
    void aRebalanceCallsBackThoseWhoWaitForTheirAssignment() {
        // Given
        List<String> members = f.stableGroup(2);
        f.join(members.get(0));
        f.join(members.get(1));
        var follower = f.sync(members.get(1), 3, Map.of());
        assertFalse(follower.isGiven());

        // When
        var newcomer = f.joinNew();

        // Then
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, follower.get().error());
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, f.sync(members.get(0), 3, Map.of()).get().error());
        assertFalse(newcomer.given().isGiven());
    }

    @Test
    void anAssignmentThatComesTooLateIsDropped() {
        // Given
        var first = f.joinNew();
        f.log.commitsAtOnce(false);
        var leader = f.sync(first.memberId(), 1, Map.of(first.memberId(), new byte[] {1}));
        f.joinNew();
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, leader.get().error());

        // When
        f.log.commitAll();

        // Then
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());
        assertEquals(0, f.group().member(first.memberId()).assignment.length);
    }

    @Test
    void anAssignmentThatCannotBeWrittenStartsOver() {
        // Given
        var first = f.joinNew();
        f.log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);

        // When
        var leader = f.sync(first.memberId(), 1, Map.of(first.memberId(), new byte[] {1}));

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, leader.get().error());

        // When: the disk has space again, and the group that was loaded is what the log has of it: nothing.
        f.log.failsWith(null);
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.join(first.memberId()).get().error());
        var again = f.joinNew();
        int generation = again.given().get().generation();

        // Then
        assertArrayEquals(new byte[] {1}, f.sync(again.memberId(), generation, Map.of(again.memberId(), new byte[] {1})).get().assignment());
    }

    @Test
    void anAssignmentThatIsNotCommittedInTimeStartsOver() {
        // Given
        var first = f.joinNew();
        f.log.commitsAtOnce(false);
        var leader = f.sync(first.memberId(), 1, Map.of());

        // When
        f.loop.advance(5_000);

        // Then
        assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, leader.get().error());

        // When
        int generation = f.join(first.memberId()).get().generation();
        var again = f.sync(first.memberId(), generation, Map.of());
        f.log.commitAll();

        // Then
        assertEquals(ErrorCode.NONE, again.get().error());
        assertEquals(generation, f.group().image().generation());
    }

    @Test
    void whoDoesNotAskForItsAssignmentIsOutAfterTheRebalanceTimeout() {
        // Given
        var first = f.joinNew();
        var second = f.joinNew();
        f.join(first.memberId());
        f.sync(first.memberId(), 2, Map.of());

        // When: both go on with their heartbeats.
        for (int i = 0; i < GroupFixture.REBALANCE / 5_000; i++) {
            f.loop.advance(4_990);
            f.heartbeat(first.memberId(), 2);
            f.heartbeat(second.memberId(), 2);
        }
        assertEquals(2, f.group().size());
        f.loop.advance(5_000);

        // Then
        assertNull(f.group().member(second.memberId()));
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());
        assertEquals(ErrorCode.NONE, f.join(first.memberId()).get().error());
    }

    @Test
    void aLeaderThatNeverAssignsIsReplacedByOneThatJoins() {
        // Given
        List<String> members = f.stableGroup(2);
        f.join(members.get(0));
        f.join(members.get(1));
        var waiting = f.sync(members.get(1), 3, Map.of());

        // When: the leader goes silent.
        f.loop.advance(GroupFixture.SESSION);

        // Then
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, waiting.get().error());
        JoinResult joined = f.join(members.get(1)).get();
        assertEquals(members.get(1), joined.leader());
        assertTrue(joined.generation() > 3);
    }
}
