package io.partita.broker.group.share;

import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.EpochGroup;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.ErrorCode;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A share group: what its records add up to. Everything here but members' timers, held heartbeats and what is being begun changes by {@link #apply}
 * alone, live as on load. Owned by the event loop of its shard.
 */
public final class ShareGroup extends EpochGroup<ShareMember, ShareMemberMetadata, ShareAssignment, Partitions> implements Group.Shares {

    /** About what a group takes without members, and a partition of a target and of an assignment. */
    private static final long GROUP_BYTES = 1_200;
    private static final long PARTITION_BYTES = 60;
    /** From when seconds are counted: 2020. */
    private static final long EPOCH_SECONDS = 1_577_836_800L;

    private StatePartitions states = StatePartitions.NONE;
    private ShareRecord.Metadata metadata = ShareRecord.Metadata.NONE;
    /** For which the share coordinator is being asked at the moment. */
    Partitions asked = Partitions.NONE;

    ShareGroup(String groupId, MemoryPool memory) {
        super(groupId, memory, GROUP_BYTES, PARTITION_BYTES, Partitions.NONE);
    }

    @Override
    public GroupType type() {
        return GroupType.SHARE;
    }

    // ---- what its records add up to

    /** Takes in a record of this group. Returns false when it says that the group is gone. */
    boolean apply(ShareRecord record) {
        switch (record) {
            case ShareRecord.GroupEpoch(String id, ShareRecord.Metadata written) -> {
                if (written == null) {
                    return false;
                }
                metadata = written;
            }
            case ShareRecord.Member(String id, String memberId, ShareMemberMetadata written) -> applyMember(memberId, written);
            case ShareRecord.TargetEpoch(String id, ShareRecord.Target written) -> applyTargetEpoch(written);
            case ShareRecord.MemberTarget(String id, String memberId, Partitions partitions) -> applyTarget(memberId, partitions);
            case ShareRecord.Current(String id, String memberId, ShareAssignment assignment) -> applyCurrent(memberId, assignment);
            case ShareRecord.States(String id, StatePartitions partitions) -> {
                StatePartitions now = partitions == null ? StatePartitions.NONE : partitions;
                memory.hold(now.heapBytes() - states.heapBytes());
                states = now;
            }
        }
        return true;
    }

    @Override
    protected ShareMember create(String memberId, ShareMemberMetadata written) {
        return new ShareMember(memberId, written);
    }

    @Override
    public void delete(Consumer<GroupRecord> records) {
        String groupId = groupId();
        for (ShareMember member : members()) {
            records.accept(record(new ShareRecord.Current(groupId, member.memberId, null)));
        }
        for (String memberId : targets().keySet()) {
            records.accept(record(new ShareRecord.MemberTarget(groupId, memberId, null)));
        }
        records.accept(record(new ShareRecord.TargetEpoch(groupId, null)));
        for (ShareMember member : members()) {
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
    @Override
    public int epoch() {
        return metadata.epoch();
    }

    /** Of what the target was made from. */
    long metadataHash() {
        return metadata.hash();
    }

    /**
     * The epoch of state that begins now: above all that share-partitions of this group have had, also those of a group of its name that was deleted, whose
     * epochs began at 1 as this one's did. So it is the time, in seconds.
     */
    int nextStateEpoch(long nowMillis) {
        return (int) Math.clamp(nowMillis / 1_000 - EPOCH_SECONDS, epoch(), Integer.MAX_VALUE);
    }

    StatePartitions states() {
        return states;
    }

    /** As Kafka's tools show it. */
    String state() {
        return isEmpty() ? "Empty" : "Stable";
    }

    /** The names of all topics that members read, of which some may not exist. */
    Set<String> topics() {
        var names = new HashSet<String>();
        members().forEach(member -> names.addAll(member.metadata().topicNames()));
        return names;
    }

    // ---- committed offsets, which it has none of

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
    public Retention retention() {
        return new Retention.Never();
    }

    @Override
    public ListedGroup listed() {
        return new ListedGroup(groupId(), "share", state(), GroupType.SHARE);
    }

    @Override
    public String toString() {
        return "share group " + groupId() + ", epoch " + epoch() + ", members " + members();
    }
}
