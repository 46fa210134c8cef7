package io.partita.broker.group.consumer;

import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupMemory;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A group of the consumer protocol: what its records add up to. Everything here but members' timers and held heartbeats changes by {@link #apply}
 * alone, live as on load. Owned by the event loop of its shard.
 */
public final class ConsumerGroup implements Group.Consumers {

    /** About what a group takes without members, and a partition of a target and of an assignment. */
    private static final long GROUP_BYTES = 1_200;
    private static final long PARTITION_BYTES = 60;

    private final String groupId;
    private final GroupMemory memory;
    private final Map<String, ConsumerMember> members = new TreeMap<>();
    private final Map<String, String> memberIdsByInstance = new HashMap<>();
    private final Map<String, Partitions> targets = new HashMap<>();
    private final Map<String, ResolvedPattern> patterns = new TreeMap<>();
    /** Who holds a partition: reads it, or has not said that it no longer does. */
    private final Map<UUID, Map<Integer, String>> holders = new HashMap<>();
    private final CommitChecks commits = new CommitChecks(this);
    private int epoch;
    private long metadataHash;
    private int targetEpoch;
    /** By the wall clock; 0 when nobody said. */
    private long targetMillis;

    ConsumerGroup(String groupId, MemoryPool memory) {
        this.groupId = groupId;
        this.memory = new GroupMemory(memory);
        this.memory.hold(GROUP_BYTES + 2L * groupId.length());
    }

    @Override
    public String groupId() {
        return groupId;
    }

    @Override
    public GroupType type() {
        return GroupType.CONSUMER;
    }

    // ---- what its records add up to

    /** Takes in a record of this group. Returns false when it says that the group is gone. */
    boolean apply(ConsumerRecord record) {
        switch (record) {
            case ConsumerRecord.GroupEpoch(String id, ConsumerRecord.Metadata metadata) -> {
                if (metadata == null) {
                    return false;
                }
                epoch = metadata.epoch();
                metadataHash = metadata.hash();
            }
            case ConsumerRecord.Member(String id, String memberId, MemberMetadata metadata) -> applyMember(memberId, metadata);
            case ConsumerRecord.TargetEpoch(String id, ConsumerRecord.Target target) -> {
                targetEpoch = target == null ? 0 : target.epoch();
                targetMillis = target == null ? 0 : target.millis();
            }
            case ConsumerRecord.MemberTarget(String id, String memberId, Partitions partitions) -> {
                Partitions before = partitions == null ? targets.remove(memberId) : targets.put(memberId, partitions);
                memory.hold(PARTITION_BYTES * ((partitions == null ? 0 : partitions.size()) - (before == null ? 0 : before.size())));
            }
            case ConsumerRecord.Current(String id, String memberId, CurrentAssignment assignment) -> applyCurrent(memberId, assignment);
            case ConsumerRecord.Pattern(String id, String regex, ResolvedPattern resolved) -> {
                if (resolved == null) {
                    patterns.remove(regex);
                } else {
                    patterns.put(regex, resolved);
                }
            }
        }
        return true;
    }

    private void applyMember(String memberId, MemberMetadata metadata) {
        ConsumerMember member = members.get(memberId);
        if (member != null) {
            memory.hold(-member.metadata().heapBytes());
            if (member.isStatic()) {
                memberIdsByInstance.remove(member.metadata().instanceId(), memberId);
            }
        }
        if (metadata == null) {
            if (member != null) {
                letGo(member);
                member.stopTimers();
                members.remove(memberId);
            }
            return;
        }
        memory.hold(metadata.heapBytes());
        if (member == null) {
            members.put(memberId, new ConsumerMember(memberId, metadata));
        } else {
            member.metadata(metadata);
        }
        if (metadata.isStatic()) {
            memberIdsByInstance.put(metadata.instanceId(), memberId);
        }
    }

    private void applyCurrent(String memberId, CurrentAssignment assignment) {
        ConsumerMember member = members.get(memberId);
        if (member == null) {
            // It was deleted, and with it what it had.
            return;
        }
        letGo(member);
        member.current(assignment == null ? CurrentAssignment.NONE : assignment);
        Partitions held = member.current().held();
        held.forEach((topic, partition) -> holders.computeIfAbsent(topic, id -> new HashMap<>()).put(partition, memberId));
        memory.hold(PARTITION_BYTES * held.size());
    }

    private void letGo(ConsumerMember member) {
        Partitions held = member.current().held();
        held.forEach((topic, partition) -> {
            Map<Integer, String> ofTopic = holders.get(topic);
            if (ofTopic != null && ofTopic.remove(partition, member.memberId) && ofTopic.isEmpty()) {
                holders.remove(topic);
            }
        });
        memory.hold(-PARTITION_BYTES * held.size());
        member.current(CurrentAssignment.NONE);
    }

