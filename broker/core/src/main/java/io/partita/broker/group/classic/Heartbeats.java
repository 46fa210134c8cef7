package io.partita.broker.group.classic;

import io.partita.broker.group.Answer;
import io.partita.broker.group.HeartbeatRequest;
import io.partita.broker.group.ShardContext;
import io.partita.broker.protocol.ErrorCode;

/** Heartbeat: a member says that it is there and learns whether it must join again. Answers wait for a change if {@link HeartbeatHold} lets them. */
final class Heartbeats {

    /** Heartbeats closer together than this are repeats, and do not tell the client's interval. */
    private static final int INTERVAL_MILLIS_MIN = 250;

    private final ShardContext shard;
    private final Sessions sessions;

    Heartbeats(ShardContext shard, Sessions sessions) {
        this.shard = shard;
        this.sessions = sessions;
    }

    void heartbeat(HeartbeatRequest request, Answer<ErrorCode> answer) {
        ClassicGroup group = shard.classicGroup(request.groupId());
        if (group == null) {
            answer.give(ErrorCode.UNKNOWN_MEMBER_ID);
            return;
        }
        ErrorCode error = group.checkMember(request.memberId(), request.instanceId());
        if (error != ErrorCode.NONE || request.generation() != group.generation()) {
            answer.give(error != ErrorCode.NONE ? error : ErrorCode.ILLEGAL_GENERATION);
            return;
        }
        Member member = group.member(request.memberId());
        sessions.restart(group, member);
        note(member);
        if (group.isIn(GroupState.PREPARING_REBALANCE)) {
            answer.give(ErrorCode.REBALANCE_IN_PROGRESS);
            return;
        }
        long millis = group.isIn(GroupState.STABLE) ? HeartbeatHold.millis(shard.config, group, member, request.client()) : 0;
        if (millis == 0) {
            answer.give(ErrorCode.NONE);
        } else {
            HeldAnswer.hold(shard.loop, member, millis, answer, answer::give);
        }
    }

    private void note(Member member) {
        long now = shard.clock.monotonicMillis();
        long interval = now - member.lastHeartbeatMillis;
        if (member.lastHeartbeatMillis >= 0 && interval >= INTERVAL_MILLIS_MIN) {
            member.heartbeatIntervalMillis = Math.min(member.heartbeatIntervalMillis, interval);
        }
        member.lastHeartbeatMillis = now;
    }
}
