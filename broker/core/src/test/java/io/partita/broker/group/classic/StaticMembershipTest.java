package io.partita.broker.group.classic;

import static io.partita.broker.group.GroupFixture.SESSION;
import static io.partita.broker.group.GroupFixture.joinRequest;
import static io.partita.broker.group.GroupFixture.protocols;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.Given;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.PartitionsResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** KIP-345: members that keep their place, and their assignment, while they restart. */
class StaticMembershipTest {

    private final GroupFixture f = new GroupFixture();

    /** node-1 leads and has {1}, node-2 has {2}; generation 2. Returns their ids. */
    private List<String> twoStaticMembers() {
        String first = f.joinStatic("", "node-1").get().memberId();
        var second = f.joinStatic("", "node-2");
        f.joinStatic(first, "node-1");
        String secondId = second.get().memberId();
        f.sync(first, "node-1", 2, Map.of(first, new byte[] {1}, secondId, new byte[] {2}));
        f.sync(secondId, "node-2", 2, Map.of());
        assertEquals(GroupState.STABLE, f.group().state());
        return List.of(first, secondId);
    }

    @Test
    void aStaticMemberJoinsAtOnceUnderItsInstancesName() {
        JoinResult joined = f.joinStatic("", "node-1").get();

        assertEquals(ErrorCode.NONE, joined.error());
        assertTrue(joined.memberId().startsWith("node-1-"), joined.memberId());
        assertEquals("node-1", joined.members().getFirst().instanceId());
    }

    @Test
    void aRestartedFollowerGetsItsAssignmentBackWithoutARebalance() {
        // Given
        List<String> members = twoStaticMembers();

        // When
        JoinResult back = f.joinStatic("", "node-2").get();

        // Then
        assertEquals(ErrorCode.NONE, back.error());
        assertNotEquals(members.get(1), back.memberId());
        assertEquals(2, back.generation());
        assertEquals(members.get(0), back.leader());
        assertFalse(back.skipAssignment());
        assertArrayEquals(new byte[] {2}, f.sync(back.memberId(), "node-2", 2, Map.of()).get().assignment());
        assertEquals(GroupState.STABLE, f.group().state());
        assertEquals(ErrorCode.NONE, f.heartbeat(members.get(0), "node-1", 2, GroupFixture.UNKNOWN).get());
    }

