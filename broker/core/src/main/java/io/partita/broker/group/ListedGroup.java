package io.partita.broker.group;

/** A group in a list of them. {@code protocolType} is empty for groups that never had members. */
public record ListedGroup(String groupId, String protocolType, GroupState state) {

    /** The type that KIP-848 gave the groups there were before it. */
    public static final String CLASSIC_TYPE = "classic";
}