    @Override
    public void delete(Consumer<GroupRecord> records) {
        for (ConsumerMember member : members.values()) {
            records.accept(record(new ConsumerRecord.Current(groupId, member.memberId, null)));
        }
        for (String memberId : targets.keySet()) {
            records.accept(record(new ConsumerRecord.MemberTarget(groupId, memberId, null)));
        }
        records.accept(record(new ConsumerRecord.TargetEpoch(groupId, null)));
        for (ConsumerMember member : members.values()) {
            records.accept(record(new ConsumerRecord.Member(groupId, member.memberId, null)));
        }
        for (String regex : patterns.keySet()) {
            records.accept(record(new ConsumerRecord.Pattern(groupId, regex, null)));
        }
        records.accept(record(new ConsumerRecord.GroupEpoch(groupId, null)));
    }

    static GroupRecord record(ConsumerRecord record) {
        return new GroupRecord.OfConsumerGroup(record);
    }

    // ---- state

    /** Rises with every change of what is to be assigned. */
    int epoch() {
        return epoch;
    }

    /** Of what the target was made from. */
    long metadataHash() {
        return metadataHash;
    }

    /** The epoch that the target is for. */
    int targetEpoch() {
        return targetEpoch;
    }

    long targetMillis() {
        return targetMillis;
    }

    public ConsumerGroupState state() {
        if (members.isEmpty()) {
            return ConsumerGroupState.EMPTY;
        }
        if (epoch > targetEpoch) {
            return ConsumerGroupState.ASSIGNING;
        }
        for (ConsumerMember member : members.values()) {
            if (!isSettled(member)) {
                return ConsumerGroupState.RECONCILING;
            }
        }
        return ConsumerGroupState.STABLE;
    }

    /** Whether a member has what it is to have in the epoch of the target. A static member that is away has what was left for it. */
    boolean isSettled(ConsumerMember member) {
        CurrentAssignment current = member.current();
        return current.state() == MemberState.STABLE && (current.epoch() == targetEpoch || member.isAway());
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

    Collection<ConsumerMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    public int size() {
        return members.size();
    }

    /** Null when there is none. */
    ConsumerMember member(String memberId) {
        return members.get(memberId);
    }

    /** The member with this {@code group.instance.id}, null when there is none. */
    ConsumerMember staticMember(String instanceId) {
        String memberId = memberIdsByInstance.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    /** Whether all members speak the classic protocol; not without members. */
    boolean isClassicOnly() {
        for (ConsumerMember member : members.values()) {
            if (!member.isClassic()) {
                return false;
            }
        }
        return !members.isEmpty();
    }

    /** What a member is to have. */
    Partitions target(String memberId) {
        return targets.getOrDefault(memberId, Partitions.NONE);
    }

    Map<String, Partitions> targets() {
        return Collections.unmodifiableMap(targets);
    }

    /** Whether nobody but {@code memberId} holds a partition. */
    boolean isFreeFor(String memberId, UUID topic, int partition) {
        Map<Integer, String> ofTopic = holders.get(topic);
        String holder = ofTopic == null ? null : ofTopic.get(partition);
        return holder == null || holder.equals(memberId);
    }

    // ---- what is read

    /** What each pattern stands for. */
    Map<String, ResolvedPattern> patterns() {
        return Collections.unmodifiableMap(patterns);
    }

    /** The names of the topics that a member reads, of which some may not exist. */
    Set<String> topicsOf(ConsumerMember member) {
        MemberMetadata metadata = member.metadata();
        ResolvedPattern resolved = metadata.hasPattern() ? patterns.get(metadata.topicRegex()) : null;
        if (resolved == null) {
            return metadata.topics();
        }
        var names = new HashSet<>(metadata.topics());
        names.addAll(resolved.topics());
        return names;
    }

    /** The names of all topics that members read. */
    Set<String> topics() {
        var names = new HashSet<String>();
        Set<String> last = null;
        for (ConsumerMember member : members.values()) {
            Set<String> of = topicsOf(member);
            // Most groups read the same, member by member.
            if (!of.equals(last)) {
                names.addAll(of);
                last = of;
            }
        }
        return names;
    }

    @Override
    public boolean knowsWhatIsRead() {
        return true;
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        for (ConsumerMember member : members.values()) {
            if (topicsOf(member).contains(topic)) {
                return true;
            }
        }
        return false;
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
        return new ListedGroup(groupId, "consumer", state().displayName(), GroupType.CONSUMER);
    }

    // ---- end

    @Override
    public void close(ErrorCode error) {
        for (ConsumerMember member : members.values()) {
            member.stopTimers();
            if (member.held != null) {
                member.held.end(answer -> answer.give(ConsumerHeartbeatResult.failed(error, null)));
            }
        }
    }

    @Override
    public void release() {
        memory.release();
    }

    @Override
    public String toString() {
        return "consumer group " + groupId + " in " + state().displayName() + ", epoch " + epoch + ", members " + members.values();
    }
}
