package io.partita.broker.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Invariant;
import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class GroupCoordinatorTest {

    private static final int PARTITIONS = 4;

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final GroupCoordinator groups = new GroupCoordinator(loop.clock(), new Random(3)::nextLong, GroupConfig.DEFAULTS, new MemoryPool(64 << 20));
    private final List<TestCoordinatorLog> logs = new ArrayList<>();

    private void elect() {
        groups.shards().partitionCount(PARTITIONS);
        for (int i = 0; i < PARTITIONS; i++) {
            logs.add(new TestCoordinatorLog(loop));
            groups.shards().elected(i, loop, logs.get(i));
        }
        loop.runTasks();
    }

    private PartitionsResult commit(String groupId) {
        var given = new Given<PartitionsResult>();
        groups.commitOffsets(new CommitRequest(groupId, -1, "", null, -1, true, List.of(GroupFixture.offset("t", 0, 1))), given);
        loop.runTasks();
        return given.get();
    }

    @Test
    void groupsBelongToThePartitionTheyBelongToInKafka() {
        assertEquals(Math.abs("orders".hashCode()) % 50, GroupCoordinator.partitionFor("orders", 50));
        assertEquals(0, GroupCoordinator.partitionFor("", 50));
        // The one hash without an absolute value.
        assertEquals(Integer.MIN_VALUE, "polygenelubricants".hashCode());
        assertEquals(0, GroupCoordinator.partitionFor("polygenelubricants", 50));
    }

    @Test
    void eachGroupIsInItsPartitionAndAllAreListed() {
        // Given
        elect();
        var names = List.of("orders", "payments", "a", "b", "c", "");

        // When
        for (String name : names) {
            assertEquals(List.of(ErrorCode.NONE), commit(name).partitions());
        }

        // Then
        var listed = new Given<GroupCoordinator.ListResult>();
        groups.listGroups(listed);
        assertEquals(names.stream().sorted().toList(), listed.get().groups().stream().map(ListedGroup::groupId).sorted().toList());
        for (String name : names) {
            assertTrue(logs.get(GroupCoordinator.partitionFor(name, PARTITIONS)).committedCount() > 0);
        }
    }

    @Test
    void aPartitionLedElsewhereHasNoGroupsHere() {
        // Given
        assertEquals(ErrorCode.NOT_COORDINATOR, commit("orders").error());
        elect();
        commit("orders");

        // When
        groups.shards().resigned(GroupCoordinator.partitionFor("orders", PARTITIONS));
        loop.runTasks();

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, commit("orders").error());
        var described = new Given<List<GroupCoordinator.DescribeResult>>();
        groups.describeGroups(List.of("orders"), described);
        assertEquals(ErrorCode.NOT_COORDINATOR, described.get().getFirst().error());
        var listed = new Given<GroupCoordinator.ListResult>();
        groups.listGroups(listed);
        assertEquals(ErrorCode.NONE, listed.get().error());
    }

    @Test
    void aDefectEndsTheShardForAllWhoWaitAndItIsLoadedAnew() {
        // Given a group with an offset, and a client that waits to become a member
        elect();
        commit("orders");
        var joining = new Given<JoinResult>();
        groups.join(new JoinRequest("orders", "", null, GroupFixture.UNKNOWN, GroupFixture.SESSION, GroupFixture.REBALANCE, "consumer",
                GroupFixture.protocols("range"), null, false, false), joining);
        loop.runTasks();
        assertFalse(joining.isGiven());

        // When something goes wrong in a task of its shard
        assertEquals(0, groups.defectCount());
        var answered = new Given<ErrorCode>();
        groups.heartbeat(new HeartbeatRequest("orders", 1, "nobody", null, GroupFixture.UNKNOWN), result -> {
            answered.give(result);
            throw new AssertionError("thrown by the test");
        });
        loop.runTasks();

        // Then nobody waits in vain
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, answered.get());
        assertEquals(ErrorCode.NOT_COORDINATOR, joining.get().error());
        assertEquals(1, groups.defectCount());
        assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, commit("orders").error());
        // and what the log has is served again after a pause
        loop.advance(1_000);
        assertEquals(1, offsets("orders"));
        assertEquals(List.of(ErrorCode.NONE), commit("orders").partitions());
    }

    @Test
    void aNewEpochLoadsTheGroupsAnew() {
        // Given
        elect();
        commit("orders");
        int partition = GroupCoordinator.partitionFor("orders", PARTITIONS);

        // When
        groups.shards().elected(partition, loop, logs.get(partition));
        loop.runTasks();

        // Then
        assertEquals(1, offsets("orders"));
    }

    private int offsets(String groupId) {
        var given = new Given<List<FetchOffsetsResult>>();
        groups.fetchOffsets(List.of(new FetchOffsetsRequest(groupId, null, false)), given);
        return given.get().getFirst().topics().size();
    }

    @Test
    void whileAPartitionLoadsItsClientsWait() {
        // Given
        groups.shards().partitionCount(1);
        var log = new TestCoordinatorLog(loop);
        log.pauseReplay();
        groups.shards().elected(0, loop, log);

        // Then
        assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, commit("orders").error());
        var heartbeat = new Given<ErrorCode>();
        groups.heartbeat(new HeartbeatRequest("orders", 1, "m", null, GroupFixture.UNKNOWN), heartbeat);
        assertEquals(ErrorCode.NONE, heartbeat.get(), "a member need not be alarmed");
        var listed = new Given<GroupCoordinator.ListResult>();
        groups.listGroups(listed);
        assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, listed.get().error());

        // When
        log.resumeReplay();
        loop.runTasks();

        // Then
        assertEquals(ErrorCode.NONE, commit("orders").error());
    }

    @Test
    void deletedTopicsAreForgottenInAllPartitions() {
        elect();
        commit("orders");
        commit("payments");
        groups.topicsDeleted(Map.of("t", new UUID(1, 1)));
        loop.runTasks();
        assertEquals(0, offsets("orders"));
        assertEquals(0, offsets("payments"));
    }

    @Test
    void severalGroupsAreDeletedAtOnce() {
        elect();
        commit("orders");
        var given = new Given<List<ErrorCode>>();
        groups.deleteGroups(List.of("nothing", "orders"), given);
        loop.runTasks();
        assertEquals(List.of(ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.NONE), given.get());
        var none = new Given<List<ErrorCode>>();
        groups.deleteGroups(List.of(), none);
        assertEquals(List.of(), none.get());
    }

    @Test
    void whereverTheGroupsAreTheyDoNotMove() {
        elect();
        groups.shards().partitionCount(PARTITIONS);
        assertThrows(Invariant.Broken.class, () -> groups.shards().partitionCount(PARTITIONS + 1));
        groups.shards().close();
        groups.shards().partitionCount(PARTITIONS + 1);
        assertEquals(ErrorCode.NOT_COORDINATOR, commit("orders").error());
    }

    @Test
    void closingLeavesNothingRunning() {
        elect();
        groups.shards().close();
        loop.runTasks();
        assertEquals(0, loop.timerCount());
    }

    @Test
    void aCommitKeepsTheIdOfItsTopic() {
        var offset = new CommittedOffset(1, 2, "", 3, -1, new UUID(4, 5));
        assertTrue(offset.belongsTo(new UUID(4, 5)));
        assertTrue(offset.belongsTo(Message.ZERO_UUID));
        assertFalse(offset.belongsTo(new UUID(4, 6)));
        assertNull(new OffsetStore(new MemoryPool(1_000)).get("g", "t", 0));
    }
}
