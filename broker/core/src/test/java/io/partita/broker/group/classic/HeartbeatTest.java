package io.partita.broker.group.classic;

import static io.partita.broker.group.GroupFixture.SESSION;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.partita.broker.group.Given;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeartbeatTest {

    private final GroupFixture f = new GroupFixture();

    @Test
    void answersSayWhereTheMemberStands() {
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.heartbeat("nobody", 1).get());

        List<String> members = f.stableGroup(2);
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.heartbeat("nobody", 2).get());
        assertEquals(ErrorCode.ILLEGAL_GENERATION, f.heartbeat(members.get(0), 1).get());
        assertEquals(ErrorCode.NONE, f.heartbeat(members.get(0), 2).get());

        f.joinNew();
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, f.heartbeat(members.get(0), 2).get());

        f.join(members.get(0));
        f.join(members.get(1));
        assertEquals(GroupState.COMPLETING_REBALANCE, f.group().state());
        assertEquals(ErrorCode.NONE, f.heartbeat(members.get(0), 3).get());
    }

    @Test
    void aSilentMemberIsOutAfterItsSessionTimeout() {
        // Given
        List<String> members = f.stableGroup(2);

        // When
        f.loop.advance(SESSION - 1);
        f.heartbeat(members.get(0), 2);
        f.loop.advance(1);

        // Then
        assertNotNull(f.group().member(members.get(0)));
        assertNull(f.group().member(members.get(1)));
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, f.heartbeat(members.get(0), 2).get());
    }

    @Test
    void heartbeatsKeepASessionForAsLongAsTheyCome() {
        // Given
        String member = f.stableGroup(1).getFirst();

        // When
        for (int i = 0; i < 100; i++) {
            f.loop.advance(SESSION - 1);
            assertEquals(ErrorCode.NONE, f.heartbeat(member, 1).get());
        }
        f.loop.advance(SESSION);

        // Then
        assertEquals(GroupState.EMPTY, f.group().state());
    }

    @Test
    void commitsKeepASessionToo() {
        // Given
        String member = f.stableGroup(1).getFirst();

        // When
        for (int i = 0; i < 10; i++) {
            f.loop.advance(SESSION - 1);
            assertEquals(List.of(ErrorCode.NONE), f.commit(member, 1, GroupFixture.offset("t", 0, i)).get().partitions());
        }

        // Then
        assertEquals(1, f.group().size());
    }

    @Test
    void theLastMemberLeavesAnEmptyGroupBehind() {
        // Given
        f.stableGroup(1);

        // When
        f.loop.advance(SESSION);

        // Then
        assertEquals(GroupState.EMPTY, f.group().state());
        assertEquals(2, f.group().generation());
        assertNull(f.group().leaderId());
        assertNull(f.group().protocol());
        assertEquals(List.of(), f.group().image().members());
        assertEquals(2, f.group().image().generation());
    }

    @Test
    void aMemberThatWaitsForOthersNeedSendNoHeartbeats() {
        // Given
        List<String> members = f.stableGroup(2);
        var waiting = f.join(members.get(0));

        // When: the other one lingers, alive.
        for (int i = 0; i < 5; i++) {
            f.loop.advance(SESSION - 1);
            f.heartbeat(members.get(1), 2);
        }
        JoinResult other = f.join(members.get(1)).get();

        // Then
        assertEquals(3, waiting.get().generation());
        assertEquals(3, other.generation());

        // When: from the answer on it is expected again.
        f.loop.advance(SESSION);

        // Then
        assertEquals(GroupState.EMPTY, f.group().state());
    }

    @Test
    void aLargerRebalanceTimeoutMakesTheOthersWaitLonger() {
        // Given
        List<String> members = f.stableGroup(2);
        var waiting = f.join(members.get(0));

        // When
        for (int i = 0; i < GroupFixture.REBALANCE / 6_000; i++) {
            f.heartbeat(members.get(1), 2);
            f.loop.advance(5_999);
        }
        assertEquals(2, f.group().size());
        f.loop.advance(10);

        // Then: it did not join in time, and heartbeats do not help it.
        assertEquals(1, waiting.get().members().size());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.heartbeat(members.get(1), 3).get());
    }

    @Test
    void aNewMemberThatIsNeverHeardFromAgainIsGivenUpAfterFiveMinutes() {
        // Given: a group that does not get on because a static member stays away while its session lasts.
        var request = new JoinRequest(GroupFixture.GROUP, "", "node-1", GroupFixture.JAVA, 1_800_000, 1_800_000, "consumer",
                GroupFixture.protocols("range"), null, true, true);
        var first = f.join(request).get();
        f.sync(first.memberId(), "node-1", 1, Map.of());
        var newcomer = f.joinNew();

        // When
        f.loop.advance(5 * 60_000);

        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, newcomer.given().get().error());
        assertNull(f.group().member(newcomer.memberId()));
    }
}
