package io.partita.broker.group.consumer;

import io.partita.broker.group.Answer;
import io.partita.broker.group.EpochGroupConfig;
import io.partita.broker.group.MemberSessions;
import io.partita.broker.group.ShardContext;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.UUID;
import java.util.function.ToIntBiFunction;

/** Takes members to what they are to have, and tells them: at once where a heartbeat waits for it, else with their next one. */
final class Assignments {

    private final ShardContext shard;
    private final MemberSessions<ConsumerGroup, ConsumerMember> sessions;
    private final ToIntBiFunction<ConsumerGroup, ConsumerMember> sessionMillis;

    Assignments(ShardContext shard, MemberSessions<ConsumerGroup, ConsumerMember> sessions, ToIntBiFunction<ConsumerGroup, ConsumerMember> sessionMillis) {
        this.shard = shard;
        this.sessionMillis = sessionMillis;
        this.sessions = sessions;
    }

    /** The member's next step. Whether there was one. */
    boolean reconcile(ConsumerGroup group, ConsumerMember member, Partitions owned) {
        CurrentAssignment now = member.current();
        CurrentAssignment next = next(group, member, owned);
        if (next.equals(now)) {
            return false;
        }
        write(new ConsumerRecord.Current(group.groupId(), member.memberId, next));
        if (next.state() == MemberState.UNREVOKED_PARTITIONS) {
            sessions.await(group, member);
        } else {
            member.stopAwaiting();
        }
        if (!next.held().containsAll(now.held())) {
            wake(group);
        }
        return true;
    }

    private static CurrentAssignment next(ConsumerGroup group, ConsumerMember member, Partitions owned) {
        return Reconciliation.next(member.current(), group.targetEpoch(), group.target(member.memberId), owned,
                (UUID topic, Integer partition) -> group.isFreeFor(member.memberId, topic, partition));
    }

    /** Whether a member has to learn something, other than that its epoch has another number. */
    boolean hasNews(ConsumerGroup group, ConsumerMember member) {
        CurrentAssignment now = member.current();
        CurrentAssignment next = next(group, member, null);
        return !next.assigned().equals(now.assigned()) || !next.revoking().equals(now.revoking());
    }

    /** Something changed in the group: members whose heartbeats wait are told what it means for them. */
    void wake(ConsumerGroup group) {
        for (ConsumerMember member : List.copyOf(group.members())) {
            if (member.held.isHeld() && !member.isClassic() && hasNews(group, member)) {
                member.held.end(answer -> {
                    reconcile(group, member, null);
                    answer.give(told(group, member, true));
                });
            }
        }
    }

    /** Answers a heartbeat: at once when the member has something to learn, else when it has, or after a while. */
    void answer(ConsumerGroup group, ConsumerMember member, boolean tellAssigned, boolean mayHold, Answer<ConsumerHeartbeatResult> answer) {
        ConsumerHeartbeatResult result = told(group, member, tellAssigned);
        long millis = mayHold && !tellAssigned && waits(group, member) ? EpochGroupConfig.holdMillis(shard.config, sessionMillis.applyAsInt(group, member)) : 0;
        if (millis > 0) {
            member.held.hold(shard.loop, millis, answer, result);
        } else {
            answer.give(result);
        }
    }

    /** Whether it is the others' turn. One that has to give up partitions says so in its next heartbeat, which must not stand behind a held one. */
    private static boolean waits(ConsumerGroup group, ConsumerMember member) {
        return member.current().epoch() == group.targetEpoch() && member.current().state() != MemberState.UNREVOKED_PARTITIONS;
    }

    private ConsumerHeartbeatResult told(ConsumerGroup group, ConsumerMember member, boolean tellAssigned) {
        return new ConsumerHeartbeatResult(ErrorCode.NONE, null, member.memberId, member.current().epoch(), intervalMillis(group),
                tellAssigned ? member.current().assigned() : null);
    }

    int intervalMillis(ConsumerGroup group) {
        return shard.consumerConfig(group.groupId()).intervalMillis(shard.config, group.size());
    }

    private void write(ConsumerRecord record) {
        shard.write(List.of(ConsumerGroup.record(record)));
    }
}
