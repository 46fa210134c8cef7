package io.partita.broker.group;

/**
 * A group in a list of them.
 *
 * @param protocolType empty for groups that never had members
 * @param state its name as clients know it
 */
public record ListedGroup(String groupId, String protocolType, String state, GroupType type) {}
