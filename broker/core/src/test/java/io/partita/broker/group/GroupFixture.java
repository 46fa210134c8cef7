package io.partita.broker.group;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.classic.GroupState;
import io.partita.broker.group.consumer.ConsumerGroup;
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
public final class GroupFixture {

    public static final String GROUP = "orders";
    public static final Client JAVA = new Client("app", "/10.0.0.1", "apache-kafka-java", "4.4.0");
    public static final Client LIBRDKAFKA = new Client("rdkafka", "/10.0.0.2", "librdkafka", "2.0.2");
    public static final Client UNKNOWN = new Client("kafkajs", "/10.0.0.3", "", "");
    public static final int SESSION = 10_000;
    public static final int REBALANCE = 60_000;

    public final TestClock clock = new TestClock();
    public final MemoryPool memory = new MemoryPool(64 << 20);
    public final TestEventLoop loop = new TestEventLoop(clock);
    public final TestCoordinatorLog log = new TestCoordinatorLog(loop);
    public final TestTopics topics = new TestTopics();
    public final GroupConfig config;
    public GroupShard shard;
    public ShareServices shares = ShareServices.NONE;
    public StreamsGroupConfig streams = StreamsGroupConfig.DEFAULTS;

    public GroupFixture() {
        this(GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0));
    }

    public GroupFixture(GroupConfig config) {
        this.config = config;
        start();
    }

    /** A new shard over the same log, as after a restart; the clocks go on. */
    public void start() {
        shard = newShard();
        shard.load();
        loop.runTasks();
    }

    /** As {@code CoordinatorShards} does it, but at once. */
    private void failed() {
        shard = newShard();
        shard.load();
    }

    public GroupShard newShard() {
        var random = new Random(7);
        Entropy entropy = random::nextLong;
        return new GroupShard("__consumer_offsets-0", loop, clock, entropy, config, memory, () -> topics, () -> id -> config.consumer(),
                () -> id -> streams, shares, log, this::failed,
                defect -> {
                    throw new AssertionError(defect);
                });
    }

    // ---- joining

    public static List<JoinProtocol> protocols(String... names) {
        var protocols = new ArrayList<JoinProtocol>();
        for (String name : names) {
            protocols.add(new JoinProtocol(name, subscription(List.of("topic"), Map.of())));
        }
        return protocols;
    }

    public static JoinRequest joinRequest(String memberId, String instanceId, List<JoinProtocol> protocols) {
        return new JoinRequest(GROUP, memberId, instanceId, JAVA, SESSION, REBALANCE, "consumer", protocols, null, true, true);
    }

    public Given<JoinResult> join(JoinRequest request) {
        var given = new Given<JoinResult>();
        shard.join(request, given);
        loop.runTasks();
        return given;
    }

    public Given<JoinResult> join(String memberId) {
        return join(joinRequest(memberId, null, protocols("range")));
    }

    public Given<JoinResult> joinStatic(String memberId, String instanceId) {
        return join(joinRequest(memberId, instanceId, protocols("range")));
    }

    /** A new member id, and the JoinGroup request that comes with it. */
    public Joining joinNew() {
        return joinNew(protocols("range"));
    }

    public Joining joinNew(List<JoinProtocol> protocols) {
        String memberId = join(joinRequest("", null, protocols)).get().memberId();
        return new Joining(memberId, join(joinRequest(memberId, null, protocols)));
    }

    public record Joining(String memberId, Given<JoinResult> given) {}

    // ---- syncing

    public Given<SyncResult> sync(String memberId, int generation, Map<String, byte[]> assignments) {
        return sync(memberId, null, generation, assignments);
    }

    public Given<SyncResult> sync(String memberId, String instanceId, int generation, Map<String, byte[]> assignments) {
        var given = new Given<SyncResult>();
        shard.sync(new SyncRequest(GROUP, generation, memberId, instanceId, "consumer", null, assignments), given);
        loop.runTasks();
        return given;
    }

    /** A stable group of {@code size} dynamic members; the first leads, each has its own number as assignment. Returns their ids. */
    public List<String> stableGroup(int size) {
        return stableGroup(size, protocols("range"));
    }

    public List<String> stableGroup(int size, List<JoinProtocol> protocols) {
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

    public Given<ErrorCode> heartbeat(String memberId, int generation) {
        return heartbeat(memberId, null, generation, UNKNOWN);
    }

    public Given<ErrorCode> heartbeat(String memberId, String instanceId, int generation, Client client) {
        var given = new Given<ErrorCode>();
        shard.heartbeat(new HeartbeatRequest(GROUP, generation, memberId, instanceId, client), given);
        loop.runTasks();
        return given;
    }

    public LeaveResult leave(LeaveRequest.Leaver... leavers) {
        var given = new Given<LeaveResult>();
        shard.leave(new LeaveRequest(GROUP, List.of(leavers)), given);
        loop.runTasks();
        return given.get();
    }

    public LeaveResult leave(String memberId) {
        return leave(new LeaveRequest.Leaver(memberId, null, "test"));
    }

    public Given<PartitionsResult> commit(String memberId, int generation, CommitRequest.PartitionCommit... partitions) {
        var given = new Given<PartitionsResult>();
        shard.commitOffsets(new CommitRequest(GROUP, generation, memberId, null, -1, true, List.of(partitions)), given);
        loop.runTasks();
        return given;
    }

    public static CommitRequest.PartitionCommit offset(String topic, int partition, long offset) {
        return new CommitRequest.PartitionCommit(topic, Message.ZERO_UUID, partition, offset, -1, "", -1);
    }

    /** The committed offset, −1 when there is none. */
    public long committed(String topic, int partition) {
        var given = new Given<FetchOffsetsResult>();
        var topics = List.of(new FetchOffsetsRequest.TopicPartitions(topic, Message.ZERO_UUID, List.of(partition)));
        shard.fetchOffsets(new FetchOffsetsRequest(GROUP, topics, false), given);
        loop.runTasks();
        CommittedOffset offset = given.get().topics().getFirst().partitions().getFirst().offset();
        return offset == null ? -1 : offset.offset();
    }

    public ErrorCode deleteGroup() {
        var given = new Given<ErrorCode>();
        shard.deleteGroup(GROUP, given);
        loop.runTasks();
        return given.get();
    }

    /** Null when there is none. */
    public ClassicGroup group() {
        return shard.state().classicGroup(GROUP);
    }

    /** Null when there is none. */
    public ConsumerGroup consumerGroup() {
        return shard.state().consumerGroup(GROUP);
    }

    /** Null when there is none. */
    public static ConsumerGroup consumerGroup(GroupShard shard, String groupId) {
        return shard.state().consumerGroup(groupId);
    }

    // ---- consumer protocol

    public static byte[] subscription(List<String> topics, Map<String, List<Integer>> owned) {
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

    public static byte[] assignment(Map<String, List<Integer>> assigned) {
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
