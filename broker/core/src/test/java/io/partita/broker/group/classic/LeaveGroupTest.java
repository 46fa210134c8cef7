package io.partita.broker.group.classic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.partita.broker.group.Given;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.LeaveRequest.Leaver;
import io.partita.broker.group.LeaveResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LeaveGroupTest {

    private final GroupFixture f = new GroupFixture();

    @Test
    void theOthersRebalanceWhenAMemberLeaves() {
        // Given
        List<String> members = f.stableGroup(2);

        // When
        LeaveResult left = f.leave(members.get(1));

        // Then
        assertEquals(ErrorCode.NONE, left.error());
        assertEquals(List.of(ErrorCode.NONE), left.members());
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, f.heartbeat(members.get(0), 2).get());
        assertEquals(1, f.join(members.get(0)).get().members().size());
    }

    @Test
    void whenTheLeaderLeavesAnotherLeads() {
        // Given
        List<String> members = f.stableGroup(2);

        // When
        f.leave(members.get(0));

        // Then
        assertEquals(members.get(1), f.join(members.get(1)).get().leader());
    }

    @Test
    void theLastOneEmptiesTheGroup() {
        // Given
        String member = f.stableGroup(1).getFirst();

        // When
        f.leave(member);

        // Then
        assertEquals(GroupState.EMPTY, f.group().state());
        assertEquals(2, f.group().image().generation());
    }

    @Test
    void aRebalanceNeedNotWaitForOneThatLeaves() {
        // Given
        List<String> members = f.stableGroup(2);
        var waiting = f.join(members.get(0));

        // When
        f.leave(members.get(1));

        // Then
        assertEquals(1, waiting.get().members().size());
    }

    @Test
    void whoLeavesWhileItJoinsIsToldThatItIsNoMember() {
        // Given
        f.stableGroup(1);
        var newcomer = f.joinNew();

        // When
        f.leave(newcomer.memberId());

        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, newcomer.given().get().error());
    }

    @Test
    void eachLeaverHasItsOwnResult() {
        // Given
        List<String> members = f.stableGroup(1);
        String pending = f.join("").get().memberId();

        // When
        LeaveResult left = f.leave(new Leaver("nobody", null, null), new Leaver(pending, null, null), new Leaver("", "no-such-instance", null),
                new Leaver("", null, null), new Leaver(members.get(0), null, null), new Leaver(members.get(0), null, null));

        // Then
        assertEquals(List.of(ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE,
                ErrorCode.UNKNOWN_MEMBER_ID), left.members());
        assertEquals(GroupState.EMPTY, f.group().state());
    }

    @Test
    void nobodyIsAMemberOfAGroupThatDoesNotExist() {
        assertEquals(List.of(ErrorCode.UNKNOWN_MEMBER_ID), f.leave("anyone").members());
        assertNull(f.group());
    }

    @Test
    void anAdministratorRemovesStaticMembersByTheirInstance() {
        // Given
        String first = f.joinStatic("", "node-1").get().memberId();
        f.sync(first, "node-1", 1, Map.of());

        // When
        LeaveResult left = f.leave(new Leaver("", "node-1", "by an administrator"));

        // Then
        assertEquals(List.of(ErrorCode.NONE), left.members());
        assertEquals(GroupState.EMPTY, f.group().state());
        assertNull(f.group().memberIdOf("node-1"));
    }

    @Test
    void anInstanceIsNotRemovedUnderAnotherMembersId() {
        // Given
        String first = f.joinStatic("", "node-1").get().memberId();
        f.sync(first, "node-1", 1, Map.of());

        // Then
        assertEquals(List.of(ErrorCode.FENCED_INSTANCE_ID), f.leave(new Leaver("somebody else", "node-1", null)).members());
        assertEquals(List.of(ErrorCode.UNKNOWN_MEMBER_ID), f.leave(new Leaver(first, "node-2", null)).members());
        assertEquals(List.of(ErrorCode.NONE), f.leave(new Leaver(first, "node-1", null)).members());
    }
}
