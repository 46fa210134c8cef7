package io.partita.broker.group.consumer;

import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.EpochGroup;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.CommitRequest.PartitionCommit;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A group of the consumer protocol: what its records add up to. Everything here but members' timers and held heartbeats changes by {@link #apply}
 * alone, live as on load. Owned by the event loop of its shard.
 */
public final class ConsumerGroup extends EpochGroup<ConsumerMember, MemberMetadata, CurrentAssignment, Partitions> implements Group.Consumers {

    /** About what a group takes without members, and a partition of a target and of an assignment. */
    private static final long GROUP_BYTES = 1_200;
    private static final long PARTITION_BYTES = 60;

    private final Map<String, ResolvedPattern> patterns = new TreeMap<>();
    /** Who holds a partition: reads it, or has not said that it no longer does. */
    private final Map<UUID, Map<Integer, String>> holders = new HashMap<>();
    private ConsumerRecord.Metadata metadata = ConsumerRecord.Metadata.NONE;

    ConsumerGroup(String groupId, MemoryPool memory) {
        super(groupId, memory, GROUP_BYTES, PARTITION_BYTES, Partitions.NONE);
    }

    @Override
    public GroupType type() {
        return GroupType.CONSUMER;
    }

    // ---- what its records add up to

    /** Takes in a record of this group. Returns false when it says that the group is gone. */
    boolean apply(ConsumerRecord record) {
        switch (record) {
            case ConsumerRecord.GroupEpoch(String id, ConsumerRecord.Metadata written) -> {
                if (written == null) {
                    return false;
                }
                metadata = written;
            }
            case ConsumerRecord.Member(String id, String memberId, MemberMetadata written) -> applyMember(memberId, written);
            case ConsumerRecord.TargetEpoch(String id, ConsumerRecord.Target written) -> applyTargetEpoch(written);
            case ConsumerRecord.MemberTarget(String id, String memberId, Partitions partitions) -> applyTarget(memberId, partitions);
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

    @Override
    protected ConsumerMember create(String memberId, MemberMetadata written) {
        return new ConsumerMember(memberId, written);
    }

    @Override
    protected void took(ConsumerMember member) {
        member.current().held()
                .forEach((topic, partition) -> holders.computeIfAbsent(topic, id -> new HashMap<>()).put(partition, member.memberId));
    }

    @Override
    protected void letGo(ConsumerMember member) {
        member.current().held().forEach((topic, partition) -> {
            Map<Integer, String> ofTopic = holders.get(topic);
            if (ofTopic != null && ofTopic.remove(partition, member.memberId) && ofTopic.isEmpty()) {
                holders.remove(topic);
            }
        });
    }

    @Override
    public void delete(Consumer<GroupRecord> records) {
        String groupId = groupId();
        for (ConsumerMember member : members()) {
            records.accept(record(new ConsumerRecord.Current(groupId, member.memberId, null)));
        }
        for (String memberId : targets().keySet()) {
            records.accept(record(new ConsumerRecord.MemberTarget(groupId, memberId, null)));
        }
        records.accept(record(new ConsumerRecord.TargetEpoch(groupId, null)));
        for (ConsumerMember member : members()) {
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
    @Override
    public int epoch() {
        return metadata.epoch();
    }

    /** Of what the target was made from. */
    long metadataHash() {
        return metadata.hash();
    }

    public ConsumerGroupState state() {
        if (isEmpty()) {
            return ConsumerGroupState.EMPTY;
        }
        if (epoch() > targetEpoch()) {
            return ConsumerGroupState.ASSIGNING;
        }
        for (ConsumerMember member : members()) {
            if (!isSettled(member)) {
                return ConsumerGroupState.RECONCILING;
            }
        }
        return ConsumerGroupState.STABLE;
    }

    /** Whether a member has what it is to have in the epoch of the target. A static member that is away has what was left for it. */
    boolean isSettled(ConsumerMember member) {
        CurrentAssignment current = member.current();
        return current.state() == MemberState.STABLE && (current.epoch() == targetEpoch() || member.isAway());
    }

    // ---- members

    /** Whether all members speak the classic protocol; not without members. */
    boolean isClassicOnly() {
        for (ConsumerMember member : members()) {
            if (!member.isClassic()) {
                return false;
            }
        }
        return !isEmpty();
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
        MemberMetadata wants = member.metadata();
        ResolvedPattern resolved = wants.hasPattern() ? patterns.get(wants.topicRegex()) : null;
        if (resolved == null) {
            return wants.topics();
        }
        var names = new HashSet<>(wants.topics());
        names.addAll(resolved.topics());
        return names;
    }

    /** The names of all topics that members read. */
    Set<String> topics() {
        var names = new HashSet<String>();
        Set<String> last = null;
        for (ConsumerMember member : members()) {
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
    public boolean isSubscribedTo(String topic) {
        for (ConsumerMember member : members()) {
            if (topicsOf(member).contains(topic)) {
                return true;
            }
        }
        return false;
    }

    // ---- committed offsets

    /** It may still commit for partitions that it had in the epoch that it says (KIP-1251); for others somebody else may have committed in between. */
    @Override
    protected ErrorCode checkOtherEpoch(ConsumerMember member, int epoch, List<PartitionCommit> partitions) {
        if (member.isClassic()) {
            return ErrorCode.ILLEGAL_GENERATION;
        }
        CurrentAssignment current = member.current();
        boolean hadAll = epoch >= 0 && epoch < current.epoch()
                && partitions.stream().allMatch(one -> current.assigned().contains(one.topicId(), one.partition())
                        && current.since(one.topicId(), one.partition()) <= epoch);
        return hadAll ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    @Override
    public ListedGroup listed() {
        return new ListedGroup(groupId(), "consumer", state().displayName(), GroupType.CONSUMER);
    }

    @Override
    public String toString() {
        return "consumer group " + groupId() + " in " + state().displayName() + ", epoch " + epoch() + ", members " + members();
    }
}
