package io.partita.broker.group.streams;

import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupMemory;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.Topics;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
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
public final class StreamsGroup implements Group.Streams {

    /** About what a group takes without members, and a task of a target and of an assignment. */
    private static final long GROUP_BYTES = 1_500;
    private static final long TASK_BYTES = 120;
    private static final StreamsRecord.Metadata NOTHING = new StreamsRecord.Metadata(0, 0, -1, new TreeMap<>());

    private final String groupId;
    private final GroupMemory memory;
    private final Map<String, StreamsMember> members = new TreeMap<>();
    private final Map<String, String> memberIdsByInstance = new HashMap<>();
    private final Map<String, Tasks> targets = new HashMap<>();
    /** Who is at a task, or has not said that it no longer is. */
    private final Map<TaskId, Set<Holding>> holders = new HashMap<>();
    private final StreamsCommitChecks commits = new StreamsCommitChecks(this);
    private StreamsRecord.Metadata metadata = NOTHING;
    private Topology topology;
    private int targetEpoch;

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
        this.groupId = groupId;
        this.endpointEpoch = endpointEpoch;
        this.memory = new GroupMemory(memory);
        this.memory.hold(GROUP_BYTES + 2L * groupId.length());
    }

    @Override
    public String groupId() {
        return groupId;
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
            case StreamsRecord.Member(String id, String memberId, StreamsMemberMetadata written) -> applyMember(memberId, written);
            case StreamsRecord.TargetEpoch(String id, StreamsRecord.Target target) -> targetEpoch = target == null ? 0 : target.epoch();
            case StreamsRecord.MemberTarget(String id, String memberId, Tasks tasks) -> {
                Tasks before = tasks == null ? targets.remove(memberId) : targets.put(memberId, tasks);
                memory.hold(TASK_BYTES * ((tasks == null ? 0 : tasks.size()) - (before == null ? 0 : before.size())));
            }
            case StreamsRecord.Current(String id, String memberId, CurrentTasks tasks) -> applyCurrent(memberId, tasks);
        }
        return true;
    }

    private void applyMember(String memberId, StreamsMemberMetadata written) {
        StreamsMember member = members.get(memberId);
        if (member != null) {
            memory.hold(-member.metadata().heapBytes());
            if (member.isStatic()) {
                memberIdsByInstance.remove(member.metadata().instanceId(), memberId);
            }
        }
        if (written == null) {
            if (member != null) {
                letGo(member);
                member.stopTimers();
                members.remove(memberId);
                if (members.isEmpty()) {
                    shutdownBy = null;
                }
            }
            return;
        }
        memory.hold(written.heapBytes());
        if (member == null) {
            members.put(memberId, new StreamsMember(memberId, written));
        } else {
            member.metadata(written);
        }
        if (written.isStatic()) {
            memberIdsByInstance.put(written.instanceId(), memberId);
        }
        endpointEpoch++;
    }

    private void applyCurrent(String memberId, CurrentTasks tasks) {
        StreamsMember member = members.get(memberId);
        if (member == null) {
            // It was deleted, and with it what it had.
            return;
        }
        letGo(member);
        member.current(tasks == null ? CurrentTasks.NONE : tasks);
        Tasks held = member.current().held();
        held.forEach((role, task) -> holders.computeIfAbsent(task, id -> new HashSet<>()).add(new Holding(memberId, role)));
        memory.hold(TASK_BYTES * held.size());
        endpointEpoch++;
    }

    private void letGo(StreamsMember member) {
        Tasks held = member.current().held();
        held.forEach((role, task) -> {
            Set<Holding> ofTask = holders.get(task);
            if (ofTask != null && ofTask.remove(new Holding(member.memberId, role)) && ofTask.isEmpty()) {
                holders.remove(task);
            }
        });
        memory.hold(-TASK_BYTES * held.size());
        member.current(CurrentTasks.NONE);
        endpointEpoch++;
    }

    @Override
    public void delete(Consumer<GroupRecord> records) {
        for (StreamsMember member : members.values()) {
            records.accept(record(new StreamsRecord.Current(groupId, member.memberId, null)));
        }
        for (String memberId : targets.keySet()) {
            records.accept(record(new StreamsRecord.MemberTarget(groupId, memberId, null)));
        }
        records.accept(record(new StreamsRecord.TargetEpoch(groupId, null)));
        for (StreamsMember member : members.values()) {
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
    int epoch() {
        return metadata.epoch();
    }

    StreamsRecord.Metadata metadata() {
        return metadata;
    }

    /** The epoch that the target is for. */
    int targetEpoch() {
        return targetEpoch;
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
        if (members.isEmpty()) {
            return StreamsGroupState.EMPTY;
        }
        if (topology == null || metadata.readyEpoch() != topology.epoch()) {
            return StreamsGroupState.NOT_READY;
        }
        if (metadata.epoch() > targetEpoch) {
            return StreamsGroupState.ASSIGNING;
        }
        for (StreamsMember member : members.values()) {
            CurrentTasks current = member.current();
            if (current.state() != StreamsMemberState.STABLE || current.epoch() != targetEpoch && !member.isAway()) {
                return StreamsGroupState.RECONCILING;
            }
        }
        return StreamsGroupState.STABLE;
    }

    @Override
    public boolean isEmpty() {
        return members.isEmpty();
    }

    @Override
    public boolean mayBeDeleted() {
        return members.isEmpty();
    }

    @Override
    public boolean isUnused() {
        // Its epoch is in the log, and stays there until the group is deleted.
        return false;
    }

    // ---- members

    Collection<StreamsMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    int size() {
        return members.size();
    }

    /** Null when there is none. */
    StreamsMember member(String memberId) {
        return members.get(memberId);
    }

    /** The member with this {@code group.instance.id}, null when there is none. */
    StreamsMember staticMember(String instanceId) {
        String memberId = memberIdsByInstance.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    /** What a member is to have in the end. */
    Tasks target(String memberId) {
        return targets.getOrDefault(memberId, Tasks.NONE);
    }

    Map<String, Tasks> targets() {
        return Collections.unmodifiableMap(targets);
    }

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
        return !onTheWay.equals(targets);
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
            boolean sharesDisk = members.get(holding.memberId()).metadata().processId().equals(member.metadata().processId());
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
        return members.values().stream().filter(member -> member.metadata().endpoint() != null).map(member -> {
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
    public boolean knowsWhatIsRead() {
        return true;
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        return !members.isEmpty() && topology != null && topology.readerOf(topic, 0) != null;
    }

    /** Whether something follows for it from changes of that topic. */
    boolean needs(String topic) {
        return topology != null && topology.topicNames().contains(topic);
    }

    // ---- committed offsets

    @Override
    public ErrorCode checkCommit(CommitRequest request) {
        return commits.check(request);
    }

    @Override
    public ErrorCode checkCommit(TransactionalCommitRequest request) {
        return commits.check(request);
    }

    @Override
    public ErrorCode checkFetch(String memberId, int memberEpoch) {
        return commits.checkFetch(memberId, memberEpoch);
    }

    @Override
    public void committed(String memberId) {
        // The session of a member goes on with its heartbeats alone.
    }

    @Override
    public Retention retention() {
        return new Retention.FromCommit();
    }

    @Override
    public ListedGroup listed() {
        return new ListedGroup(groupId, "streams", state().displayName(), GroupType.STREAMS);
    }

    // ---- end

    @Override
    public void close(ErrorCode error) {
        stopTimers();
        for (StreamsMember member : members.values()) {
            member.stopTimers();
            member.held.end(answer -> answer.give(StreamsHeartbeatResult.failed(error, null)));
        }
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
    public void release() {
        memory.release();
    }

    @Override
    public String toString() {
        return "streams group " + groupId + " in " + state().displayName() + ", epoch " + epoch() + ", members " + members.values();
    }
}
