package io.partita.broker.group.classic;

import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.protocol.ErrorCode;

/** Who may commit offsets for a classic group. */
final class CommitChecks {

    private final ClassicGroup group;

    CommitChecks(ClassicGroup group) {
        this.group = group;
    }

    ErrorCode check(CommitRequest request) {
        if (request.generation() < 0 && group.isEmpty()) {
            // A consumer that assigns itself, or an administrator.
            return ErrorCode.NONE;
        }
        if (request.generation() < 0 && request.memberId().isEmpty() && request.instanceId() == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        ErrorCode error = group.checkMember(request.memberId(), request.instanceId());
        if (error != ErrorCode.NONE) {
            return error;
        }
        if (request.generation() != group.generation()) {
            return ErrorCode.ILLEGAL_GENERATION;
        }
        // The member knows the generation but has no assignment in it, so whatever it commits it read in the one before.
        return group.isIn(GroupState.COMPLETING_REBALANCE) ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
    }

    /** Members of a group that has moved on must not commit what they read before (KIP-447); who does not say that it is a member may. */
    ErrorCode check(TransactionalCommitRequest request) {
        if (request.generation() < 0 && (group.isEmpty() || request.memberId().isEmpty() && request.instanceId() == null)) {
            return ErrorCode.NONE;
        }
        ErrorCode error = group.checkMember(request.memberId(), request.instanceId());
        if (error != ErrorCode.NONE) {
            return error;
        }
        return request.generation() == group.generation() ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
    }
}
