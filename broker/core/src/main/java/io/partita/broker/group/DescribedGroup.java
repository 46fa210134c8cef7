package io.partita.broker.group;

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

    static DescribedGroup of(ClassicGroup group) {
        boolean stable = group.isIn(GroupState.STABLE);
        var members = group.members().stream()
                .map(member -> new DescribedMember(member.memberId, member.instanceId, member.client.clientId(), member.client.host(),
                        stable ? member.metadata(group.protocol()) : Member.NO_ASSIGNMENT, member.assignment))
                .toList();
        return new DescribedGroup(group.groupId, group.state(), group.protocolType() == null ? "" : group.protocolType(),
                stable ? group.protocol() : "", members);
    }
}
