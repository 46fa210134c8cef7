package io.partita.broker.group.streams;

import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.EpochGroup;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.CommitRequest.PartitionCommit;
import io.partita.broker.group.Topics;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A group of the Streams protocol: what its records add up to. Everything here but what follows from them with the topics that there are, members' timers, held
 * heartbeats and what members say of their copies of state changes by {@link #apply} alone, live as on load. Owned by the event loop of its shard.
 */
public final class StreamsGroup extends EpochGroup<StreamsMember, StreamsMemberMetadata, CurrentTasks, Tasks> implements Group.Streams {

    /** About what a group takes without members, and a task of a target and of an assignment. */
    private static final long GROUP_BYTES = 1_500;
    private static final long TASK_BYTES = 120;
    private static final StreamsRecord.Metadata NOTHING = new StreamsRecord.Metadata(0, 0, -1, new TreeMap<>());

    /** Who is at a task, or has not said that it no longer is. */
    private final Map<TaskId, Set<Holding>> holders = new HashMap<>();
    private StreamsRecord.Metadata metadata = NOTHING;
    private Topology topology;

    // ---- what is lost with the shard, or follows anew

    private ResolvedTopology resolved;
    private Topics resolvedWith;
    private Map<String, Tasks> onTheWay = Map.of();
    private int endpointEpoch;
    /** Who wanted the whole application to stop; null when nobody did. */
    String shutdownBy;
    /** Runs while more members may come before the first of them get tasks. */
    EventLoop.Timer delay;
    /** Runs while tasks wait for copies of their state. */
    EventLoop.Timer copies;

    private record Holding(String memberId, TaskRole role) {}

    /** @param endpointEpoch another one for each time that the group is loaded */
    StreamsGroup(String groupId, MemoryPool memory, int endpointEpoch) {
        super(groupId, memory, GROUP_BYTES, TASK_BYTES, Tasks.NONE);
        this.endpointEpoch = endpointEpoch;
    }

    @Override
    public GroupType type() {
        return GroupType.STREAMS;
    }

    // ---- what its records add up to

    /** Takes in a record of this group. Returns false when it says that the group is gone. */
    boolean apply(StreamsRecord record) {
        switch (record) {
            case StreamsRecord.GroupEpoch(String id, StreamsRecord.Metadata written) -> {
                if (written == null) {
                    return false;
                }
                metadata = written;
            }
            case StreamsRecord.Described(String id, Topology written) -> {
                memory.hold(2 * ((written == null ? 0 : written.length()) - (topology == null ? 0 : topology.length())));
                topology = written;
                resolved = null;
            }
            case StreamsRecord.Member(String id, String memberId, StreamsMemberMetadata written) -> {
                applyMember(memberId, written);
                endpointEpoch++;
                if (isEmpty()) {
                    shutdownBy = null;
                }
            }
            case StreamsRecord.TargetEpoch(String id, StreamsRecord.Target written) -> applyTargetEpoch(written);
            case StreamsRecord.MemberTarget(String id, String memberId, Tasks tasks) -> applyTarget(memberId, tasks);
            case StreamsRecord.Current(String id, String memberId, CurrentTasks tasks) -> applyCurrent(memberId, tasks);
        }
        return true;
    }

    @Override
    protected StreamsMember create(String memberId, StreamsMemberMetadata written) {
        return new StreamsMember(memberId, written);
    }

    @Override
    protected void took(StreamsMember member) {
        member.current().held()
                .forEach((role, task) -> holders.computeIfAbsent(task, id -> new HashSet<>()).add(new Holding(member.memberId, role)));
        endpointEpoch++;
    }

    @Override
    protected void letGo(StreamsMember member) {
        member.current().held().forEach((role, task) -> {
            Set<Holding> ofTask = holders.get(task);
            if (ofTask != null && ofTask.remove(new Holding(member.memberId, role)) && ofTask.isEmpty()) {
                holders.remove(task);
            }
        });
    }

    @Override
    public void delete(Consumer<GroupRecord> records) {
        String groupId = groupId();
        for (StreamsMember member : members()) {
            records.accept(record(new StreamsRecord.Current(groupId, member.memberId, null)));
        }
        for (String memberId : targets().keySet()) {
            records.accept(record(new StreamsRecord.MemberTarget(groupId, memberId, null)));
        }
        records.accept(record(new StreamsRecord.TargetEpoch(groupId, null)));
        for (StreamsMember member : members()) {
            records.accept(record(new StreamsRecord.Member(groupId, member.memberId, null)));
        }
        records.accept(record(new StreamsRecord.Described(groupId, null)));
        records.accept(record(new StreamsRecord.GroupEpoch(groupId, null)));
    }

    static GroupRecord record(StreamsRecord record) {
        return new GroupRecord.OfStreamsGroup(record);
    }

    // ---- state

    /** Rises with every change of what is to be assigned. */
    @Override
    public int epoch() {
        return metadata.epoch();
    }

    StreamsRecord.Metadata metadata() {
        return metadata;
    }

    /** Null before the first member has said it. */
    Topology topology() {
        return topology;
    }

    /** What follows from the topology with the topics that there are now. */
    ResolvedTopology resolved(Topics topics) {
        if (resolved == null || resolvedWith != topics) {
            resolved = TopologyResolver.resolve(topology, topics);
            resolvedWith = topics;
        }
        return resolved;
    }

    /** Topics that it needs are others than before. */
    void topicsChanged() {
        resolved = null;
    }

    StreamsGroupState state() {
        if (isEmpty()) {
            return StreamsGroupState.EMPTY;
        }
        if (topology == null || metadata.readyEpoch() != topology.epoch()) {
            return StreamsGroupState.NOT_READY;
        }
        if (metadata.epoch() > targetEpoch()) {
            return StreamsGroupState.ASSIGNING;
        }
        for (StreamsMember member : members()) {
            CurrentTasks current = member.current();
            if (current.state() != StreamsMemberState.STABLE || current.epoch() != targetEpoch() && !member.isAway()) {
                return StreamsGroupState.RECONCILING;
            }
        }
        return StreamsGroupState.STABLE;
    }

    // ---- members

    /** What a member is to have now, on the way to its target. */
    Tasks goal(String memberId) {
        Tasks goal = onTheWay.get(memberId);
        return goal == null ? target(memberId) : goal;
    }

    Map<String, Tasks> onTheWay() {
        return onTheWay;
    }

    void onTheWay(Map<String, Tasks> goals) {
        onTheWay = goals;
    }

    /** Whether tasks are kept where they are until copies of their state are elsewhere. */
    boolean waitsForCopies() {
        return !onTheWay.equals(targets());
    }

    /** A member goes on under another id. */
    void renameOnTheWay(String former, String memberId) {
        Tasks goal = onTheWay.get(former);
        if (goal != null) {
            var renamed = new TreeMap<>(onTheWay);
            renamed.remove(former);
            renamed.put(memberId, goal);
            onTheWay = renamed;
        }
    }

    /**
     * Whether a member may have a task that it does not have: nobody works on it when it is to, and nothing is done with it in the member's process, whose
     * state is one on the disk.
     */
    boolean isFreeFor(StreamsMember member, TaskRole role, TaskId task) {
        for (Holding holding : holders.getOrDefault(task, Set.of())) {
            boolean self = holding.memberId().equals(member.memberId) && holding.role() == role;
            boolean works = role == TaskRole.ACTIVE && holding.role() == TaskRole.ACTIVE;
            boolean sharesDisk = member(holding.memberId()).metadata().processId().equals(member.metadata().processId());
            if (!self && (works || sharesDisk)) {
                return false;
            }
        }
        return true;
    }

    // ---- what can be asked for where

    /** Changes with what {@link #endpoints} says. */
    int endpointEpoch() {
        return endpointEpoch;
    }

    Collection<StreamsHeartbeatResult.EndpointPartitions> endpoints(Topics topics) {
        return members().stream().filter(member -> member.metadata().endpoint() != null).map(member -> {
            Tasks has = member.current().assigned();
            var copies = new TreeSet<>(has.standby());
            copies.addAll(has.warmup());
            return new StreamsHeartbeatResult.EndpointPartitions(member.metadata().endpoint(), partitions(has.active(), topics), partitions(copies, topics));
        }).toList();
    }

    private TreeMap<String, SortedSet<Integer>> partitions(SortedSet<TaskId> tasks, Topics topics) {
        var partitions = new TreeMap<String, SortedSet<Integer>>();
        for (TaskId task : tasks) {
            Topology.Subtopology subtopology = topology == null ? null : topology.subtopology(task.subtopology());
            if (subtopology != null) {
                subtopology.sourceTopics().forEach(name -> add(partitions, name, task.partition(), topics));
                subtopology.repartitionSources().forEach(topic -> add(partitions, topic.name(), task.partition(), topics));
            }
        }
        return partitions;
    }

    private static void add(Map<String, SortedSet<Integer>> partitions, String name, int partition, Topics topics) {
        Topics.Topic topic = topics.find(name);
        if (topic != null && partition < topic.partitionCount()) {
            partitions.computeIfAbsent(name, id -> new TreeSet<>()).add(partition);
        }
    }

    // ---- what is read

    @Override
    public boolean isSubscribedTo(String topic) {
        return !isEmpty() && topology != null && topology.readerOf(topic, 0) != null;
    }

    /** Whether something follows for it from changes of that topic. */
    boolean needs(String topic) {
        return topology != null && topology.topicNames().contains(topic);
    }

    // ---- committed offsets

    /** It may still commit for tasks that it had in the epoch that it says; for others somebody else may have committed in between. */
    @Override
    protected ErrorCode checkOtherEpoch(StreamsMember member, int epoch, List<PartitionCommit> partitions) {
        CurrentTasks current = member.current();
        boolean hadAll = epoch >= 0 && epoch < current.epoch() && partitions.stream().allMatch(one -> {
            TaskId task = topology == null ? null : topology.readerOf(one.topic(), one.partition());
            return task != null && current.assigned().active().contains(task) && current.since(task) <= epoch;
        });
        return hadAll ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    @Override
    public ListedGroup listed() {
        return new ListedGroup(groupId(), "streams", state().displayName(), GroupType.STREAMS);
    }

    // ---- end

    @Override
    public void close(ErrorCode error) {
        stopTimers();
        super.close(error);
    }

    /** Its own, not its members'. */
    void stopTimers() {
        if (delay != null) {
            delay.cancel();
            delay = null;
        }
        if (copies != null) {
            copies.cancel();
            copies = null;
        }
    }

    @Override
    public String toString() {
        return "streams group " + groupId() + " in " + state().displayName() + ", epoch " + epoch() + ", members " + members();
    }
}
