package io.partita.broker.group.share;

import io.partita.broker.group.consumer.Partitions;

/** A record of a share group in {@code __consumer_offsets}. What it says of the group is null where it deletes that. */
public sealed interface ShareRecord {

    String groupId();

    /** A group reached an epoch. {@code metadata} null: the group is gone. */
    record GroupEpoch(String groupId, Metadata metadata) implements ShareRecord {}

    /** @param hash of what is to be assigned */
    record Metadata(int epoch, long hash) {}

    /** A member is there, or wants something else. */
    record Member(String groupId, String memberId, ShareMemberMetadata metadata) implements ShareRecord {}

    /** For which epoch the target is. */
    record TargetEpoch(String groupId, Target target) implements ShareRecord {}

    record Target(int epoch, long millis) {}

    /** What a member is to have. */
    record MemberTarget(String groupId, String memberId, Partitions partitions) implements ShareRecord {}

    /** What a member has. */
    record Current(String groupId, String memberId, ShareAssignment assignment) implements ShareRecord {}

    /** Of which partitions there is delivery state. */
    record States(String groupId, StatePartitions partitions) implements ShareRecord {}

    /** Whether it deletes what it names. */
    default boolean deletes() {
        return switch (this) {
            case GroupEpoch group -> group.metadata == null;
            case Member member -> member.metadata == null;
            case TargetEpoch target -> target.target == null;
            case MemberTarget target -> target.partitions == null;
            case Current current -> current.assignment == null;
            case States states -> states.partitions == null;
        };
    }
}
