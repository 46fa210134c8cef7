package io.partita.broker.group.share;

import static io.partita.broker.group.GroupFixture.GROUP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Client;
import io.partita.broker.group.Given;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.ShareGroupConfig;
import io.partita.broker.group.ShareServices;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members of share groups: who is one, what it is given, and where a group begins. */
class ShareHeartbeatTest {

    private final TestStates states = new TestStates();
    private final GroupFixture shard = new GroupFixture();
    private ShareGroupConfig config = ShareGroupConfig.DEFAULTS;
    private UUID orders;

    @BeforeEach
    void start() {
        shard.shares = new ShareServices(states, () -> id -> config);
        shard.start();
        orders = shard.topics.put("orders", 3);
    }

    private Given<ShareHeartbeatResult> send(String memberId, int epoch, List<String> topics, Client client) {
        var given = new Given<ShareHeartbeatResult>();
        shard.shard.shareHeartbeat(new ShareHeartbeatRequest(GROUP, memberId, epoch, null, topics, client), given);
        shard.loop.runTasks();
        return given;
    }

    private ShareHeartbeatResult join(String memberId, String... topics) {
        return send(memberId, 0, List.of(topics), GroupFixture.UNKNOWN).get();
    }

    private ShareHeartbeatResult beat(String memberId, int epoch) {
        return send(memberId, epoch, null, GroupFixture.UNKNOWN).get();
    }

    private static ShareStates.Place place(UUID topic, int partition) {
        return new ShareStates.Place(topic, partition);
    }

    private void topicsChanged(String... names) {
        shard.shard.topicsChanged(List.of(names));
        shard.loop.runTasks();
    }

    @Test
    void aMemberIsGivenAllPartitionsWithTheAnswerToItsJoin() {
        ShareHeartbeatResult joined = join("a", "orders");

        assertEquals(ErrorCode.NONE, joined.error());
        assertEquals(Partitions.of(orders, 0, 1, 2), joined.assigned());
        assertTrue(joined.epoch() > 0);
        assertEquals(new ShareStates.From.Latest(), states.begun.get(place(orders, 2)));
    }

    @Test
    void aJoinWaitsForWherePartitionsBegin() {
        states.waits = true;
        Given<ShareHeartbeatResult> joined = send("a", 0, List.of("orders"), GroupFixture.UNKNOWN);
        assertFalse(joined.isGiven());

        states.answer();
        shard.loop.runTasks();

        assertEquals(Partitions.of(orders, 0, 1, 2), joined.get().assigned());
    }

    @Test
    void moreMembersThanPartitionsAllHaveOne() {
        for (String member : List.of("a", "b", "c", "d", "e")) {
            join(member, "orders");
        }
        DescribedShareGroup described = shard.shard.describeShare(GROUP);
        List.of("a", "b", "c", "d", "e").forEach(member -> beat(member, described.members().stream()
                .filter(one -> one.memberId().equals(member)).findAny().orElseThrow().epoch()));

        assertTrue(shard.shard.describeShare(GROUP).members().stream().allMatch(member -> member.assigned().size() == 1));
        assertEquals("Stable", shard.shard.describeShare(GROUP).state());
    }

    @Test
    void aTopicMadeLaterIsReadFromItsBeginning() {
        int epoch = join("a", "orders", "later").epoch();
        UUID later = shard.topics.put("later", 1);
        topicsChanged("later");

        assertEquals(new ShareStates.From.Earliest(), states.begun.get(place(later, 0)));
        assertEquals(Partitions.of(orders, 0, 1, 2).plus(Partitions.of(later, 0)), beat("a", epoch).assigned());
    }

    @Test
    void aTopicThatGrowsIsReadFromTheBeginningOfItsNewPartitions() {
        join("a", "orders");
        shard.topics.put("orders", 4);
        topicsChanged("orders");

        assertEquals(new ShareStates.From.Earliest(), states.begun.get(place(orders, 3)));
        assertEquals(new ShareStates.From.Latest(), states.begun.get(place(orders, 0)));
    }

    @Test
    void aTopicMadeAgainWhileNobodyWasThereIsReadFromItsBeginning() {
        int epoch = join("a", "orders").epoch();
        send("a", -1, null, GroupFixture.UNKNOWN);
        shard.topics.remove("orders");
        topicsChanged("orders");
        shard.shard.topicsDeleted(Map.of("orders", orders));
        shard.loop.runTasks();
        assertTrue(states.ended.containsAll(List.of(place(orders, 0), place(orders, 1), place(orders, 2))));
        UUID again = shard.topics.put("orders", 1);

        shard.start();
        join("a", "orders");

        assertTrue(epoch > 0);
        assertEquals(new ShareStates.From.Earliest(), states.begun.get(place(again, 0)));
    }

