package io.partita.broker.group;

import java.util.LinkedHashMap;
import java.util.List;

/**
 * A member wants to be part of the next generation.
 *
 * @param memberId empty when the member has none yet
 * @param instanceId {@code group.instance.id}, null for a dynamic member (KIP-345)
 * @param protocols in the member's order of preference
 * @param reason for the log, null when the client gave none (KIP-800)
 * @param requiresMemberId whether the client comes back with the id given to it (KIP-394, version 4)
 * @param supportsSkippingAssignment whether a leader may be told to leave the assignment alone (KIP-814, version 9)
 */
public record JoinRequest(
        String groupId,
        String memberId,
        String instanceId,
        Client client,
        int sessionTimeoutMillis,
        int rebalanceTimeoutMillis,
        String protocolType,
        List<JoinProtocol> protocols,
        String reason,
        boolean requiresMemberId,
        boolean supportsSkippingAssignment) {

    public JoinRequest {
        // A name that comes twice counts once: what the first says.
        var byName = new LinkedHashMap<String, JoinProtocol>();
        protocols.forEach(protocol -> byName.putIfAbsent(protocol.name(), protocol));
        protocols = List.copyOf(byName.values());
    }
}
