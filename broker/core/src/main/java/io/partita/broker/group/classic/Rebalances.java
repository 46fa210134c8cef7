package io.partita.broker.group.classic;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.group.Answer;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.SyncResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a group from one generation to the next: {@link #prepare} asks all members to join, and when they have, or when the longest rebalance
 * timeout among them is over, their JoinGroup requests are answered with the new generation. Dynamic members that did not join are out.
 */
final class Rebalances {

    private static final Logger LOG = LoggerFactory.getLogger(Rebalances.class);

    private final ShardContext shard;
    private final Sessions sessions;

    Rebalances(ShardContext shard, Sessions sessions) {
        this.shard = shard;
        this.sessions = sessions;
    }

    /** Members came, left or changed: starts a rebalance, or sees whether the one under way can end now. */
    void prepareOrComplete(ClassicGroup group, String reason) {
        if (group.isIn(GroupState.PREPARING_REBALANCE)) {
            completeIfAllJoined(group);
        } else {
            prepare(group, reason);
        }
    }

    /** The group must not be preparing already. */
    void prepare(ClassicGroup group, String reason) {
        if (group.isIn(GroupState.COMPLETING_REBALANCE)) {
            dropAssignments(group, ErrorCode.REBALANCE_IN_PROGRESS);
        }
        group.stopAwaitingSync();
        group.rebalanceFollows = false;
        boolean initial = group.isIn(GroupState.EMPTY);
        group.become(GroupState.PREPARING_REBALANCE, shard.clock.wallMillis());
        LOG.info("Rebalancing group {} after generation {}: {}.", group.groupId, group.generation(), reason);
        // This is how members learn within milliseconds, not at their next heartbeat, that they must join again.
        for (Member member : List.copyOf(group.members())) {
            if (member.held != null) {
                member.held.end(ErrorCode.REBALANCE_IN_PROGRESS);
            }
        }
        if (initial) {
            int delay = shard.config.initialRebalanceDelayMillis();
            awaitFirstMembers(group, delay, Math.max(group.rebalanceTimeoutMillis() - delay, 0));
        } else if (group.haveAllJoined()) {
            complete(group);
        } else {
            awaitJoins(group);
        }
    }

    private void awaitJoins(ClassicGroup group) {
        group.cancelJoinTimer();
        group.joinTimer = shard.loop.schedule(group.rebalanceTimeoutMillis(), () -> complete(group));
    }

    /**
     * Waits for more members before the first generation of a group, and again after that for as long as new ones keep coming, up to the rebalance
     * timeout: members that start together are then given one generation, not one each.
     */
    private void awaitFirstMembers(ClassicGroup group, int delayMillis, int leftMillis) {
        group.newMemberAdded = false;
        group.cancelJoinTimer();
        group.joinTimer = shard.loop.schedule(delayMillis, () -> {
            if (group.newMemberAdded && leftMillis > 0) {
                int next = Math.min(shard.config.initialRebalanceDelayMillis(), leftMillis);
                awaitFirstMembers(group, next, leftMillis - next);
            } else {
                complete(group);
            }
        });
    }

    /** Ends the joining phase if nobody is missing. A group's first members are waited for in any case. */
    void completeIfAllJoined(ClassicGroup group) {
        if (group.isIn(GroupState.PREPARING_REBALANCE) && !group.isInitialRebalance() && group.haveAllJoined()) {
            complete(group);
        }
    }

    private void complete(ClassicGroup group) {
        group.cancelJoinTimer();
        removeAbsentees(group);
        if (group.size() > 0 && !group.electJoinedLeader()) {
            LOG.warn("No member of group {} joined in time; waiting for another rebalance timeout, or until their sessions end.", group.groupId);
            awaitJoins(group);
            return;
        }
        group.beginGeneration(shard.clock.wallMillis());
        if (group.isIn(GroupState.EMPTY)) {
            LOG.info("Group {} is empty in generation {}.", group.groupId, group.generation());
            writeEmpty(group);
        } else {
            LOG.info("Group {} has generation {} with {} members, protocol {}.", group.groupId, group.generation(), group.size(), group.protocol());
            answerJoins(group);
        }
    }

    /** Static members may be away without losing their place; the others may not. */
    private static void removeAbsentees(ClassicGroup group) {
        for (Member member : List.copyOf(group.members())) {
            if (!member.isAwaitingJoin() && !member.isStatic()) {
                LOG.info("Member {} of group {} did not join in time and is out.", member, group.groupId);
                group.remove(member.memberId);
            }
        }
    }

    private void writeEmpty(ClassicGroup group) {
        GroupWrites.write(shard, group, group.currentImage(), new WriteOutcome() {
            @Override
            public void committed() {}

            @Override
            public void failed(ErrorCode code) {
                // After a restart the last written generation comes back, and its members' sessions end.
                LOG.warn("Group {} is empty, but that could not be written: {}.", group.groupId, code);
            }
        });
    }

    private void answerJoins(ClassicGroup group) {
        List<JoinResult.JoinedMember> everyone = joinedMembers(group);
        for (Member member : List.copyOf(group.members())) {
            group.answerJoin(member, joined(group, member, group.isLeader(member.memberId) ? everyone : List.of(), false));
            sessions.restart(group, member);
            member.joining = false;
            group.awaitSync(member.memberId);
        }
        int generation = group.generation();
        group.syncTimer = shard.loop.schedule(group.rebalanceTimeoutMillis(), () -> syncTimedOut(group, generation));
    }

    /** What a member is told of the current generation; {@code members} is for leaders. */
    static JoinResult joined(ClassicGroup group, Member member, List<JoinResult.JoinedMember> members, boolean skipAssignment) {
        return new JoinResult(ErrorCode.NONE, member.memberId, group.generation(), group.protocolType(), group.protocol(), group.leaderId(),
                skipAssignment, members);
    }

    /** What a leader is told of the members. */
    static List<JoinResult.JoinedMember> joinedMembers(ClassicGroup group) {
        var joined = new ArrayList<JoinResult.JoinedMember>(group.size());
        for (Member member : group.members()) {
            joined.add(new JoinResult.JoinedMember(member.memberId, member.instanceId, member.metadata(group.protocol())));
        }
        return joined;
    }

    private void syncTimedOut(ClassicGroup group, int generation) {
        group.syncTimer = null;
        List<String> late = group.pendingSync();
        if (generation != group.generation() || late.isEmpty() || !group.isIn(GroupState.COMPLETING_REBALANCE, GroupState.STABLE)) {
            return;
        }
        for (String memberId : late) {
            Member member = group.remove(memberId);
            if (member.held != null) {
                member.held.end(ErrorCode.UNKNOWN_MEMBER_ID);
            }
        }
        prepare(group, "members " + late + " did not ask for their assignment in time");
    }

    /** No member has an assignment any more, and those who wait for one are told why. The group must be COMPLETING_REBALANCE. */
    void dropAssignments(ClassicGroup group, ErrorCode error) {
        for (Member member : List.copyOf(group.members())) {
            group.assign(member, Member.NO_ASSIGNMENT);
            if (group.answerSync(member, SyncResult.failed(error))) {
                sessions.restart(group, member);
            }
        }
    }

    /** Every member has its assignment: the group is stable. */
    void distribute(ClassicGroup group, Map<String, byte[]> assignments) {
        group.become(GroupState.STABLE, shard.clock.wallMillis());
        group.rebalanceFollows = ConsumerProtocol.isFollowedByRebalance(group, assignments);
        for (Member member : List.copyOf(group.members())) {
            group.assign(member, assignments.getOrDefault(member.memberId, Member.NO_ASSIGNMENT));
            Answer<SyncResult> answer = member.awaitingSync;
            if (answer != null) {
                member.awaitingSync = null;
                giveAssignment(group, member, answer);
            }
        }
    }

    /**
     * Answers a SyncGroup request in a stable group.
     *
     * <p>A member that comes into a cooperative group gets nothing at first: others have to give it up before. They rejoin as soon as they have,
     * which this member would learn at its first heartbeat, seconds later, and all would wait for it. So it is not told of its empty assignment but
     * waits for the rebalance that is about to follow, and is called to it by the answer.
     */
    void giveAssignment(ClassicGroup group, Member member, Answer<SyncResult> answer) {
        // If the session ended while the member waited for the leader, that went unnoticed.
        sessions.restart(group, member);
        var result = new SyncResult(ErrorCode.NONE, group.protocolType(), group.protocol(), member.assignment);
        long millis = Math.min(member.sessionTimeoutMillis / 3, shard.config.heartbeatHoldMaxMillis());
        if (group.rebalanceFollows && millis > 0 && ConsumerProtocol.isIdle(member, group.protocol())) {
            HeldAnswer.hold(shard.loop, member, millis, answer, error -> answer.give(error == ErrorCode.NONE ? result : SyncResult.failed(error)));
        } else {
            answer.give(result);
        }
    }
}
