package io.partita.broker.group.share;

import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupMemory;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A share group: what its records add up to. Everything here but members' timers, held heartbeats and what is being begun changes by {@link #apply}
 * alone, live as on load. Owned by the event loop of its shard.
 */
public final class ShareGroup implements Group.Shares {

    /** About what a group takes without members, and a partition of a target and of an assignment. */
    private static final long GROUP_BYTES = 1_200;
    private static final long PARTITION_BYTES = 60;
    /** From when seconds are counted: 2020. */
    private static final long EPOCH_SECONDS = 1_577_836_800L;

    private final String groupId;
    private final GroupMemory memory;
    private final Map<String, ShareMember> members = new TreeMap<>();
    private final Map<String, Partitions> targets = new HashMap<>();
    private StatePartitions states = StatePartitions.NONE;
    private int epoch;
    private long metadataHash;
    private int targetEpoch;
    /** For which the share coordinator is being asked at the moment. */
    Partitions asked = Partitions.NONE;

    ShareGroup(String groupId, MemoryPool memory) {
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
        return GroupType.SHARE;
    }

    // ---- what its records add up to

    /** Takes in a record of this group. Returns false when it says that the group is gone. */
    boolean apply(ShareRecord record) {
        switch (record) {
            case ShareRecord.GroupEpoch(String id, ShareRecord.Metadata metadata) -> {
                if (metadata == null) {
                    return false;
                }
                epoch = metadata.epoch();
                metadataHash = metadata.hash();
            }
            case ShareRecord.Member(String id, String memberId, ShareMemberMetadata metadata) -> applyMember(memberId, metadata);
            case ShareRecord.TargetEpoch(String id, ShareRecord.Target target) -> targetEpoch = target == null ? 0 : target.epoch();
            case ShareRecord.MemberTarget(String id, String memberId, Partitions partitions) -> {
                Partitions before = partitions == null ? targets.remove(memberId) : targets.put(memberId, partitions);
                memory.hold(PARTITION_BYTES * ((partitions == null ? 0 : partitions.size()) - (before == null ? 0 : before.size())));
            }
            case ShareRecord.Current(String id, String memberId, ShareAssignment assignment) -> {
                ShareMember member = members.get(memberId);
                if (member != null) {
                    ShareAssignment now = assignment == null ? ShareAssignment.NONE : assignment;
                    memory.hold(PARTITION_BYTES * (now.assigned().size() - member.current().assigned().size()));
                    member.current(now);
                }
            }
            case ShareRecord.States(String id, StatePartitions partitions) -> {
                StatePartitions now = partitions == null ? StatePartitions.NONE : partitions;
                memory.hold(now.heapBytes() - states.heapBytes());
                states = now;
            }
        }
        return true;
    }

    private void applyMember(String memberId, ShareMemberMetadata metadata) {
        ShareMember member = members.get(memberId);
        if (member != null) {
            memory.hold(-member.metadata().heapBytes());
        }
        if (metadata == null) {
            if (member != null) {
                memory.hold(-PARTITION_BYTES * member.current().assigned().size());
                member.stopTimers();
                members.remove(memberId);
            }
            return;
        }
        memory.hold(metadata.heapBytes());
        if (member == null) {
            members.put(memberId, new ShareMember(memberId, metadata));
        } else {
            member.metadata(metadata);
        }
    }

    @Override
    public void delete(Consumer<GroupRecord> records) {
        for (ShareMember member : members.values()) {
            records.accept(record(new ShareRecord.Current(groupId, member.memberId, null)));
        }
        for (String memberId : targets.keySet()) {
            records.accept(record(new ShareRecord.MemberTarget(groupId, memberId, null)));
        }
        records.accept(record(new ShareRecord.TargetEpoch(groupId, null)));
        for (ShareMember member : members.values()) {
            records.accept(record(new ShareRecord.Member(groupId, member.memberId, null)));
        }
        records.accept(record(new ShareRecord.States(groupId, null)));
        records.accept(record(new ShareRecord.GroupEpoch(groupId, null)));
    }

    static GroupRecord record(ShareRecord record) {
        return new GroupRecord.OfShareGroup(record);
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

    /**
     * The epoch of state that begins now: above all that share-partitions of this group have had, also those of a group of its name that was deleted, whose
     * epochs began at 1 as this one's did. So it is the time, in seconds.
     */
    int nextStateEpoch(long nowMillis) {
        return (int) Math.clamp(nowMillis / 1_000 - EPOCH_SECONDS, epoch, Integer.MAX_VALUE);
    }

    StatePartitions states() {
        return states;
    }

    /** As Kafka's tools show it. */
    String state() {
        return members.isEmpty() ? "Empty" : "Stable";
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

    Collection<ShareMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    int size() {
        return members.size();
    }

    /** Null when there is none. */
    ShareMember member(String memberId) {
        return members.get(memberId);
    }

    /** What a member is to have. */
    Partitions target(String memberId) {
        return targets.getOrDefault(memberId, Partitions.NONE);
    }

    Map<String, Partitions> targets() {
        return Collections.unmodifiableMap(targets);
    }

    /** The names of all topics that members read, of which some may not exist. */
    Set<String> topics() {
        var names = new HashSet<String>();
        members.values().forEach(member -> names.addAll(member.metadata().topicNames()));
        return names;
    }

    // ---- committed offsets, which it has none of

    @Override
    public boolean knowsWhatIsRead() {
        return true;
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        return topics().contains(topic);
    }

    @Override
    public ErrorCode checkCommit(CommitRequest request) {
        return ErrorCode.GROUP_ID_NOT_FOUND;
    }

    @Override
    public ErrorCode checkCommit(TransactionalCommitRequest request) {
        return ErrorCode.GROUP_ID_NOT_FOUND;
    }

    @Override
    public ErrorCode checkFetch(String memberId, int memberEpoch) {
        return ErrorCode.GROUP_ID_NOT_FOUND;
    }

    @Override
    public void committed(String memberId) {
        // Nothing is.
    }

    @Override
    public Retention retention() {
        return new Retention.Never();
    }

    @Override
    public ListedGroup listed() {
        return new ListedGroup(groupId, "share", state(), GroupType.SHARE);
    }

    // ---- end

    @Override
    public void close(ErrorCode error) {
        for (ShareMember member : members.values()) {
            member.stopTimers();
            if (member.held != null) {
                member.held.end(answer -> answer.give(ShareHeartbeatResult.failed(error, null)));
            }
        }
    }

    @Override
    public void release() {
        memory.release();
    }

    @Override
    public String toString() {
        return "share group " + groupId + ", epoch " + epoch + ", members " + members.values();
    }
}
