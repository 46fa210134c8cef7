package io.partita.broker.group.share;

import io.partita.broker.group.EpochRecord;
import io.partita.broker.group.consumer.Partitions;

/** A record of a share group in {@code __consumer_offsets}. What it says of the group is null where it deletes that. */
public sealed interface ShareRecord extends EpochRecord {

    /** A group reached an epoch. {@code value} null: the group is gone. */
    record GroupEpoch(String groupId, Metadata value) implements ShareRecord {}

    /** A member is there, or wants something else. */
    record Member(String groupId, String memberId, ShareMemberMetadata value) implements ShareRecord {}

    /** For which epoch the target is. */
    record TargetEpoch(String groupId, Target value) implements ShareRecord {}

    /** What a member is to have. */
    record MemberTarget(String groupId, String memberId, Partitions value) implements ShareRecord {}

    /** What a member has. */
    record Current(String groupId, String memberId, ShareAssignment value) implements ShareRecord {}

    /** Of which partitions there is delivery state. */
    record States(String groupId, StatePartitions value) implements ShareRecord {}
}
