package io.partita.broker.group;

/** The members of a group whose coordinator assigns. */
public interface EpochMembers<M extends EpochMember<?, ?, ?>> {

    String groupId();

    GroupType type();

    int size();

    /** Null when there is none. */
    M member(String memberId);

    /** The member with this {@code group.instance.id}, null when there is none. */
    M staticMember(String instanceId);
}
