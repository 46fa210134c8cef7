package io.partita.broker.group;

import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.CommitRequest.PartitionCommit;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What groups have in common whose coordinator assigns: epochs, members, and a target that members are taken to. It changes by records alone, live as on load;
 * each protocol's group says which they are and what more there is. Owned by the event loop of its shard.
 *
 * @param <M> a member
 * @param <D> who a member is and what it wants
 * @param <C> what a member has
 * @param <A> what a member is to have
 */
public abstract class EpochGroup<M extends EpochMember<D, C, ?>, D extends EpochMember.Description, C extends EpochMember.Current, A extends EpochMember.Assigned>
        implements
            EpochMembers<M> {

    private final String groupId;
    private final long assignedBytes;
    private final A nothing;
    protected final GroupMemory memory;
    private final Map<String, M> members = new TreeMap<>();
    private final Map<String, String> memberIdsByInstance = new HashMap<>();
    private final Map<String, A> targets = new HashMap<>();
    private EpochRecord.Target target = EpochRecord.Target.NONE;

    /**
     * @param groupBytes about what it takes without members
     * @param assignedBytes what one of the things takes that are assigned
     */
    protected EpochGroup(String groupId, MemoryPool memory, long groupBytes, long assignedBytes, A nothing) {
        this.groupId = groupId;
        this.assignedBytes = assignedBytes;
        this.nothing = nothing;
        this.memory = new GroupMemory(memory);
        this.memory.hold(groupBytes + 2L * groupId.length());
    }

    @Override
    public final String groupId() {
        return groupId;
    }

    // ---- what its records add up to

    protected abstract M create(String memberId, D metadata);

    /** A member has something, which nobody else may have where that is so. */
    protected void took(M member) {}

    /** A member no longer has what it has. */
    protected void letGo(M member) {}

    /** @param written null when it is out */
    protected final void applyMember(String memberId, D written) {
        M member = members.get(memberId);
        if (member != null) {
            memory.hold(-member.metadata().heapBytes());
            if (member.isStatic()) {
                memberIdsByInstance.remove(member.metadata().instanceId(), memberId);
            }
        }
        if (written == null) {
            if (member != null) {
                applyCurrent(member, null);
                member.stopTimers();
                members.remove(memberId);
            }
            return;
        }
        memory.hold(written.heapBytes());
        if (member == null) {
            members.put(memberId, create(memberId, written));
        } else {
            member.metadata(written);
        }
        if (written.instanceId() != null) {
            memberIdsByInstance.put(written.instanceId(), memberId);
        }
    }

    protected final void applyCurrent(String memberId, C written) {
        M member = members.get(memberId);
        // If there is none it was deleted, and with it what it had.
        if (member != null) {
            applyCurrent(member, written);
        }
    }

    private void applyCurrent(M member, C written) {
        memory.hold(-assignedBytes * member.current().held().size());
        letGo(member);
        member.current(written);
        took(member);
        memory.hold(assignedBytes * member.current().held().size());
    }

    protected final void applyTarget(String memberId, A written) {
        A before = written == null ? targets.remove(memberId) : targets.put(memberId, written);
        memory.hold(assignedBytes * ((written == null ? 0 : written.size()) - (before == null ? 0 : before.size())));
    }

    protected final void applyTargetEpoch(EpochRecord.Target written) {
        target = written == null ? EpochRecord.Target.NONE : written;
    }

    // ---- state

    /** Rises with every change of what is to be assigned. */
    public abstract int epoch();

    /** The epoch that the target is for. */
    public final int targetEpoch() {
        return target.epoch();
    }

    public final boolean isEmpty() {
        return members.isEmpty();
    }

    public final boolean mayBeDeleted() {
        return members.isEmpty();
    }

    /** Its epoch is in the log, and stays there until the group is deleted. */
    public final boolean isUnused() {
        return false;
    }

    public final Collection<M> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    @Override
    public final int size() {
        return members.size();
    }

    @Override
    public final M member(String memberId) {
        return members.get(memberId);
    }

    @Override
    public final M staticMember(String instanceId) {
        String memberId = memberIdsByInstance.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    /** What a member is to have. */
    public final A target(String memberId) {
        return targets.getOrDefault(memberId, nothing);
    }

    public final Map<String, A> targets() {
        return Collections.unmodifiableMap(targets);
    }

    public final boolean knowsWhatIsRead() {
        return true;
    }

    // ---- committed offsets

    /** What a commit is refused with that a member makes for another epoch than its own; NONE when it may be made. */
    protected ErrorCode checkOtherEpoch(M member, int epoch, List<PartitionCommit> partitions) {
        return ErrorCode.STALE_MEMBER_EPOCH;
    }

    public ErrorCode checkCommit(CommitRequest request) {
        return checkCommit(request.memberId(), request.generation(), request.partitions(), isEmpty());
    }

    /** Who does not say that it is a member may commit within its transaction. */
    public ErrorCode checkCommit(TransactionalCommitRequest request) {
        boolean nobody = request.generation() < 0 && (isEmpty() || request.memberId().isEmpty() && request.instanceId() == null);
        ErrorCode error = checkCommit(request.memberId(), request.generation(), request.partitions(), nobody);
        // Producers know no epochs of members.
        return error == ErrorCode.STALE_MEMBER_EPOCH ? ErrorCode.ILLEGAL_GENERATION : error;
    }

    private ErrorCode checkCommit(String memberId, int epoch, List<PartitionCommit> partitions, boolean anybody) {
        if (epoch < 0 && anybody) {
            return ErrorCode.NONE;
        }
        M member = member(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return epoch == member.current().epoch() ? ErrorCode.NONE : checkOtherEpoch(member, epoch, partitions);
    }

    /** {@code memberId} is empty or null from clients that are no members. */
    public ErrorCode checkFetch(String memberId, int epoch) {
        if (memberId == null && epoch < 0) {
            return ErrorCode.NONE;
        }
        M member = memberId == null ? null : member(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return member.current().epoch() == epoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    /** The session of a member goes on with its heartbeats alone. */
    public final void committed(String memberId) {}

    public Group.Retention retention() {
        return new Group.Retention.FromCommit();
    }

    // ---- end

    public void close(ErrorCode error) {
        members.values().forEach(member -> member.end(error));
    }

    public final void release() {
        memory.release();
    }
}
