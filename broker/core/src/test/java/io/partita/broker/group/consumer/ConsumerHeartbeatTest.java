package io.partita.broker.group.consumer;

import static io.partita.broker.group.GroupFixture.GROUP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.ConsumerGroupConfig;
import io.partita.broker.group.Given;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Members join, share, give up, leave and fall silent. */
class ConsumerHeartbeatTest {

    private final ConsumerGroupFixture f = new ConsumerGroupFixture();

    // ---- sharing

    @Test
    void theFirstMemberIsGivenAllAtOnce() {
        // Given
        var first = f.consumer("m-1", "orders");
        // When
        ConsumerHeartbeatResult joined = first.join();
        // Then
        assertEquals(ErrorCode.NONE, joined.error());
        assertEquals(Partitions.of(f.orders, 0, 1, 2, 3, 4, 5), joined.assigned());
        assertEquals(1, joined.epoch());
        assertEquals(ConsumerGroupState.STABLE, f.group().state());
    }

    @Test
    void aSecondMemberGetsItsHalfOnceTheFirstHasLetGoOfIt() {
        // Given
        var first = f.consumer("m-1", "orders");
        var second = f.consumer("m-2", "orders");
        first.join();

        // When
        second.join();
        // Then
        assertEquals(Partitions.NONE, second.owned);
        assertEquals(ConsumerGroupState.RECONCILING, f.group().state());

        // When: the first is told what it may keep, and still has the rest.
        Partitions all = first.owned;
        ConsumerHeartbeatResult told = first.beat();
        // Then
        assertEquals(3, told.assigned().size());
        assertEquals(1, told.epoch());
        second.beat();
        assertEquals(Partitions.NONE, second.owned);

        // When: it says that it has given them up.
        first.beat();
        second.beat();
        // Then
        assertEquals(2, first.epoch);
        assertEquals(2, second.epoch);
        assertEquals(all, first.owned.plus(second.owned));
        assertEquals(3, second.owned.size());
        assertEquals(ConsumerGroupState.STABLE, f.group().state());
    }

    @Test
    void aMemberThatDoesNotSayWhatItHasKeepsWhatItIsToGiveUp() {
        // Given
        var first = f.consumer("m-1", "orders");
        var second = f.consumer("m-2", "orders");
        first.join();
        second.join();
        first.beat();
        // When
        first.beatAndWait();
        second.beat();
        // Then
        assertEquals(Partitions.NONE, second.owned);
        assertEquals(1, f.group().member("m-1").current().epoch());
    }

    @Test
    void whatALeaverHadGoesToTheOthers() {
        // Given
        var first = f.consumer("m-1", "orders");
        var second = f.consumer("m-2", "orders");
        first.join();
        second.join();
        f.settle(first, second);
        // When
        ConsumerHeartbeatResult left = first.leave(ConsumerHeartbeatRequest.LEAVES);
        second.beat();
        // Then
        assertEquals(-1, left.epoch());
        assertEquals(6, second.owned.size());
        assertEquals(1, f.group().size());
    }

    @Test
    void aGroupThatAllHaveLeftIsEmptyAndCanBeJoinedAgain() {
        // Given
        var first = f.consumer("m-1", "orders");
        first.join();
        // When
        first.leave(ConsumerHeartbeatRequest.LEAVES);
        // Then
        assertEquals(ConsumerGroupState.EMPTY, f.group().state());
        assertEquals(6, f.consumer("m-2", "orders").join().assigned().size());
    }

    @Test
    void anotherSubscriptionIsAssignedWithTheHeartbeatThatBringsIt() {
        // Given
        UUID bills = f.shard.topics.put("bills", 2);
        var first = f.consumer("m-1", "orders");
        first.join();
        // When
        first.topics = List.of("bills", "orders");
        first.take(f.send(first.full(first.epoch)).get());
        // Then
        assertEquals(8, first.owned.size());
        assertEquals(List.of(0, 1), first.owned.of(bills));
    }

    // ---- silence

