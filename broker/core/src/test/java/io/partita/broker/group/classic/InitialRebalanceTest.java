package io.partita.broker.group.classic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.partita.broker.group.Given;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.JoinResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** group.initial.rebalance.delay.ms */
class InitialRebalanceTest {

    private final GroupFixture f = new GroupFixture(GroupConfig.DEFAULTS);

    @Test
    void membersThatStartTogetherAreGivenOneGeneration() {
        // Given
        var first = f.joinNew();
        var second = f.joinNew();
        f.loop.advance(2_999);
        assertFalse(first.given().isGiven());

        // When: somebody joined since, so it goes on for another delay.
        f.loop.advance(1);
        assertFalse(first.given().isGiven());
        f.loop.advance(3_000);

        // Then
        assertEquals(1, first.given().get().generation());
        assertEquals(1, second.given().get().generation());
        assertEquals(2, first.given().get().members().size());
    }

    @Test
    void aLoneMemberWaitsForOneDelay() {
        var first = f.joinNew();
        f.loop.advance(3_000);
        assertEquals(1, first.given().get().generation());
    }

    @Test
    void theDelayEndsWithTheRebalanceTimeout() {
        // Given
        var first = f.joinNew();

        // When: one more every two seconds.
        long start = f.clock.monotonicMillis();
        while (!first.given().isGiven() && f.clock.monotonicMillis() - start < 2 * GroupFixture.REBALANCE) {
            f.loop.advance(2_000);
            if (!first.given().isGiven()) {
                f.joinNew();
            }
        }

        // Then
        assertEquals(GroupFixture.REBALANCE, f.clock.monotonicMillis() - start);
        assertEquals(1, first.given().get().generation());
    }

    @Test
    void aGroupThatHadMembersBeforeWaitsAgain() {
        // Given
        var first = f.joinNew();
        f.loop.advance(3_000);
        f.leave(first.memberId());
        assertEquals(GroupState.EMPTY, f.group().state());

        // When
        var again = f.joinNew();

        // Then
        assertFalse(again.given().isGiven());
        f.loop.advance(3_000);
        assertEquals(3, again.given().get().generation());
    }

    @Test
    void whoLeavesMeanwhileDoesNotCutTheDelayShort() {
        // Given
        var first = f.joinNew();
        var second = f.joinNew();

        // When
        f.leave(second.memberId());

        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, second.given().get().error());
        assertFalse(first.given().isGiven());
        f.loop.advance(6_000);
        assertEquals(List.of(first.memberId()), first.given().get().members().stream().map(JoinResult.JoinedMember::memberId).toList());
    }

    @Test
    void aGroupThatEveryoneLeavesBeforeItStartedIsEmpty() {
        var first = f.joinNew();
        f.leave(first.memberId());
        f.loop.advance(3_000);
        assertEquals(GroupState.EMPTY, f.group().state());
    }
}
