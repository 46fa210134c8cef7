package io.partita.broker.group.consumer;

import static io.partita.broker.group.GroupFixture.GROUP;
import static io.partita.broker.group.GroupFixture.joinRequest;
import static io.partita.broker.group.GroupFixture.subscription;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.ConsumerGroupConfig;
import io.partita.broker.group.Given;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.SyncResult;
import io.partita.broker.group.classic.ConsumerProtocol;
import io.partita.broker.group.classic.GroupState;
import io.partita.broker.protocol.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Members of both protocols in one group, and groups that go over from one to the other. */
class MigrationTest {

    private final ConsumerGroupFixture f = new ConsumerGroupFixture(GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0));

    /** A client of the classic protocol with a cooperative assignor: it says what it has, and joins again when it has less. */
    private final class OldConsumer {
        private String memberId = "";
        private int generation = -1;
        private Map<String, List<Integer>> owned = new HashMap<>();

        private List<JoinProtocol> protocols() {
            return List.of(new JoinProtocol("cooperative-sticky", subscription(List.of("orders"), owned)));
        }

        /** Joins, with what it has, and takes what it is told to. */
        private ErrorCode join() {
            JoinResult joined = f.shard.join(joinRequest(memberId, null, protocols())).get();
            if (joined.error() == ErrorCode.MEMBER_ID_REQUIRED) {
                memberId = joined.memberId();
                joined = f.shard.join(joinRequest(memberId, null, protocols())).get();
            }
            if (joined.error() != ErrorCode.NONE) {
                return joined.error();
            }
            memberId = joined.memberId();
            generation = joined.generation();
            Map<String, byte[]> assignments = joined.members().isEmpty()
                    ? Map.of()
                    : Map.of(memberId, GroupFixture.assignment(Map.of("orders", List.of(0, 1, 2, 3, 4, 5))));
            SyncResult synced = f.shard.sync(memberId, generation, assignments).get();
            if (synced.error() == ErrorCode.NONE) {
                owned = new HashMap<>(ConsumerProtocol.readAssignment(synced.assignment()));
            }
            return synced.error();
        }

        /** Beats, and joins again for as long as it is told to. */
        private void follow() {
            for (int i = 0; i < 5 && f.shard.heartbeat(memberId, generation).get() == ErrorCode.REBALANCE_IN_PROGRESS; i++) {
                join();
            }
        }

        private int count() {
            return owned.getOrDefault("orders", List.of()).size();
        }
    }

    private OldConsumer classicGroup() {
        var old = new OldConsumer();
        assertEquals(ErrorCode.NONE, old.join());
        assertEquals(6, old.count());
        return old;
    }

    @Test
    void aClassicGroupGoesOverWhenAMemberOfTheConsumerProtocolJoins() {
        // Given
        OldConsumer old = classicGroup();
        // When
        var young = f.consumer("m-1", "orders");
        ConsumerHeartbeatResult joined = young.join();
        // Then
        assertEquals(ErrorCode.NONE, joined.error());
        assertEquals(Partitions.NONE, joined.assigned());
        assertNotNull(f.group());
        assertNull(f.shard.group());

        // When: the classic member hears of it, gives up half and says so.
        old.follow();
        young.beat();
        // Then
        assertEquals(3, old.count());
        assertEquals(3, young.owned.size());
        assertEquals(ConsumerGroupState.STABLE, f.group().state());
        assertTrue(f.shard.shard.describeConsumer(GROUP).members().stream().anyMatch(DescribedConsumerGroup.DescribedMember::classic));
    }

    @Test
    void aMemberOfTheClassicProtocolJoinsAConsumerGroup() {
        // Given
        var young = f.consumer("m-1", "orders");
        young.join();
        // When
        var old = new OldConsumer();
        assertEquals(ErrorCode.NONE, old.join());
        assertEquals(0, old.count());
        f.settle(young);
        old.follow();
        // Then
        assertEquals(3, old.count());
        assertEquals(3, young.owned.size());
        assertEquals(ConsumerGroupState.STABLE, f.group().state());
        assertEquals(ErrorCode.NONE, f.shard.commit(old.memberId, old.generation, GroupFixture.offset("orders", 0, 4)).get().partitions().getFirst());
    }

    @Test
    void theGroupGoesBackWhenTheLastMemberOfTheConsumerProtocolLeaves() {
        // Given
        OldConsumer old = classicGroup();
        var young = f.consumer("m-1", "orders");
        young.join();
        old.follow();
        young.beat();
        int epoch = f.group().epoch();
        // When
        young.leave(ConsumerHeartbeatRequest.LEAVES);
        // Then
        assertNull(f.group());
        assertEquals(GroupState.PREPARING_REBALANCE, f.shard.group().state());
        assertTrue(f.shard.group().generation() >= epoch);
        // When
        old.follow();
        // Then
        assertEquals(GroupState.STABLE, f.shard.group().state());
        assertEquals(6, old.count());
    }

    @Test
    void aGroupThatWentOverAndBackIsTheSameAfterARestart() {
        // Given
        OldConsumer old = classicGroup();
        var young = f.consumer("m-1", "orders");
        young.join();
        old.follow();
        young.beat();
        // When
        f.shard.start();
        // Then
        assertEquals(2, f.group().size());
        assertEquals(ErrorCode.NONE, f.shard.heartbeat(old.memberId, old.generation).get());
        assertEquals(ErrorCode.NONE, young.beat().error());
        // When
        young.leave(ConsumerHeartbeatRequest.LEAVES);
        f.shard.start();
        // Then
        assertNull(f.group());
        assertEquals(1, f.shard.group().size());
        old.follow();
        assertEquals(6, old.count());
    }

    @Test
    void thePolicyMayForbidBoth() {
        // Given
        var strict = new ConsumerGroupFixture(GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0)
                .withConsumer(ConsumerGroupConfig.DEFAULTS.withMigration(ConsumerGroupConfig.Migration.DISABLED)));
        strict.shard.stableGroup(1);
        // When
        ConsumerHeartbeatResult joined = strict.consumer("m-1", "orders").join();
        // Then
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, joined.error());
        assertEquals(GroupState.STABLE, strict.shard.group().state());
    }

    @Test
    void aGroupThatIsNotOfConsumersStaysWhatItIs() {
        // Given
        f.shard.join(new JoinRequest(GROUP, "", "worker", GroupFixture.JAVA, 10_000, 60_000, "connect",
                List.of(new JoinProtocol("default", new byte[] {1})), null, true, true));
        // Then
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, f.consumer("m-1", "orders").join().error());
    }

    @Test
    void aGroupWithoutMembersGivesWayEitherWay() {
        // Given
        OldConsumer old = classicGroup();
        f.shard.leave(old.memberId);
        // When
        var young = f.consumer("m-1", "orders");
        assertEquals(6, young.join().assigned().size());
        young.leave(ConsumerHeartbeatRequest.LEAVES);
        // Then
        assertEquals(ConsumerGroupState.EMPTY, f.group().state());
        classicGroup();
        assertNull(f.group());
        // And so after a restart.
        f.shard.start();
        assertNull(f.group());
        assertEquals(1, f.shard.group().size());
    }

    @Test
    void aMemberThatDoesNotJoinAgainIsOut() {
        // Given
        OldConsumer old = classicGroup();
        var young = f.consumer("m-1", "orders");
        young.join();
        // When: it beats but does not join again.
        for (int i = 0; i < 13; i++) {
            assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, f.shard.heartbeat(old.memberId, old.generation).get());
            f.shard.loop.advance(5_000);
            young.beat();
            if (f.group().size() == 1) {
                break;
            }
        }
        // Then
        young.beat();
        assertEquals(6, young.owned.size());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, f.shard.heartbeat(old.memberId, old.generation).get());
    }

    @Test
    void anAdministratorRemovesMembersOfEitherProtocol() {
        // Given
        var young = f.new TestConsumer("m-1", "node-1", List.of("orders"), null);
        young.join();
        // When
        f.shard.leave(new LeaveRequest.Leaver("", "node-1", "removed"));
        // Then
        assertTrue(f.group().isEmpty());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, young.beat().error());
    }
}