    @Test
    void aSilentMemberIsOutAfterItsSession() {
        // Given
        var first = f.consumer("m-1", "orders");
        var second = f.consumer("m-2", "orders");
        first.join();
        f.shard.loop.advance(40_000);
        second.join();
        // When
        f.shard.loop.advance(5_100);
        second.beat();
        // Then
        assertNull(f.group().member("m-1"));
        assertEquals(6, second.owned.size());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, first.beat().error());
    }

    @Test
    void aMemberThatDoesNotGiveUpPartitionsInTimeIsOut() {
        // Given
        var first = f.consumer("m-1", "orders");
        var second = f.consumer("m-2", "orders");
        first.join();
        second.join();
        first.beatAndWait();
        // When: it is alive but holds on to all it has.
        for (int i = 0; i < 6; i++) {
            f.shard.loop.advance(10_050);
            first.beatAndWait();
            second.beat();
        }
        // Then
        assertNull(f.group().member("m-1"));
        second.beat();
        assertEquals(6, second.owned.size());
    }

    // ---- epochs

    @Test
    void aMemberAheadOfItsEpochIsFenced() {
        // Given
        var first = f.consumer("m-1", "orders");
        first.join();
        first.epoch = 9;
        // When
        ConsumerHeartbeatResult result = first.beat();
        // Then
        assertEquals(ErrorCode.FENCED_MEMBER_EPOCH, result.error());
        assertTrue(result.message().contains("greater member epoch (9)"), result.message());
    }

    @Test
    void aMemberThatMissedAnAnswerMayRepeatItself() {
        // Given
        var first = f.consumer("m-1", "orders");
        var second = f.consumer("m-2", "orders");
        first.join();
        second.join();
        f.settle(first, second);
        second.leave(ConsumerHeartbeatRequest.LEAVES);
        Partitions half = first.owned;
        int before = first.epoch;
        // When: the answer of this one is lost.
        f.send(first.plain(half));
        ConsumerHeartbeatResult again = f.send(first.full(before)).get();
        // Then
        assertEquals(ErrorCode.NONE, again.error());
        assertEquals(before + 1, again.epoch());
        assertEquals(6, again.assigned().size());
        // And with more than it was given it is not believed.
        assertEquals(ErrorCode.FENCED_MEMBER_EPOCH,
                f.send(new ConsumerHeartbeatRequest(GROUP, "m-1", before, null, null, -1, null, null, null, Partitions.of(f.orders, 17),
                        GroupFixture.UNKNOWN, topic -> true, true)).get().error());
    }

    @Test
    void aFencedMemberJoinsAgainUnderItsId() {
        // Given
        var first = f.consumer("m-1", "orders");
        first.join();
        // When
        ConsumerHeartbeatResult again = first.join();
        // Then
        assertEquals(ErrorCode.NONE, again.error());
        assertEquals(6, again.assigned().size());
        assertEquals(1, f.group().size());
    }

    @Test
    void whoIsNoMemberIsToldToJoin() {
        // Given
        var nobody = f.consumer("m-1", "orders");
        nobody.epoch = 3;
        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, nobody.beat().error());
        assertNull(f.group());
    }

    // ---- static members

    @Test
    void aStaticMemberThatLeavesForAWhileGetsItsPartitionsBack() {
        // Given
        var first = f.new TestConsumer("m-1", "node-1", List.of("orders"), null);
        var second = f.consumer("m-2", "orders");
        first.join();
        second.join();
        f.settle(first, second);
        Partitions had = first.owned;
        int epoch = f.group().epoch();

        // When
        assertEquals(-2, first.leave(ConsumerHeartbeatRequest.LEAVES_FOR_A_WHILE).epoch());
        f.shard.loop.advance(30_000);
        second.beat();
        var back = f.new TestConsumer("m-3", "node-1", List.of("orders"), null);
        ConsumerHeartbeatResult joined = back.join();

        // Then
        assertEquals(had, joined.assigned());
        assertEquals(epoch, f.group().epoch());
        assertEquals(2, f.group().size());
    }

    @Test
    void theIdOfAStaticMemberThatIsStillThereIsNotGivenAway() {
        // Given
        var first = f.new TestConsumer("m-1", "node-1", List.of("orders"), null);
        first.join();
        // When
        var other = f.new TestConsumer("m-2", "node-1", List.of("orders"), null);
        // Then
        assertEquals(ErrorCode.UNRELEASED_INSTANCE_ID, other.join().error());
        assertEquals(ErrorCode.NONE, first.beat().error());
    }

    @Test
    void aStaticMemberWhosePlaceIsTakenIsFenced() {
        // Given
        var first = f.new TestConsumer("m-1", "node-1", List.of("orders"), null);
        first.join();
        int epoch = first.epoch;
        first.leave(ConsumerHeartbeatRequest.LEAVES_FOR_A_WHILE);
        f.new TestConsumer("m-2", "node-1", List.of("orders"), null).join();
        // When
        first.epoch = epoch;
        // Then
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, first.beat().error());
    }

    @Test
    void aStaticMemberThatDoesNotComeBackLosesItsPlace() {
        // Given
        var first = f.new TestConsumer("m-1", "node-1", List.of("orders"), null);
        first.join();
        first.leave(ConsumerHeartbeatRequest.LEAVES_FOR_A_WHILE);
        // When
        f.shard.loop.advance(46_000);
        // Then
        assertTrue(f.group().isEmpty());
    }

    // ---- topics

    @Test
    void aTopicThatIsMadeIsAssignedAtOnceToWhoWaitsForIt() {
        // Given
        var first = f.consumer("m-1", "late").as(GroupFixture.JAVA);
        first.join();
        Given<ConsumerHeartbeatResult> waiting = first.beatAndWait();
        assertTrue(waiting.isHeld());
        // When
        UUID late = f.shard.topics.put("late", 2);
        f.topicsChanged("late");
        // Then
        assertEquals(Partitions.of(late, 0, 1), waiting.get().assigned());
    }

    @Test
    void morePartitionsAreAssignedAtOnce() {
        // Given
        var first = f.consumer("m-1", "orders").as(GroupFixture.JAVA);
        first.join();
        Given<ConsumerHeartbeatResult> waiting = first.beatAndWait();
        // When
        f.shard.topics.put("orders", 8);
        f.topicsChanged("orders");
        // Then
        assertEquals(8, waiting.get().assigned().size());
    }

    @Test
    void aTopicMadeAgainIsAnother() {
        // Given
        var first = f.consumer("m-1", "orders");
        first.join();
        // When
        f.shard.topics.remove("orders");
        UUID again = f.shard.topics.put("orders", 2);
        f.topicsChanged("orders");
        f.settle(first);
        // Then
        assertEquals(Partitions.of(again, 0, 1), first.owned);
    }

    // ---- patterns

    @Test
    void aPatternStandsForTopicsThatAreThereAndThatComeLater() {
        // Given
        UUID a = f.shard.topics.put("log-a", 1);
        f.shard.topics.put("__consumer_offsets", 50);
        var first = f.new TestConsumer("m-1", null, List.of(), "log-.*|.*offsets");
        // When
        first.join();
        // Then
        assertEquals(Partitions.of(a, 0), first.owned);

        // When
        UUID b = f.shard.topics.put("log-b", 1);
        f.shard.topics.remove("log-a");
        f.topicsChanged("log-b", "log-a");
        f.settle(first);
        // Then
        assertEquals(Partitions.of(b, 0), first.owned);
        assertTrue(f.group().isSubscribedTo("log-b"));
        assertFalse(f.group().isSubscribedTo("log-a"));
    }

    @Test
    void aPatternThatIsNoneIsRefused() {
        // Given
        var first = f.new TestConsumer("m-1", null, List.of(), "log-(");
        // Then
        assertEquals(ErrorCode.INVALID_REGULAR_EXPRESSION, first.join().error());
        assertNull(f.group());
    }

    @Test
    void aPatternWhoseProgramIsTooLargeIsRefused() {
        // Each just above the bound: any engine takes them.
        for (String regex : List.of("(a{110}){110}", "(?:[a-z]{90}x?){120}", "((a{20}){20}){30}", "(".repeat(300) + "a" + ")".repeat(300), "a".repeat(9_000))) {
            assertEquals(ErrorCode.INVALID_REGULAR_EXPRESSION, f.new TestConsumer("m-1", null, List.of(), regex).join().error());
        }
        for (String regex : List.of("[]{9}a-z]+\\{1000}", "\\Q{{{\\E.*", "orders|bills|[^]x]{2,5}", "\\p{Greek}{3}")) {
            assertEquals(ErrorCode.NONE, f.new TestConsumer("m-1", null, List.of(), regex).join().error(), regex);
        }
    }

    @Test
    void aPatternThatNobodyHasIsForgotten() {
        // Given
        var first = f.new TestConsumer("m-1", null, List.of(), "or.*");
        first.join();
        assertEquals(1, f.group().patterns().size());
        // When
        first.leave(ConsumerHeartbeatRequest.LEAVES);
        // Then
        assertEquals(0, f.group().patterns().size());
    }

    // ---- assignors, bounds, what cannot be

    @Test
    void mostVotesChooseTheAssignor() {
        // Given
        f.consumer("m-1", "orders").asking("range").join();
        // Then
        assertEquals("range", f.shard.shard.describeConsumer(GROUP).assignor());
        // And
        assertEquals(ErrorCode.UNSUPPORTED_ASSIGNOR, f.consumer("m-2", "orders").asking("sticky").join().error());
    }

    @Test
    void aFullGroupTakesNobodyElse() {
        // Given
        var small = new ConsumerGroupFixture(GroupConfig.DEFAULTS.withConsumer(ConsumerGroupConfig.DEFAULTS.withMaxSize(1)));
        var first = small.consumer("m-1", "orders");
        first.join();
        // Then
        assertEquals(ErrorCode.GROUP_MAX_SIZE_REACHED, small.consumer("m-2", "orders").join().error());
        assertEquals(ErrorCode.NONE, first.beat().error());
        assertEquals(ErrorCode.NONE, first.join().error());
    }

    @Test
    void aJoinThatDoesNotSayEnoughIsRefused() {
        var join = new ConsumerHeartbeatRequest(GROUP, "m-1", 0, null, null, -1, List.of("orders"), null, null, Partitions.NONE, GroupFixture.UNKNOWN,
                topic -> true, true);
        assertEquals("RebalanceTimeoutMs must be provided in first request.", f.send(join).get().message());
        assertEquals(ErrorCode.INVALID_REQUEST, f.send(join).get().error());
        assertEquals(ErrorCode.INVALID_REQUEST, f.consumer("", "orders").join().error());
    }

    @Test
    void aGroupThatSaysHowOftenIsAskedForThatAndOthersMoreOften() {
        // Given
        assertEquals(1_000, f.consumer("m-1", "orders").join().intervalMillis());
        // When
        var set = new ConsumerGroupFixture(GroupConfig.DEFAULTS.withConsumer(ConsumerGroupConfig.DEFAULTS.with(50_000, 7_000)));
        // Then
        assertEquals(7_000, set.consumer("m-1", "orders").join().intervalMillis());
        set.shard.loop.advance(49_000);
        assertEquals(1, set.group().size());
        set.shard.loop.advance(2_000);
        assertTrue(set.group().isEmpty());
    }

    // ---- held answers

    @Test
    void whoHasToGiveUpPartitionsIsToldAtOnceAndSoIsWhoGetsThem() {
        // Given
        var first = f.consumer("m-1", "orders").as(GroupFixture.JAVA);
        var second = f.consumer("m-2", "orders").as(GroupFixture.JAVA);
        first.join();
        Given<ConsumerHeartbeatResult> firstWaits = first.beatAndWait();
        // When
        second.join();
        // Then
        assertNotNull(firstWaits.get().assigned());
        first.take(firstWaits.get());
        assertEquals(3, first.owned.size());

        // When: nobody lets go of anything while the second asks.
        Given<ConsumerHeartbeatResult> secondWaits = second.beatAndWait();
        // Then: it has something to wait for, so it is answered when that comes.
        assertTrue(secondWaits.isHeld());
        f.send(first.plain(first.owned));
        assertEquals(3, secondWaits.get().assigned().size());
    }

    @Test
    void aHeldAnswerIsGivenAfterASecondAtTheLatest() {
        // Given
        var first = f.consumer("m-1", "orders").as(GroupFixture.JAVA);
        first.join();
        Given<ConsumerHeartbeatResult> waiting = first.beatAndWait();
        // When
        f.shard.loop.advance(1_001);
        // Then
        assertNull(waiting.get().assigned());
        assertEquals(1_000, waiting.get().intervalMillis());
    }

    @Test
    void aHeldAnswerIsGivenWhenTheClientSendsSomethingElse() {
        // Given
        var first = f.consumer("m-1", "orders").as(GroupFixture.JAVA);
        first.join();
        Given<ConsumerHeartbeatResult> waiting = first.beatAndWait();
        // When
        waiting.nextRequest();
        f.shard.loop.runTasks();
        // Then
        assertNull(waiting.get().assigned());
    }

    @Test
    void clientsThatAreNotKnownAreAnsweredAtOnce() {
        // Given
        var first = f.consumer("m-1", "orders");
        first.join();
        // Then
        assertTrue(first.beatAndWait().isGiven());
    }
}
