package io.partita.broker.group.share;

import io.netty.buffer.ByteBuf;
import io.partita.broker.group.EpochRecordFormat;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.message.ShareGroupCurrentMemberAssignmentValue;
import io.partita.broker.protocol.message.ShareGroupMemberMetadataValue;
import io.partita.broker.protocol.message.ShareGroupMetadataValue;
import io.partita.broker.protocol.message.ShareGroupStatePartitionMetadataValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The records of share groups as Kafka 4.4 writes them. The key's version says what a record is; every value is of version 0. Keys and targets
 * have the fields of consumer groups.
 */
public final class ShareRecordFormat {

    private static final short MEMBER_KEY = 10;
    private static final short GROUP_KEY = 11;
    private static final short TARGET_EPOCH_KEY = 12;
    private static final short MEMBER_TARGET_KEY = 13;
    private static final short CURRENT_KEY = 14;
    private static final short STATES_KEY = 15;
    /** There is one state of a member that has what it is to have. */
    private static final byte STABLE = 0;

    private ShareRecordFormat() {}

    public static void writeKey(ShareRecord record, ByteBuf out) {
        switch (record) {
            case ShareRecord.GroupEpoch group -> EpochRecordFormat.writeKey(GROUP_KEY, group.groupId(), out);
            case ShareRecord.Member member -> EpochRecordFormat.writeKey(MEMBER_KEY, member.groupId(), member.memberId(), out);
            case ShareRecord.TargetEpoch target -> EpochRecordFormat.writeKey(TARGET_EPOCH_KEY, target.groupId(), out);
            case ShareRecord.MemberTarget target -> EpochRecordFormat.writeKey(MEMBER_TARGET_KEY, target.groupId(), target.memberId(), out);
            case ShareRecord.Current current -> EpochRecordFormat.writeKey(CURRENT_KEY, current.groupId(), current.memberId(), out);
            case ShareRecord.States states -> EpochRecordFormat.writeKey(STATES_KEY, states.groupId(), out);
        }
    }

    /** Whether the record has a value. */
    public static boolean writeValue(ShareRecord record, ByteBuf out) {
        return !record.deletes() && EpochRecordFormat.write(value(record), out);
    }

    private static Message value(ShareRecord record) {
        return switch (record) {
            case ShareRecord.GroupEpoch group -> value(group.value());
            case ShareRecord.Member member -> value(member.value());
            case ShareRecord.TargetEpoch target -> EpochRecordFormat.value(target.value());
            case ShareRecord.MemberTarget target -> EpochRecordFormat.value(target.value());
            case ShareRecord.Current current -> value(current.value());
            case ShareRecord.States states -> value(states.value());
        };
    }

    private static Message value(ShareRecord.Metadata metadata) {
        var value = new ShareGroupMetadataValue();
        value.epoch = metadata.epoch();
        value.metadataHash = metadata.hash();
        return value;
    }

    private static Message value(ShareMemberMetadata metadata) {
        var value = new ShareGroupMemberMetadataValue();
        value.rackId = metadata.rackId();
        value.clientId = metadata.clientId();
        value.clientHost = metadata.clientHost();
        value.subscribedTopicNames = metadata.topicNames();
        return value;
    }

    private static Message value(ShareAssignment assignment) {
        var value = new ShareGroupCurrentMemberAssignmentValue();
        value.memberEpoch = assignment.epoch();
        value.previousMemberEpoch = assignment.previousEpoch();
        value.state = STABLE;
        for (UUID topic : assignment.assigned().topicIds()) {
            var one = new ShareGroupCurrentMemberAssignmentValue.TopicPartitions();
            one.topicId = topic;
            one.partitions = assignment.assigned().of(topic);
            value.assignedPartitions.add(one);
        }
        return value;
    }

