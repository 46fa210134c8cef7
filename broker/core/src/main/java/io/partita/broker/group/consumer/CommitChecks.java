package io.partita.broker.group.consumer;

import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.CommitRequest.PartitionCommit;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/**
 * Who may commit offsets for a consumer group, and who may ask for them. A member that is behind its epoch may still commit for partitions that it had in
 * the epoch that it says (KIP-1251); for others somebody else may have committed in between.
 */
final class CommitChecks {

    private final ConsumerGroup group;

    CommitChecks(ConsumerGroup group) {
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
        ConsumerMember member = group.member(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        int current = member.current().epoch();
        if (member.isClassic()) {
            return epoch == current ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
        }
        if (epoch == current) {
            return ErrorCode.NONE;
        }
        return epoch >= 0 && epoch < current && hadAll(member, epoch, partitions) ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    private static boolean hadAll(ConsumerMember member, int epoch, List<PartitionCommit> partitions) {
        CurrentAssignment current = member.current();
        for (PartitionCommit partition : partitions) {
            boolean reads = current.assigned().contains(partition.topicId(), partition.partition());
            if (!reads || current.since(partition.topicId(), partition.partition()) > epoch) {
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
        ConsumerMember member = memberId == null ? null : group.member(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return member.current().epoch() == epoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }
}
