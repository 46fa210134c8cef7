package io.partita.broker.group.classic;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.group.Answer;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.SyncRequest;
import io.partita.broker.group.SyncResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SyncGroup: the leader hands in the assignment of the generation, and everybody gets theirs once it is in the log. */
final class Syncs {

    private static final Logger LOG = LoggerFactory.getLogger(Syncs.class);

    private final ShardContext shard;
    private final Rebalances rebalances;

    Syncs(ShardContext shard, Rebalances rebalances) {
        this.shard = shard;
        this.rebalances = rebalances;
    }

    void sync(SyncRequest request, Answer<SyncResult> answer) {
        ClassicGroup group = shard.classicGroup(request.groupId());
        ErrorCode error = check(group, request);
        if (error != ErrorCode.NONE) {
            answer.give(SyncResult.failed(error));
            return;
        }
        Member member = group.member(request.memberId());
        group.synced(member.memberId);
        if (group.isIn(GroupState.STABLE)) {
            rebalances.giveAssignment(group, member, answer);
            return;
        }
        // An older request of the same member will get no other answer.
        group.answerSync(member, SyncResult.failed(ErrorCode.REBALANCE_IN_PROGRESS));
        member.awaitingSync = answer;
        // One assignment is enough for a generation: if the leader repeats itself, it gets the one that is on its way to the log.
        if (group.isLeader(member.memberId) && group.assignedGeneration != group.generation()) {
            assign(group, request.assignments());
        }
    }

    private static ErrorCode check(ClassicGroup group, SyncRequest request) {
        if (group == null || group.isIn(GroupState.EMPTY)) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        ErrorCode error = group.checkMember(request.memberId(), request.instanceId());
        if (error != ErrorCode.NONE) {
            return error;
        }
        if (request.generation() != group.generation()) {
            return ErrorCode.ILLEGAL_GENERATION;
        }
        if (differs(request.protocolType(), group.protocolType()) || differs(request.protocol(), group.protocol())) {
            return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
        }
        return group.isIn(GroupState.PREPARING_REBALANCE) ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
    }

    private static boolean differs(String said, String known) {
        return said != null && known != null && !said.equals(known);
    }

    private void assign(ClassicGroup group, Map<String, byte[]> given) {
        int generation = group.generation();
        group.assignedGeneration = generation;
        var assignments = new HashMap<String, byte[]>();
        for (Member member : group.members()) {
            byte[] assignment = given.get(member.memberId);
            if (assignment == null) {
                LOG.warn("The leader of group {} assigned nothing to member {} in generation {}.", group.groupId, member, generation);
                assignment = Member.NO_ASSIGNMENT;
            }
            assignments.put(member.memberId, assignment);
        }
        long bytes = assignments.values().stream().mapToLong(assignment -> assignment.length).sum();
        if (group.recordBytes() + bytes > shard.recordBytesMax()) {
            LOG.warn("The assignment of group {} takes {} bytes, more than a record of __consumer_offsets holds ({}, max.message.bytes); its members are told.",
                    group.groupId, bytes, shard.recordBytesMax());
            assignAgain(group, ErrorCode.UNKNOWN_SERVER_ERROR);
            return;
        }
        if (!shard.memory.hasRoomFor(bytes)) {
            shard.outOfMemory("The assignment of group " + group.groupId + " is");
            assignAgain(group, ErrorCode.COORDINATOR_NOT_AVAILABLE);
            return;
        }
        GroupWrites.write(shard, group, group.imageWith(assignments), new WriteOutcome() {
            @Override
            public void committed() {
                // Members may have come or gone meanwhile: then this assignment is of no use to anybody.
                if (group.isIn(GroupState.COMPLETING_REBALANCE) && group.generation() == generation) {
                    rebalances.distribute(group, assignments);
                }
            }

            @Override
            public void failed(ErrorCode code) {
                if (group.isIn(GroupState.COMPLETING_REBALANCE) && group.generation() == generation) {
                    assignAgain(group, code);
                }
            }
        });
    }

    private void assignAgain(ClassicGroup group, ErrorCode code) {
        rebalances.dropAssignments(group, code);
        rebalances.prepare(group, "the assignment could not be written (" + code + ")");
    }
}