    private static Message value(StatePartitions states) {
        var value = new ShareGroupStatePartitionMetadataValue();
        for (UUID topic : states.beginning().topicIds()) {
            value.initializingTopics.add(info(topic, states.names().get(topic), states.beginning()));
        }
        for (UUID topic : states.begun().topicIds()) {
            value.initializedTopics.add(info(topic, states.names().get(topic), states.begun()));
        }
        states.ended().forEach((topic, name) -> {
            var info = new ShareGroupStatePartitionMetadataValue.TopicInfo();
            info.topicId = topic;
            info.topicName = name;
            value.deletingTopics.add(info);
        });
        return value;
    }

    private static ShareGroupStatePartitionMetadataValue.TopicPartitionsInfo info(UUID topic, String name, Partitions partitions) {
        var info = new ShareGroupStatePartitionMetadataValue.TopicPartitionsInfo();
        info.topicId = topic;
        info.topicName = name;
        info.partitions = partitions.of(topic);
        return info;
    }

    /** The record of a key of type {@code keyType}, whose other bytes are in {@code key}; null when it is of another kind. */
    public static ShareRecord read(int keyType, MessageReader key, ByteBuf value) {
        return switch (keyType) {
            case GROUP_KEY -> new ShareRecord.GroupEpoch(EpochRecordFormat.readGroup(key), value == null ? null : metadata(value));
            case TARGET_EPOCH_KEY -> new ShareRecord.TargetEpoch(EpochRecordFormat.readGroup(key), value == null ? null : EpochRecordFormat.target(value));
            case STATES_KEY -> new ShareRecord.States(EpochRecordFormat.readGroup(key), value == null ? null : states(value));
            case MEMBER_KEY, MEMBER_TARGET_KEY, CURRENT_KEY -> {
                var read = EpochRecordFormat.readPart(key);
                yield read(keyType, read.group, read.part, value);
            }
            default -> null;
        };
    }

    private static ShareRecord read(int keyType, String group, String member, ByteBuf value) {
        return switch (keyType) {
            case MEMBER_KEY -> new ShareRecord.Member(group, member, value == null ? null : member(value));
            case MEMBER_TARGET_KEY -> new ShareRecord.MemberTarget(group, member, value == null ? null : EpochRecordFormat.partitions(value));
            default -> new ShareRecord.Current(group, member, value == null ? null : current(value));
        };
    }

    private static ShareRecord.Metadata metadata(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ShareGroupMetadataValue(), bytes);
        return new ShareRecord.Metadata(value.epoch, value.metadataHash);
    }

    private static ShareMemberMetadata member(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ShareGroupMemberMetadataValue(), bytes);
        return new ShareMemberMetadata(value.rackId, value.clientId, value.clientHost, value.subscribedTopicNames);
    }

    private static ShareAssignment current(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ShareGroupCurrentMemberAssignmentValue(), bytes);
        var assigned = new Partitions.Builder();
        for (var topic : value.assignedPartitions) {
            topic.partitions.forEach(partition -> assigned.add(topic.topicId, EpochRecordFormat.check(partition)));
        }
        return new ShareAssignment(value.memberEpoch, value.previousMemberEpoch, assigned.build());
    }

    private static StatePartitions states(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ShareGroupStatePartitionMetadataValue(), bytes);
        Map<UUID, String> names = new LinkedHashMap<>();
        var beginning = new Partitions.Builder();
        for (var info : value.initializingTopics) {
            names.put(info.topicId, info.topicName);
            info.partitions.forEach(partition -> beginning.add(info.topicId, EpochRecordFormat.check(partition)));
        }
        var begun = new Partitions.Builder();
        for (var info : value.initializedTopics) {
            names.put(info.topicId, info.topicName);
            info.partitions.forEach(partition -> begun.add(info.topicId, EpochRecordFormat.check(partition)));
        }
        Map<UUID, String> ended = new LinkedHashMap<>();
        value.deletingTopics.forEach(info -> ended.put(info.topicId, info.topicName));
        return new StatePartitions(names, beginning.build(), begun.build(), ended);
    }
}
