package io.partita.broker.group.classic;

import static io.partita.broker.group.GroupFixture.JAVA;
import static io.partita.broker.group.GroupFixture.REBALANCE;
import static io.partita.broker.group.GroupFixture.SESSION;
import static io.partita.broker.group.GroupFixture.joinRequest;
import static io.partita.broker.group.GroupFixture.protocols;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Given;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JoinGroupTest {

    private final GroupFixture f = new GroupFixture();

    @Test
    void aNewClientIsGivenAnIdFirstAndJoinsWithIt() {
        // When
        JoinResult required = f.join("").get();

        // Then
        assertEquals(ErrorCode.MEMBER_ID_REQUIRED, required.error());
        assertTrue(required.memberId().startsWith("app-"), required.memberId());
        assertEquals(0, f.group().size());

        // When
        JoinResult joined = f.join(required.memberId()).get();

        // Then
        assertEquals(ErrorCode.NONE, joined.error());
        assertEquals(required.memberId(), joined.memberId());
        assertEquals(1, joined.generation());
        assertEquals("consumer", joined.protocolType());
        assertEquals("range", joined.protocol());
        assertEquals(joined.memberId(), joined.leader());
        assertFalse(joined.skipAssignment());
        assertEquals(1, joined.members().size());
        assertArrayEquals(protocols("range").getFirst().metadata(), joined.members().getFirst().metadata());
        assertEquals(GroupState.COMPLETING_REBALANCE, f.group().state());
    }

    @Test
    void anOldClientIsAMemberAtOnce() {
        // Given: a request before version 4.
        var request = new JoinRequest(GroupFixture.GROUP, "", null, JAVA, SESSION, SESSION, "consumer", protocols("range"), null, false, false);

        // When
        JoinResult joined = f.join(request).get();

        // Then
        assertEquals(ErrorCode.NONE, joined.error());
        assertEquals(joined.memberId(), joined.leader());
    }

    @Test
    void allAreGivenTheSameGenerationAndOnlyTheLeaderTheMembers() {
        // Given
        var first = f.joinNew();
        var second = f.joinNew();
        assertFalse(second.given().isGiven(), "the second waits for the first");

        // When
        JoinResult leader = f.join(first.memberId()).get();

        // Then
        JoinResult follower = second.given().get();
        assertEquals(leader.generation(), follower.generation());
        assertEquals(first.memberId(), leader.leader());
        assertEquals(first.memberId(), follower.leader());
        assertEquals(List.of(first.memberId(), second.memberId()), leader.members().stream().map(JoinResult.JoinedMember::memberId).toList());
        assertTrue(follower.members().isEmpty());
    }

    @Test
    void sessionTimeoutsOutOfBoundsAreRefused() {
        for (int timeout : List.of(5_999, 1_800_001, 0, -1)) {
            var request = new JoinRequest(GroupFixture.GROUP, "", null, JAVA, timeout, REBALANCE, "consumer", protocols("range"), null, true, true);
            assertEquals(ErrorCode.INVALID_SESSION_TIMEOUT, f.join(request).get().error());
        }
        assertNull(f.group());
    }

    @Test
    void anIdNobodyWasGivenIsUnknown() {
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.join("made up").get().error());
        assertNull(f.group());

        f.stableGroup(1);
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.join("made up").get().error());
    }

    @Test
    void protocolsThatNotAllSpeakAreRefused() {
        // Given
        f.stableGroup(1);

        // Then
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, f.join(joinRequest("", null, protocols("sticky"))).get().error());
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, f.join(joinRequest("", null, List.of())).get().error());
        var connect = new JoinRequest(GroupFixture.GROUP, "", null, JAVA, SESSION, REBALANCE, "connect", protocols("range"), null, true, true);
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, f.join(connect).get().error());
    }

    @Test
    void anEmptyGroupTakesAnyProtocolTypeButOneThereMustBe() {
        var none = new JoinRequest(GroupFixture.GROUP, "", null, JAVA, SESSION, REBALANCE, "", protocols("range"), null, true, true);
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, f.join(none).get().error());
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, f.join(joinRequest("", null, List.of())).get().error());
        assertNull(f.group(), "a refused request leaves no group behind");
    }

    @Test
    void stringsThatNoRecordCanHoldAreRefused() {
        assertEquals(ErrorCode.INVALID_REQUEST, f.joinStatic("", "x".repeat(32_768)).get().error());
        assertEquals(ErrorCode.INVALID_REQUEST, f.join(joinRequest("", null, protocols("é".repeat(17_000)))).get().error());
    }

    @Test
    void theProtocolMostMembersPreferIsChosen() {
        // Given
        var first = f.joinNew(protocols("range", "roundrobin", "sticky"));
        var second = f.joinNew(protocols("sticky", "roundrobin"));
        var third = f.joinNew(protocols("roundrobin", "sticky"));

        // When
        JoinResult joined = f.join(joinRequest(first.memberId(), null, protocols("range", "roundrobin", "sticky"))).get();

        // Then: range is not spoken by all, so the first votes for roundrobin as the third does.
        assertEquals("roundrobin", joined.protocol());
        assertEquals("roundrobin", second.given().get().protocol());
        assertEquals("roundrobin", third.given().get().protocol());
    }

    @Test
    void aMemberThatChangesNothingIsToldTheGenerationAgain() {
        // Given
        List<String> members = f.stableGroup(2);

        // When
        JoinResult again = f.join(members.get(1)).get();

        // Then
        assertEquals(ErrorCode.NONE, again.error());
        assertEquals(2, again.generation());
        assertTrue(again.members().isEmpty());
        assertEquals(GroupState.STABLE, f.group().state());
    }

    @Test
    void aLeaderThatJoinsAgainOrNewMetadataMakeARebalance() {
        // Given
        List<String> members = f.stableGroup(2);

        // When
        f.join(members.get(0));

        // Then
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());

        // Given
        assertEquals(3, f.join(members.get(1)).get().generation());
        f.sync(members.get(1), 3, Map.of());
        f.sync(members.get(0), 3, Map.of());
        assertEquals(GroupState.STABLE, f.group().state());

        // When
        f.join(joinRequest(members.get(1), null, protocols("range", "sticky")));

        // Then
        assertEquals(GroupState.PREPARING_REBALANCE, f.group().state());
    }

    @Test
    void aLostAnswerIsGivenAgainWhileTheAssignmentIsAwaited() {
        // Given
        var first = f.joinNew();

        // When
        JoinResult again = f.join(first.memberId()).get();

        // Then
        assertEquals(first.given().get().generation(), again.generation());
        assertEquals(1, again.members().size(), "it leads, so it needs the members again");
        assertEquals(GroupState.COMPLETING_REBALANCE, f.group().state());
    }

    @Test
    void newMetadataWhileTheAssignmentIsAwaitedStartsOver() {
        // Given
        var first = f.joinNew();

        // When
        JoinResult again = f.join(joinRequest(first.memberId(), null, protocols("range", "sticky"))).get();

        // Then
        assertEquals(first.given().get().generation() + 1, again.generation());
    }

    @Test
    void aSecondRequestOfTheSameMemberTakesThePlaceOfTheFirst() {
        // Given
        f.stableGroup(1);
        var waiting = f.joinNew();

        // When
        var again = f.join(waiting.memberId());

        // Then
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, waiting.given().get().error());
        assertFalse(again.isGiven());
        assertEquals(1, f.group().awaitingJoinCount());
    }

    @Test
    void moreMembersThanAllowedAreTurnedAway() {
        // Given
        var small = new GroupFixture(GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0).withMaxSize(2));
        List<String> members = small.stableGroup(2);

        // When
        JoinResult third = small.join("").get();

        // Then
        assertEquals(ErrorCode.GROUP_MAX_SIZE_REACHED, third.error());
        assertEquals("", third.memberId());

        // When: the members themselves may join as often as they like.
        small.join(members.get(0));

        // Then
        assertEquals(ErrorCode.NONE, small.join(members.get(1)).get().error());
    }

    @Test
    void aGroupLoadedAboveALoweredLimitLosesTheLastToComeBack() {
        // Given
        List<String> members = f.stableGroup(3);
        var small = new GroupFixture(GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0).withMaxSize(2));
        small.log.prefill(f.log.committedBatches());
        small.start();
        assertEquals(GroupState.PREPARING_REBALANCE, small.group().state());

        // When
        var first = small.join(members.get(0));
        var second = small.join(members.get(1));
        var third = small.join(members.get(2));

        // Then
        assertEquals(ErrorCode.GROUP_MAX_SIZE_REACHED, third.get().error());
        assertEquals(ErrorCode.NONE, first.get().error());
        assertEquals(ErrorCode.NONE, second.get().error());
        assertEquals(2, small.group().size());
    }

    @Test
    void anIdThatIsNotUsedIsTakenBackAfterTheSessionTimeout() {
        // Given
        String memberId = f.join("").get().memberId();

        // When
        f.loop.advance(SESSION);

        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.join(memberId).get().error());
        assertNull(f.group());
    }

    @Test
    void whoHasAnIdButHasNotComeBackIsWaitedFor() {
        // Given
        List<String> members = f.stableGroup(1);
        String pending = f.join("").get().memberId();

        // When
        var leader = f.join(members.get(0));

        // Then
        assertFalse(leader.isGiven());

        // When
        f.join(pending);

        // Then
        assertEquals(2, leader.get().members().size());
    }

    @Test
    void aStaticInstanceCannotUseAnIdGivenToADynamicMember() {
        String pending = f.join("").get().memberId();
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.joinStatic(pending, "node-1").get().error());
    }
}
