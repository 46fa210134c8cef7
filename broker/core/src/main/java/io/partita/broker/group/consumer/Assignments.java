package io.partita.broker.group.consumer;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.group.Answer;
import io.partita.broker.group.ConsumerGroupConfig;
import io.partita.broker.group.ShardContext;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.UUID;

/** Takes members to what they are to have, and tells them: at once where a heartbeat waits for it, else with their next one. */
final class Assignments {

    /** A group with fewer members than asked for is heard from this often in all; each member costs one more heartbeat in so much time. */
    private static final int MEMBER_MILLIS = 20;
    /** Nobody is asked to come more often. */
    private static final int INTERVAL_MILLIS_MIN = 1_000;

    private final ShardContext shard;
    private final MemberSessions sessions;

    Assignments(ShardContext shard, MemberSessions sessions) {
        this.shard = shard;
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
            if (member.held != null && !member.isClassic() && hasNews(group, member)) {
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
        long millis = mayHold && !tellAssigned && waits(group, member) ? holdMillis(group, member) : 0;
        if (millis > 0) {
            HeldHeartbeat.hold(shard.loop, member, millis, answer, result);
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

    private int holdMillis(ConsumerGroup group, ConsumerMember member) {
        int bound = Math.min(shard.config.heartbeatHoldMaxMillis(), sessions.sessionMillis(group, member) / 3);
        return Math.min(bound, INTERVAL_MILLIS_MIN);
    }

    /**
     * Members of small groups are asked to come more often than set, unless a group was set to something itself: their answers can then be held for
     * all of the time in between, and still nobody who wants to leave waits for long.
     */
    int intervalMillis(ConsumerGroup group) {
        ConsumerGroupConfig config = shard.consumerConfig(group.groupId());
        if (config.heartbeatsAsSet() || shard.config.heartbeatHoldMaxMillis() == 0) {
            return config.heartbeatIntervalMillis();
        }
        return (int) Math.min(config.heartbeatIntervalMillis(), Math.max(INTERVAL_MILLIS_MIN, (long) MEMBER_MILLIS * group.size()));
    }

    /** {@code answer} is given what it is given once everything that led to it is committed. */
    Answer<ConsumerHeartbeatResult> committed(Answer<ConsumerHeartbeatResult> answer) {
        return new Answer<>() {
            @Override
            public void give(ConsumerHeartbeatResult result) {
                shard.write(List.of(), new WriteOutcome() {
                    @Override
                    public void committed() {
                        answer.give(result);
                    }

                    @Override
                    public void failed(ErrorCode code) {
                        answer.give(ConsumerHeartbeatResult.failed(code, null));
                    }
                });
            }

            @Override
            public void held(Runnable release) {
                answer.held(release);
            }
        };
    }

    private void write(ConsumerRecord record) {
        shard.write(List.of(ConsumerGroup.record(record)));
    }
}
