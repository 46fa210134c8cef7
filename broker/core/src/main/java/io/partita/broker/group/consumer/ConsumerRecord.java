package io.partita.broker.group.consumer;

import io.partita.broker.group.EpochRecord;

/** A record of a consumer group in {@code __consumer_offsets}. What it says of the group is null where it deletes that. */
public sealed interface ConsumerRecord extends EpochRecord {

    /** A group reached an epoch. {@code value} null: the group is gone. */
    record GroupEpoch(String groupId, Metadata value) implements ConsumerRecord {}

    /** A member is there, or wants something else. */
    record Member(String groupId, String memberId, MemberMetadata value) implements ConsumerRecord {}

    /** For which epoch the target is. */
    record TargetEpoch(String groupId, Target value) implements ConsumerRecord {}

    /** What a member is to have. */
    record MemberTarget(String groupId, String memberId, Partitions value) implements ConsumerRecord {}

    /** What a member has. */
    record Current(String groupId, String memberId, CurrentAssignment value) implements ConsumerRecord {}

    /** What a pattern stands for. */
    record Pattern(String groupId, String regex, ResolvedPattern value) implements ConsumerRecord {}
}
