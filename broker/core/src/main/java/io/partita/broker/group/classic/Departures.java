package io.partita.broker.group.classic;

import io.partita.broker.group.Answer;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.LeaveResult;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.SyncResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Members leave by their own word (LeaveGroup), an administrator's, or by silence. */
final class Departures implements Sessions.Expiry {

    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

    private final ShardContext shard;
    private Rebalances rebalances;

    Departures(ShardContext shard) {
        this.shard = shard;
    }

    /** To be called once, before anything else: rebalances watch sessions, and sessions end here. */
    void rebalances(Rebalances to) {
        this.rebalances = to;
    }

    void leave(LeaveRequest request, Answer<LeaveResult> answer) {
        ClassicGroup group = shard.classicGroup(request.groupId());
        var results = new ArrayList<ErrorCode>(request.members().size());
        boolean someoneLeft = false;
        for (var leaver : request.members()) {
            ErrorCode error = group == null ? ErrorCode.UNKNOWN_MEMBER_ID : leave(group, leaver);
            results.add(error);
            someoneLeft |= error == ErrorCode.NONE;
        }
        answer.give(new LeaveResult(ErrorCode.NONE, results));
        if (someoneLeft) {
            membersLeft(group, "members left");
        }
    }

    private static ErrorCode leave(ClassicGroup group, LeaveRequest.Leaver leaver) {
        String memberId = leaver.memberId();
        if (memberId.isEmpty()) {
            memberId = leaver.instanceId() == null ? null : group.memberIdOf(leaver.instanceId());
            if (memberId == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
        } else if (!group.isPending(memberId)) {
            ErrorCode error = group.checkMember(memberId, leaver.instanceId());
            if (error != ErrorCode.NONE) {
                return error;
            }
        }
        LOG.info("Member {} leaves group {}: {}.", memberId, group.groupId, leaver.reason() == null ? "no reason given" : leaver.reason());
        remove(group, memberId);
        return ErrorCode.NONE;
    }

    /** Its waiting requests are answered first: if the client is still there after all, it joins again as a new member. */
    private static void remove(ClassicGroup group, String memberId) {
        Member member = group.member(memberId);
        if (member != null) {
            group.answerJoin(member, JoinResult.failed(ErrorCode.UNKNOWN_MEMBER_ID, ""));
            group.answerSync(member, SyncResult.failed(ErrorCode.UNKNOWN_MEMBER_ID));
            if (member.held != null) {
                member.held.end(ErrorCode.UNKNOWN_MEMBER_ID);
            }
        }
        group.remove(memberId);
    }

    private void membersLeft(ClassicGroup group, String reason) {
        if (!group.isIn(GroupState.EMPTY)) {
            rebalances.prepareOrComplete(group, reason);
        }
        shard.forgetIfUnused(group);
    }

    @Override
    public void memberExpired(ClassicGroup group, Member member) {
        LOG.info("Member {} of group {} was not heard from for {} ms and is out.", member, group.groupId, member.sessionTimeoutMillis);
        remove(group, member.memberId);
        membersLeft(group, "member " + member + " was not heard from");
    }

    @Override
    public void pendingExpired(ClassicGroup group, String memberId) {
        if (group.isPending(memberId)) {
            remove(group, memberId);
            rebalances.completeIfAllJoined(group);
            shard.forgetIfUnused(group);
        }
    }
}
