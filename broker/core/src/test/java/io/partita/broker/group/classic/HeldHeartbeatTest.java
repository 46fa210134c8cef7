package io.partita.broker.group.classic;

import static io.partita.broker.group.GroupFixture.JAVA;
import static io.partita.broker.group.GroupFixture.LIBRDKAFKA;
import static io.partita.broker.group.GroupFixture.SESSION;
import static io.partita.broker.group.GroupFixture.UNKNOWN;
import static io.partita.broker.group.GroupFixture.assignment;
import static io.partita.broker.group.GroupFixture.joinRequest;
import static io.partita.broker.group.GroupFixture.protocols;
import static io.partita.broker.group.GroupFixture.subscription;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Client;
import io.partita.broker.group.Given;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeldHeartbeatTest {

    private final GroupFixture f = new GroupFixture();

    @Test
    void theAnswerComesTheMomentAnotherMemberJoins() {
        // Given
        String member = f.stableGroup(1).getFirst();
        var heartbeat = f.heartbeat(member, null, 1, JAVA);
        assertTrue(heartbeat.isHeld());

        // When
        f.joinNew();

        // Then
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, heartbeat.get());
    }

    @Test
    void theAnswerComesTheMomentAnotherMemberLeavesOrExpires() {
        // Given
        List<String> members = f.stableGroup(3);
        var heartbeat = f.heartbeat(members.get(0), null, 2, JAVA);

        // When
        f.leave(members.get(1));

        // Then
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, heartbeat.get());
    }

    @Test
    void theNextRequestOnTheConnectionEndsTheHold() {
        // Given
        String member = f.stableGroup(1).getFirst();
        var heartbeat = f.heartbeat(member, null, 1, JAVA);

        // When
        heartbeat.nextRequest();

        // Then
        assertEquals(ErrorCode.NONE, heartbeat.get());
        f.joinNew();
        heartbeat.nextRequest();
    }

    @Test
    void nothingIsHeldForLongerThanTheBound() {
        // Given
        String member = f.stableGroup(1).getFirst();
        var heartbeat = f.heartbeat(member, null, 1, JAVA);

        // When
        f.loop.advance(SESSION / 3 - 1);
        assertTrue(heartbeat.isHeld());
        f.loop.advance(1);

        // Then
        assertEquals(ErrorCode.NONE, heartbeat.get());
    }

    @Test
    void aSecondHeartbeatEndsTheHoldOfTheFirst() {
        // Given
        String member = f.stableGroup(1).getFirst();
        var first = f.heartbeat(member, null, 1, JAVA);

        // When
        var second = f.heartbeat(member, null, 1, JAVA);

        // Then
        assertEquals(ErrorCode.NONE, first.get());
        assertTrue(second.isHeld());
    }

    @Test
    void whoIsTakenOutOrReplacedLearnsItAtOnce() {
        // Given
        List<String> members = f.stableGroup(1);
        var heartbeat = f.heartbeat(members.get(0), null, 1, JAVA);

        // When
        f.leave(members.get(0));

        // Then
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, heartbeat.get());

        // Given
        String fixed = f.joinStatic("", "node-1").get().memberId();
        f.sync(fixed, "node-1", 3, Map.of());
        var held = f.heartbeat(fixed, "node-1", 3, LIBRDKAFKA);
        assertTrue(held.isHeld());

        // When
        f.joinStatic("", "node-1");

        // Then
        assertEquals(ErrorCode.FENCED_INSTANCE_ID, held.get());
    }

    @Test
    void aShardThatGoesSendsTheClientElsewhere() {
        // Given
        String member = f.stableGroup(1).getFirst();
        var heartbeat = f.heartbeat(member, null, 1, JAVA);

        // When
        f.shard.close();

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, heartbeat.get());
        assertEquals(ErrorCode.NOT_COORDINATOR, f.heartbeat(member, 1).get());
        f.loop.advance(10 * SESSION);
        assertEquals(0, f.loop.timerCount(), "nothing is left running");
    }

    @Test
    void aHoldNeitherProlongsNorShortensASession() {
        // Given
        List<String> members = f.stableGroup(1);
        f.heartbeat(members.get(0), null, 1, JAVA);

        // When
        f.loop.advance(SESSION - 1);
        assertEquals(1, f.group().size());
        f.loop.advance(1);

        // Then
        assertEquals(0, f.group().size());
    }

    @Test
    void clientsThatCannotBearItAreAnsweredAtOnce() {
        // Given
        String member = f.stableGroup(1).getFirst();

        // Then
        for (var client : List.of(UNKNOWN, new Client("c", "/h", "kgo", "1.16.1"), new Client("c", "/h", "sarama", "1.43"))) {
            assertEquals(ErrorCode.NONE, f.heartbeat(member, null, 1, client).get(), client.softwareName());
        }
    }

    @Test
    void javaClientsThatDoNotLeaveOnCloseAreAnsweredAtOnce() {
        // Given
        String fixed = f.joinStatic("", "node-1").get().memberId();
        f.sync(fixed, "node-1", 1, Map.of());

        // Then
        assertEquals(ErrorCode.NONE, f.heartbeat(fixed, "node-1", 1, JAVA).get());

        // Given
        var streams = new GroupFixture();
        String member = streams.stableGroup(1, protocols("stream")).getFirst();

        // Then
        assertEquals(ErrorCode.NONE, streams.heartbeat(member, null, 1, JAVA).get());
    }

    @Test
    void librdkafkaIsHeldForLessThanItsInterval() {
        // Given
        String member = f.stableGroup(1).getFirst();
        var first = f.heartbeat(member, null, 1, LIBRDKAFKA);

        // When: the interval is not known yet, so it is taken to be three seconds.
        f.loop.advance(2_800);
        assertTrue(first.isHeld());
        f.loop.advance(100);

        // Then
        assertTrue(first.isGiven());

        // Given: in fact there are two seconds between its heartbeats.
        var member2 = f.group().member(member);
        member2.lastHeartbeatMillis = f.clock.monotonicMillis() - 2_000;
        var second = f.heartbeat(member, null, 1, LIBRDKAFKA);

        // When
        f.loop.advance(1_850);
        assertTrue(second.isHeld());
        f.loop.advance(50);

        // Then
        assertTrue(second.isGiven());

        // When: a heartbeat came late for once.
        f.loop.advance(3_100);
        var third = f.heartbeat(member, null, 1, LIBRDKAFKA);
        f.loop.advance(1_900);

        // Then
        assertTrue(third.isGiven(), "the interval is the shortest seen");
    }

    @Test
    void bindingsOfLibrdkafkaAreRecognised() {
        String member = f.stableGroup(1).getFirst();
        for (var client : List.of(new Client("c", "/h", "confluent-kafka-python", "2.3.0-rdkafka-2.3.0"), new Client("c", "/h", "rust-rdkafka", "0.36"),
                new Client("c", "/h", "my-binding", "1.0-librdkafka-2.0.2"), new Client("c", "/h", "kafka-python", "3.0.0"))) {
            assertTrue(f.heartbeat(member, null, 1, client).isHeld(), client.softwareName());
        }
    }

    @Test
    void holdingCanBeSwitchedOff() {
        var off = new GroupFixture(GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0).withHeartbeatHoldMaxMillis(0));
        String member = off.stableGroup(1).getFirst();
        assertEquals(ErrorCode.NONE, off.heartbeat(member, null, 1, JAVA).get());
    }

    // ---- cooperative rebalancing (KIP-429)

    private static List<JoinProtocol> cooperative(Map<String, List<Integer>> owned) {
        return List.of(new JoinProtocol("cooperative-sticky", subscription(List.of("t"), owned)));
    }

    @Test
    void aNewcomerWithoutPartitionsWaitsForTheRebalanceThatGivesItSome() {
        // Given: a member that owns both partitions, and a newcomer.
        String owner = f.stableGroup(1, cooperative(Map.of())).getFirst();
        var newcomer = f.joinNew(cooperative(Map.of()));
        f.join(joinRequest(owner, null, cooperative(Map.of("t", List.of(0, 1)))));
        int generation = newcomer.given().get().generation();

        // When: the owner is to give one up.
        var waiting = f.sync(newcomer.memberId(), generation, Map.of());
        var leading = f.sync(owner, generation, Map.of(owner, assignment(Map.of("t", List.of(0))), newcomer.memberId(), assignment(Map.of())));

        // Then
        assertTrue(leading.isGiven());
        assertTrue(waiting.isHeld());
        assertEquals(GroupState.STABLE, f.group().state());

        // When: it has, and rejoins.
        var rejoined = f.join(joinRequest(owner, null, cooperative(Map.of("t", List.of(0)))));

        // Then
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, waiting.get().error());
        f.join(joinRequest(newcomer.memberId(), null, cooperative(Map.of())));
        assertEquals(generation + 1, rejoined.get().generation());
    }

    @Test
    void aNewcomerThatAsksOnceTheGroupIsStableWaitsToo() {
        // Given
        String owner = f.stableGroup(1, cooperative(Map.of())).getFirst();
        var newcomer = f.joinNew(cooperative(Map.of()));
        f.join(joinRequest(owner, null, cooperative(Map.of("t", List.of(0, 1)))));
        int generation = newcomer.given().get().generation();
        byte[] nothing = assignment(Map.of());
        f.sync(owner, generation, Map.of(owner, assignment(Map.of("t", List.of(0))), newcomer.memberId(), nothing));

        // When
        var waiting = f.sync(newcomer.memberId(), generation, Map.of());

        // Then
        assertTrue(waiting.isHeld());
        f.join(joinRequest(owner, null, cooperative(Map.of("t", List.of(0)))));
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, waiting.get().error());
    }

    @Test
    void aHeldAssignmentIsGivenAfterTheBoundOrWithTheNextRequest() {
        for (boolean nextRequest : new boolean[] {true, false}) {
            // Given
            var g = new GroupFixture();
            String owner = g.stableGroup(1, cooperative(Map.of())).getFirst();
            var newcomer = g.joinNew(cooperative(Map.of()));
            g.join(joinRequest(owner, null, cooperative(Map.of("t", List.of(0, 1)))));
            int generation = newcomer.given().get().generation();
            var waiting = g.sync(newcomer.memberId(), generation, Map.of());
            g.sync(owner, generation, Map.of(owner, assignment(Map.of("t", List.of(0))), newcomer.memberId(), assignment(Map.of())));
            assertTrue(waiting.isHeld());

            // When
            if (nextRequest) {
                waiting.nextRequest();
            } else {
                g.loop.advance(SESSION / 3);
            }

            // Then
            assertEquals(ErrorCode.NONE, waiting.get().error());
            assertArrayEquals(assignment(Map.of()), waiting.get().assignment());
            g.loop.advance(SESSION / 2);
            assertEquals(2, g.group().size(), "its session goes on");
        }
    }

    @Test
    void nobodyWaitsWhenNoPartitionIsGivenUp() {
        // Given: more members than partitions.
        String owner = f.stableGroup(1, cooperative(Map.of())).getFirst();
        var newcomer = f.joinNew(cooperative(Map.of()));
        f.join(joinRequest(owner, null, cooperative(Map.of("t", List.of(0)))));
        int generation = newcomer.given().get().generation();

        // When
        var idle = f.sync(newcomer.memberId(), generation, Map.of());
        f.sync(owner, generation, Map.of(owner, assignment(Map.of("t", List.of(0))), newcomer.memberId(), assignment(Map.of())));

        // Then
        assertFalse(idle.isHeld());
        assertNull(f.group().member(newcomer.memberId()).held);
    }

    @Test
    void metadataThatIsNotTheConsumersOwnIsLeftAlone() {
        // Given
        var garbage = List.of(new JoinProtocol("custom", new byte[] {0, 1, 2}));
        String owner = f.stableGroup(1, garbage).getFirst();
        var newcomer = f.joinNew(garbage);
        f.join(joinRequest(owner, null, garbage));
        int generation = newcomer.given().get().generation();

        // When
        var follower = f.sync(newcomer.memberId(), generation, Map.of());
        f.sync(owner, generation, Map.of());

        // Then
        assertTrue(follower.isGiven());
    }
}
