package io.partita.broker.group.consumer;

import io.partita.broker.group.EpochMember;
import io.partita.broker.group.JoinProtocol;
import java.util.List;
import java.util.Set;

/**
 * Who a member is and what it wants, as the log has it.
 *
 * @param instanceId {@code group.instance.id}, null for a dynamic member
 * @param rackId null when it does not say
 * @param topicNames what it subscribes to by name, sorted; empty when it does so by pattern alone
 * @param topicRegex the pattern that it subscribes to, null or empty when it has none
 * @param serverAssignor the assignor that it would like, null when any will do
 * @param classic null for a member that speaks the consumer protocol
 */
record MemberMetadata(
        String instanceId,
        String rackId,
        String clientId,
        String clientHost,
        List<String> topicNames,
        String topicRegex,
        int rebalanceTimeoutMillis,
        String serverAssignor,
        Classic classic) implements EpochMember.Description {

    /** About what a member takes in memory beside what clients determine, and a topic name. */
    private static final long MEMBER_BYTES = 1_200;
    private static final long NAME_BYTES = 60;

    MemberMetadata {
        topicNames = List.copyOf(topicNames);
    }

    /** What a member that speaks the classic protocol brings when it joins. */
    record Classic(int sessionTimeoutMillis, List<JoinProtocol> protocols) {
        Classic {
            protocols = List.copyOf(protocols);
        }
    }

    /** What it subscribes to by name, as a set. */
    Set<String> topics() {
        return Set.copyOf(topicNames);
    }

    boolean isClassic() {
        return classic != null;
    }

    boolean hasPattern() {
        return topicRegex != null && !topicRegex.isEmpty();
    }

    /** Whether both want the same. */
    boolean subscribesAs(MemberMetadata other) {
        return topicNames.equals(other.topicNames) && (hasPattern() ? topicRegex.equals(other.topicRegex) : !other.hasPattern());
    }

    /** About what it takes in memory. */
    @Override
    public long heapBytes() {
        long bytes = MEMBER_BYTES + 2L * (clientId.length() + clientHost.length() + (topicRegex == null ? 0 : topicRegex.length()));
        for (String name : topicNames) {
            bytes += NAME_BYTES + 2L * name.length();
        }
        if (classic != null) {
            for (JoinProtocol protocol : classic.protocols) {
                bytes += NAME_BYTES + 2L * protocol.name().length() + protocol.metadata().length;
            }
        }
        return bytes;
    }
}