    @Test
    void theFormerSelfIsFencedEverywhere() {
        // Given
        List<String> members = twoStaticMembers();
        var held = f.heartbeat(members.get(1), 2);

        // When
        f.joinStatic("", "node-2");

        // Then
        String former = members.get(1);
        assertEquals(ErrorCode.NONE, held.get());
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, f.heartbeat(former, "node-2", 2, GroupFixture.UNKNOWN).get());
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, f.sync(former, "node-2", 2, Map.of()).get().error());
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, f.joinStatic(former, "node-2").get().error());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.heartbeat(former, 2).get());
        var commit = new Given<PartitionsResult>();
        f.shard.commitOffsets(new CommitRequest(GroupFixture.GROUP, 2, former, "node-2", -1, true, List.of(GroupFixture.offset("t", 0, 1))), commit);
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, commit.get().error());
    }

    @Test
    void anInstanceNobodyHasIsUnknown() {
        List<String> members = twoStaticMembers();
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.heartbeat(members.get(0), "node-9", 2, GroupFixture.UNKNOWN).get());
    }

    @Test
    void aRestartedLeaderIsToldNotToAssign() {
        // Given
        List<String> members = twoStaticMembers();

        // When
        JoinResult back = f.joinStatic("", "node-1").get();

        // Then
        assertTrue(back.skipAssignment());
        assertEquals(back.memberId(), back.leader());
        assertEquals(2, back.members().size());
        assertArrayEquals(new byte[] {1}, f.sync(back.memberId(), "node-1", 2, Map.of()).get().assignment());
        assertArrayEquals(new byte[] {2}, f.sync(members.get(1), "node-2", 2, Map.of()).get().assignment());
    }

    @Test
    void anOlderLeaderIsToldThatAnotherLeadsSoThatItDoesNotAssign() {
        // Given
        List<String> members = twoStaticMembers();
        var request = new JoinRequest(GroupFixture.GROUP, "", "node-1", GroupFixture.JAVA, SESSION, SESSION, "consumer", protocols("range"), null,
                true, false);

        // When
        JoinResult back = f.join(request).get();

        // Then
        assertFalse(back.skipAssignment());
        assertEquals(members.get(0), back.leader());
        assertTrue(back.members().isEmpty());
        assertTrue(f.group().isLeader(back.memberId()));
    }

    @Test
    void theNewIdSurvivesARestartOfTheBroker() {
        // Given
        twoStaticMembers();
        String back = f.joinStatic("", "node-2").get().memberId();

        // When
        f.start();

        // Then
        assertEquals(back, f.group().memberIdOf("node-2"));
        assertArrayEquals(new byte[] {2}, f.group().member(back).assignment);
    }

    @Test
    void aNewIdThatCannotBeWrittenIsTakenBack() {
        // Given
        List<String> members = twoStaticMembers();
        f.log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);

        // When
        JoinResult back = f.joinStatic("", "node-2").get();

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, back.error());
        assertEquals("", back.memberId());
        assertEquals(members.get(1), f.group().memberIdOf("node-2"));
        assertEquals(ErrorCode.NONE, f.heartbeat(members.get(1), "node-2", 2, GroupFixture.UNKNOWN).get());
        assertArrayEquals(new byte[] {2}, f.sync(members.get(1), "node-2", 2, Map.of()).get().assignment());
    }

    @Test
    void aRebalanceThatBeginsMeanwhileCountsTheRestartedOneAsJoined() {
        // Given
        List<String> members = twoStaticMembers();
        f.log.commitsAtOnce(false);
        var back = f.joinStatic("", "node-2");

        // When
        f.join(joinRequest(members.get(0), "node-1", protocols("range")));
        f.log.commitAll();

        // Then
        assertEquals(3, back.get().generation());
        assertEquals(GroupState.COMPLETING_REBALANCE, f.group().state());
    }

    @Test
    void otherProtocolsThanBeforeMakeARebalance() {
        // Given: both speak range and sticky; range is chosen.
        String first = f.join(joinRequest("", "node-1", protocols("range", "sticky"))).get().memberId();
        f.sync(first, "node-1", 1, Map.of(first, new byte[] {1}));

        // When
        var back = f.join(joinRequest("", "node-1", protocols("sticky", "range")));

        // Then
        assertEquals("sticky", back.get().protocol());
        assertEquals(2, back.get().generation());
    }

    @Test
    void aRestartWhileTheAssignmentIsAwaitedStartsOver() {
        // Given
        List<String> members = twoStaticMembers();
        f.joinStatic(members.get(0), "node-1");
        f.joinStatic(members.get(1), "node-2");
        assertEquals(GroupState.COMPLETING_REBALANCE, f.group().state());
        var waiting = f.sync(members.get(1), "node-2", 3, Map.of());

        // When
        var back = f.joinStatic("", "node-2");

        // Then
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, waiting.get().error());
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());
        f.joinStatic(members.get(0), "node-1");
        assertEquals(4, back.get().generation());
    }

    @Test
    void aRestartWhileMembersAreCollectedTakesTheFormersPlaceInTheQueue() {
        // Given
        List<String> members = twoStaticMembers();
        var former = f.joinStatic(members.get(0), "node-1");
        assertFalse(former.isGiven());

        // When
        var back = f.joinStatic("", "node-1");

        // Then
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, former.get().error());
        assertFalse(back.isGiven());
        f.joinStatic(members.get(1), "node-2");
        assertEquals(3, back.get().generation());
        assertEquals(2, back.get().members().size());
    }

    @Test
    void aStaticMemberThatMissesARebalanceKeepsItsPlaceUntilItsSessionEnds() {
        // Given: a session that outlives the rebalance timeout.
        var longSession = new JoinRequest(GroupFixture.GROUP, "", "node-1", GroupFixture.JAVA, 600_000, 30_000, "consumer", protocols("range"), null,
                true, true);
        String first = f.join(longSession).get().memberId();
        f.sync(first, "node-1", 1, Map.of());
        var second = f.join(new JoinRequest(GroupFixture.GROUP, "", "node-2", GroupFixture.JAVA, 600_000, 30_000, "consumer", protocols("range"),
                null, true, true));

        // When
        f.loop.advance(30_000);

        // Then
        assertEquals(2, second.get().members().size(), "node-1 is away but still assigned to");
        assertEquals(second.get().memberId(), second.get().leader(), "one that is there leads");

        // When: it does not come for its assignment either.
        f.sync(second.get().memberId(), "node-2", 2, Map.of());
        f.loop.advance(30_000);

        // Then
        assertNull(f.group().memberIdOf("node-1"));
    }

    @Test
    void whenNoMemberJoinsTheGroupWaitsForThemOrForTheEndOfTheirSessions() {
        // Given
        List<String> members = twoStaticMembers();
        f.leave(new LeaveRequest.Leaver("", "node-2", null));
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());

        // When: node-1 is alive but never joins.
        for (int i = 0; i < 2 * GroupFixture.REBALANCE / 5_000; i++) {
            f.loop.advance(5_000);
            assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, f.heartbeat(members.get(0), "node-1", 2, GroupFixture.UNKNOWN).get());
        }

        // Then
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());
        assertEquals(3, f.joinStatic(members.get(0), "node-1").get().generation());
    }
}
