package io.partita.broker.group;

import java.util.Map;

/**
 * A member asks for its assignment; the leader brings everybody's.
 *
 * @param instanceId {@code group.instance.id}, null for a dynamic member
 * @param protocolType null when the client does not say (KIP-559, version 5)
 * @param protocol the same
 * @param assignments by member id; empty from members that are not the leader
 */
public record SyncRequest(
        String groupId,
        int generation,
        String memberId,
        String instanceId,
        String protocolType,
        String protocol,
        Map<String, byte[]> assignments) {}
