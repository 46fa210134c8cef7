package io.partita.broker.group.streams;

import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.CommitRequest.PartitionCommit;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/**
 * Who may commit offsets for a streams group, and who may ask for them. A member that is behind its epoch may still commit for tasks that it had in the epoch
 * that it says; for others somebody else may have committed in between.
 */
final class StreamsCommitChecks {

    private final StreamsGroup group;

    StreamsCommitChecks(StreamsGroup group) {
        this.group = group;
    }

    ErrorCode check(CommitRequest request) {
        return check(request.memberId(), request.generation(), request.partitions(), group.isEmpty());
    }

    /** Who does not say that it is a member may commit within its transaction. */
    ErrorCode check(TransactionalCommitRequest request) {
        boolean nobody = request.generation() < 0 && (group.isEmpty() || request.memberId().isEmpty() && request.instanceId() == null);
        ErrorCode error = check(request.memberId(), request.generation(), request.partitions(), nobody);
        // Producers know no epochs of members.
        return error == ErrorCode.STALE_MEMBER_EPOCH ? ErrorCode.ILLEGAL_GENERATION : error;
    }

    private ErrorCode check(String memberId, int epoch, List<PartitionCommit> partitions, boolean anybody) {
        if (epoch < 0 && anybody) {
            return ErrorCode.NONE;
        }
        StreamsMember member = group.member(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        int current = member.current().epoch();
        if (epoch == current) {
            return ErrorCode.NONE;
        }
        return epoch >= 0 && epoch < current && hadAll(member, epoch, partitions) ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    private boolean hadAll(StreamsMember member, int epoch, List<PartitionCommit> partitions) {
        CurrentTasks current = member.current();
        for (PartitionCommit partition : partitions) {
            TaskId task = group.topology() == null ? null : group.topology().readerOf(partition.topic(), partition.partition());
            if (task == null || !current.assigned().active().contains(task) || current.since(task) > epoch) {
                return false;
            }
        }
        return true;
    }

    /** {@code memberId} is empty or null from clients that are no members. */
    ErrorCode checkFetch(String memberId, int epoch) {
        if (memberId == null && epoch < 0) {
            return ErrorCode.NONE;
        }
        StreamsMember member = memberId == null ? null : group.member(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return member.current().epoch() == epoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }
}
