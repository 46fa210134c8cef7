package io.partita.broker.group.consumer;

import io.partita.broker.group.classic.Member;
/** A record of a consumer group in {@code __consumer_offsets}. What it says of the group is null where it deletes that. */
public sealed interface ConsumerRecord {

    String groupId();

    /** A group reached an epoch. {@code metadata} null: the group is gone. */
    record GroupEpoch(String groupId, Metadata metadata) implements ConsumerRecord {}

    /** @param hash of what is to be assigned: names, ids and partitions of the topics that the group reads */
    record Metadata(int epoch, long hash) {}

    /** A member is there, or wants something else. */
    record Member(String groupId, String memberId, MemberMetadata metadata) implements ConsumerRecord {}

    /** For which epoch the target is. */
    record TargetEpoch(String groupId, Target target) implements ConsumerRecord {}

    record Target(int epoch, long millis) {}

    /** What a member is to have. */
    record MemberTarget(String groupId, String memberId, Partitions partitions) implements ConsumerRecord {}

    /** What a member has. */
    record Current(String groupId, String memberId, CurrentAssignment assignment) implements ConsumerRecord {}

    /** What a pattern stands for. */
    record Pattern(String groupId, String regex, ResolvedPattern resolved) implements ConsumerRecord {}
}
