package io.partita.broker.group.classic;

import java.util.List;

/**
 * A group as the log has it: one generation. A group with members is stable, one without is empty; there is nothing in between.
 *
 * @param protocolType {@code consumer}, {@code connect}, …; null when no member ever joined
 * @param protocol the protocol of the generation, null when it has no members
 * @param leader member id of the leader, null when it has no members, or came from another protocol and is to rebalance
 * @param stateMillis wall clock when the group came into its state, −1 in records of old brokers
 */
public record GroupImage(String protocolType, int generation, String protocol, String leader, long stateMillis, List<MemberImage> members) {
    public GroupImage {
        members = List.copyOf(members);
    }
}
