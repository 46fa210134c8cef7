package io.partita.broker.group;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ConsumerProtocolAssignment;
import io.partita.broker.protocol.message.ConsumerProtocolSubscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A shard over a log in memory, on an event loop and a clock that stand still, and clients in short. */
final class GroupFixture {

    static final String GROUP = "orders";
    static final Client JAVA = new Client("app", "/10.0.0.1", "apache-kafka-java", "4.4.0");
    static final Client LIBRDKAFKA = new Client("rdkafka", "/10.0.0.2", "librdkafka", "2.0.2");
    static final Client UNKNOWN = new Client("kafkajs", "/10.0.0.3", "", "");
    static final int SESSION = 10_000;
    static final int REBALANCE = 60_000;

    final TestClock clock = new TestClock();
    final MemoryPool memory = new MemoryPool(64 << 20);
    final TestEventLoop loop = new TestEventLoop(clock);
    final TestCoordinatorLog log = new TestCoordinatorLog(loop);
    final GroupConfig config;
    GroupShard shard;

    GroupFixture() {
        this(GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0));
    }

    GroupFixture(GroupConfig config) {
        this.config = config;
        start();
    }

    /** A new shard over the same log, as after a restart; the clocks go on. */
    void start() {
        shard = newShard();
        shard.load();
        loop.runTasks();
    }

    /** As {@code CoordinatorShards} does it, but at once. */
    private void failed() {
        shard = newShard();
        shard.load();
    }

    GroupShard newShard() {
        var random = new Random(7);
        Entropy entropy = random::nextLong;
        return new GroupShard("__consumer_offsets-0", loop, clock, entropy, config, memory, log, this::failed, defect -> {
            throw new AssertionError(defect);
        });
    }

    // ---- joining

    static List<JoinProtocol> protocols(String... names) {
        var protocols = new ArrayList<JoinProtocol>();
        for (String name : names) {
            protocols.add(new JoinProtocol(name, subscription(List.of("topic"), Map.of())));
        }
        return protocols;
    }

    static JoinRequest joinRequest(String memberId, String instanceId, List<JoinProtocol> protocols) {
        return new JoinRequest(GROUP, memberId, instanceId, JAVA, SESSION, REBALANCE, "consumer", protocols, null, true, true);
    }

    Given<JoinResult> join(JoinRequest request) {
        var given = new Given<JoinResult>();
        shard.join(request, given);
        loop.runTasks();
        return given;
    }

    Given<JoinResult> join(String memberId) {
        return join(joinRequest(memberId, null, protocols("range")));
    }

    Given<JoinResult> joinStatic(String memberId, String instanceId) {
        return join(joinRequest(memberId, instanceId, protocols("range")));
    }

    /** A new member id, and the JoinGroup request that comes with it. */
    Joining joinNew() {
        return joinNew(protocols("range"));
    }

    Joining joinNew(List<JoinProtocol> protocols) {
        String memberId = join(joinRequest("", null, protocols)).get().memberId();
        return new Joining(memberId, join(joinRequest(memberId, null, protocols)));
    }

    record Joining(String memberId, Given<JoinResult> given) {}

    // ---- syncing

    Given<SyncResult> sync(String memberId, int generation, Map<String, byte[]> assignments) {
        return sync(memberId, null, generation, assignments);
    }

    Given<SyncResult> sync(String memberId, String instanceId, int generation, Map<String, byte[]> assignments) {
        var given = new Given<SyncResult>();
        shard.sync(new SyncRequest(GROUP, generation, memberId, instanceId, "consumer", null, assignments), given);
        loop.runTasks();
        return given;
    }

    /** A stable group of {@code size} dynamic members; the first leads, each has its own number as assignment. Returns their ids. */
    List<String> stableGroup(int size) {
        return stableGroup(size, protocols("range"));
    }

    List<String> stableGroup(int size, List<JoinProtocol> protocols) {
        var joinings = new ArrayList<Joining>();
        for (int i = 0; i < size; i++) {
            joinings.add(joinNew(protocols));
        }
        // With no initial delay the first member has a generation of its own; the others wait until it joins again.
        Given<JoinResult> first = joinings.getFirst().given;
        if (size > 1) {
            first = join(joinRequest(joinings.getFirst().memberId, null, protocols));
        }
        int generation = first.get().generation();
        var assignments = new HashMap<String, byte[]>();
        for (int i = 0; i < size; i++) {
            assignments.put(joinings.get(i).memberId, new byte[] {(byte) i});
        }
        for (var joining : joinings) {
            sync(joining.memberId, generation, joining == joinings.getFirst() ? assignments : Map.of());
        }
        if (group().state() != GroupState.STABLE) {
            throw new AssertionError("not stable: " + group());
        }
        return joinings.stream().map(Joining::memberId).toList();
    }

    // ---- the others

    Given<ErrorCode> heartbeat(String memberId, int generation) {
        return heartbeat(memberId, null, generation, UNKNOWN);
    }

    Given<ErrorCode> heartbeat(String memberId, String instanceId, int generation, Client client) {
        var given = new Given<ErrorCode>();
        shard.heartbeat(new HeartbeatRequest(GROUP, generation, memberId, instanceId, client), given);
        loop.runTasks();
        return given;
    }

    LeaveResult leave(LeaveRequest.Leaver... leavers) {
        var given = new Given<LeaveResult>();
        shard.leave(new LeaveRequest(GROUP, List.of(leavers)), given);
        loop.runTasks();
        return given.get();
    }

    LeaveResult leave(String memberId) {
        return leave(new LeaveRequest.Leaver(memberId, null, "test"));
    }

    Given<PartitionsResult> commit(String memberId, int generation, CommitRequest.PartitionCommit... partitions) {
        var given = new Given<PartitionsResult>();
        shard.commitOffsets(new CommitRequest(GROUP, generation, memberId, null, -1, true, List.of(partitions)), given);
        loop.runTasks();
        return given;
    }

    static CommitRequest.PartitionCommit offset(String topic, int partition, long offset) {
        return new CommitRequest.PartitionCommit(topic, Message.ZERO_UUID, partition, offset, -1, "", -1);
    }

    /** The committed offset, −1 when there is none. */
    long committed(String topic, int partition) {
        var given = new Given<FetchOffsetsResult>();
        var topics = List.of(new FetchOffsetsRequest.TopicPartitions(topic, Message.ZERO_UUID, List.of(partition)));
        shard.fetchOffsets(new FetchOffsetsRequest(GROUP, topics, false), given);
        loop.runTasks();
        CommittedOffset offset = given.get().topics().getFirst().partitions().getFirst().offset();
        return offset == null ? -1 : offset.offset();
    }

    ErrorCode deleteGroup() {
        var given = new Given<ErrorCode>();
        shard.deleteGroup(GROUP, given);
        loop.runTasks();
        return given.get();
    }

    /** Null when there is none. */
    ClassicGroup group() {
        return shard.state().group(GROUP);
    }

    // ---- consumer protocol

    static byte[] subscription(List<String> topics, Map<String, List<Integer>> owned) {
        var subscription = new ConsumerProtocolSubscription();
        subscription.topics = new ArrayList<>(topics);
        owned.forEach((topic, partitions) -> {
            var one = new ConsumerProtocolSubscription.TopicPartition();
            one.topic = topic;
            one.partitions = new ArrayList<>(partitions);
            subscription.ownedPartitions.add(one);
        });
        return bytes(subscription, (short) 1);
    }

    static byte[] assignment(Map<String, List<Integer>> assigned) {
        var assignment = new ConsumerProtocolAssignment();
        assigned.forEach((topic, partitions) -> {
            var one = new ConsumerProtocolAssignment.TopicPartition();
            one.topic = topic;
            one.partitions = new ArrayList<>(partitions);
            assignment.assignedPartitions.add(one);
        });
        return bytes(assignment, (short) 1);
    }

    private static byte[] bytes(Message message, short version) {
        var out = Unpooled.buffer();
        out.writeShort(version);
        message.write(new MessageWriter(out), version);
        return ByteBufUtil.getBytes(out);
    }
}
