package io.partita.broker.group.consumer;

import io.partita.broker.group.ShardContext;

/** Who must be heard from, or must have given up partitions, by when. */
final class MemberSessions {

    /** What follows from silence. */
    interface Expiry {
        void silent(ConsumerGroup group, ConsumerMember member);

        /** It did not give up partitions in time, or did not join again. */
        void late(ConsumerGroup group, ConsumerMember member);
    }

    private final ShardContext shard;
    private final Expiry expiry;

    MemberSessions(ShardContext shard, Expiry expiry) {
        this.shard = shard;
        this.expiry = expiry;
    }

    int sessionMillis(ConsumerGroup group, ConsumerMember member) {
        return member.isClassic() ? member.metadata().classic().sessionTimeoutMillis() : shard.consumerConfig(group.groupId()).sessionTimeoutMillis();
    }

    /** The member was heard from. */
    void restart(ConsumerGroup group, ConsumerMember member) {
        long millis = sessionMillis(group, member);
        long deadline = shard.clock.monotonicMillis() + millis;
        if (member.sessionTimer != null && deadline < member.sessionDeadlineMillis) {
            member.sessionTimer.cancel();
            member.sessionTimer = null;
        }
        member.sessionDeadlineMillis = deadline;
        if (member.sessionTimer == null) {
            watch(group, member, millis);
        }
    }

    private void watch(ConsumerGroup group, ConsumerMember member, long millis) {
        member.sessionTimer = shard.loop.schedule(millis, () -> {
            member.sessionTimer = null;
            if (group.member(member.memberId) != member) {
                return;
            }
            long left = member.sessionDeadlineMillis - shard.clock.monotonicMillis();
            if (left > 0) {
                watch(group, member, left);
            } else {
                expiry.silent(group, member);
            }
        });
    }

    /** Waits for the member to leave the epoch that it is in; what waited before does no longer. */
    void await(ConsumerGroup group, ConsumerMember member) {
        int epoch = member.current().epoch();
        if (member.rebalanceTimer != null && member.awaitedEpoch == epoch) {
            return;
        }
        member.stopAwaiting();
        member.awaitedEpoch = epoch;
        member.rebalanceTimer = shard.loop.schedule(Math.max(0, member.metadata().rebalanceTimeoutMillis()), () -> {
            member.rebalanceTimer = null;
            if (group.member(member.memberId) == member) {
                expiry.late(group, member);
            }
        });
    }
}
