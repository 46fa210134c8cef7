package io.partita.broker.group;

import io.partita.broker.group.classic.GroupState;
import java.util.List;

/**
 * A group in full.
 *
 * @param state DEAD when there is no such group
 * @param protocolType empty for groups that never had members
 * @param protocol empty unless the group is stable
 */
public record DescribedGroup(String groupId, GroupState state, String protocolType, String protocol, List<DescribedMember> members) {

    /**
     * A member.
     *
     * @param instanceId {@code group.instance.id}, null for a dynamic member
     * @param metadata its subscription, empty unless the group is stable
     */
    public record DescribedMember(
            String memberId, String instanceId, String clientId, String clientHost, byte[] metadata, byte[] assignment) {}

    static DescribedGroup dead(String groupId) {
        return new DescribedGroup(groupId, GroupState.DEAD, "", "", List.of());
    }
}