    @Test
    void whatBeganIsKnownToTheNextCoordinator() {
        int epoch = join("a", "orders").epoch();
        states.begun.clear();

        shard.start();

        assertEquals(ErrorCode.NONE, beat("a", epoch).error());
        assertTrue(states.begun.isEmpty());
        assertEquals(Partitions.of(orders, 0, 1, 2), shard.shard.describeShare(GROUP).members().getFirst().assigned());
    }

    @Test
    void whatWasToBeginWhenTheCoordinatorFellBeginsWithTheNext() {
        states.waits = true;
        send("a", 0, List.of("orders"), GroupFixture.UNKNOWN);
        states.waits = false;

        shard.start();

        assertEquals(new ShareStates.From.Latest(), states.begun.get(place(orders, 0)));
    }

    @Test
    void aHeartbeatIsHeldUntilThereAreNews() {
        int epoch = send("a", 0, List.of("orders"), GroupFixture.JAVA).get().epoch();
        Given<ShareHeartbeatResult> held = send("a", epoch, null, GroupFixture.JAVA);
        assertFalse(held.isGiven());

        join("b", "orders");

        assertTrue(held.get().assigned().size() < 3);
    }

    @Test
    void strangersAndThoseOfOtherEpochsAreFenced() {
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, beat("a", 3).error());
        int epoch = join("a", "orders").epoch();
        assertEquals(ErrorCode.FENCED_MEMBER_EPOCH, beat("a", epoch + 1).error());
        assertEquals(ErrorCode.INVALID_REQUEST, send("", 0, List.of("orders"), GroupFixture.UNKNOWN).get().error());
        assertEquals(ErrorCode.INVALID_REQUEST, send("b", 0, null, GroupFixture.UNKNOWN).get().error());
        assertEquals(ErrorCode.INVALID_REQUEST, send("b", -2, null, GroupFixture.UNKNOWN).get().error());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, send("b", -1, null, GroupFixture.UNKNOWN).get().error());
    }

    @Test
    void aFullGroupTakesNobodyElse() {
        config = config.withMaxSize(1);
        join("a", "orders");
        assertEquals(ErrorCode.GROUP_MAX_SIZE_REACHED, join("b", "orders").error());
        assertEquals(ErrorCode.NONE, join("a", "orders").error());
    }

    @Test
    void whoIsSilentIsOut() {
        join("a", "orders");
        shard.loop.advance(config.sessionTimeoutMillis());
        shard.loop.runTasks();
        assertTrue(shard.shard.describeShare(GROUP).members().isEmpty());
        assertEquals(List.of("Empty"), shard.shard.list().stream().map(ListedGroup::state).toList());
    }

    @Test
    void groupsOfOtherTypesAreNotJoined() {
        shard.stableGroup(1);
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, join("a", "orders").error());
    }

    @Test
    void offsetsChangeWhileNobodyIsThereAndGroupsAreDeletedWithTheirStates() {
        int epoch = join("a", "orders").epoch();
        var start = new ShareStates.Start(place(orders, 1), new ShareStates.From.Offset(5));
        var given = new Given<ShareOffsets.Changed>();
        shard.shard.alterShareOffsets(GROUP, List.of(start), given);
        shard.loop.runTasks();
        assertEquals(ErrorCode.NON_EMPTY_GROUP, given.get().error());

        send("a", -1, null, GroupFixture.UNKNOWN);
        var altered = new Given<ShareOffsets.Changed>();
        shard.shard.alterShareOffsets(GROUP, List.of(start), altered);
        shard.loop.runTasks();
        assertEquals(List.of(ErrorCode.NONE), altered.get().codes());
        assertTrue(states.epochs.get(place(orders, 1)) > epoch);
        var described = new Given<ShareOffsets.Described>();
        shard.shard.describeShareOffsets(GROUP, null, described);
        shard.loop.runTasks();
        assertEquals(List.of(place(orders, 0), place(orders, 1), place(orders, 2)), described.get().places());
        assertEquals(5, described.get().summaries().get(1).startOffset());

        assertEquals(ErrorCode.NONE, shard.deleteGroup());
        assertTrue(states.ended.contains(place(orders, 0)));
        assertTrue(shard.shard.list().isEmpty());
    }
}
