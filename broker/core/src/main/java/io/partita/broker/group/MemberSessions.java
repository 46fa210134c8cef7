package io.partita.broker.group;

import java.util.function.BiConsumer;
import java.util.function.ToIntBiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which members must be heard from, or must have given up what they have to, by when. Owned by the event loop of its shard. */
public final class MemberSessions<G extends EpochMembers<M>, M extends EpochMember<?, ?, ?>> {

    private static final Logger LOG = LoggerFactory.getLogger(MemberSessions.class);

    private final ShardContext shard;
    private final ToIntBiFunction<G, M> sessionMillis;
    private final BiConsumer<G, M> out;

    /** @param out told of who was silent for longer than {@code sessionMillis} says, or too late */
    public MemberSessions(ShardContext shard, ToIntBiFunction<G, M> sessionMillis, BiConsumer<G, M> out) {
        this.shard = shard;
        this.sessionMillis = sessionMillis;
        this.out = out;
    }

    /** The member was heard from. */
    public void restart(G group, M member) {
        int millis = sessionMillis.applyAsInt(group, member);
        member.session.restart(shard.loop, shard.clock, millis, () -> {
            if (group.member(member.memberId) == member) {
                LOG.info("Member {} of {} group {} was not heard from for {} ms and is out.", member, group.type().displayName(), group.groupId(), millis);
                out.accept(group, member);
            }
        });
    }

    /** Waits for the member to leave the epoch that it is in; what waited before does no longer. */
    public void await(G group, M member) {
        int epoch = member.current().epoch();
        if (member.revocation.isRunning() && member.awaitedEpoch == epoch) {
            return;
        }
        member.revocation.stop();
        member.awaitedEpoch = epoch;
        int millis = Math.max(0, member.metadata().rebalanceTimeoutMillis());
        member.revocation.restart(shard.loop, shard.clock, millis, () -> {
            if (group.member(member.memberId) == member) {
                LOG.info("Member {} of {} group {} did not give up what it had to within {} ms and is out.", member, group.type().displayName(),
                        group.groupId(), millis);
                out.accept(group, member);
            }
        });
    }
}
