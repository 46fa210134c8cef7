package io.partita.broker.group.share;

import io.netty.buffer.ByteBuf;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ConsumerGroupKey;
import io.partita.broker.protocol.message.ConsumerGroupPartKey;
import io.partita.broker.protocol.message.ConsumerGroupTargetAssignmentMemberValue;
import io.partita.broker.protocol.message.ConsumerGroupTargetAssignmentMetadataValue;
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
    private static final short VERSION = 0;
    /** There is one state of a member that has what it is to have. */
    private static final byte STABLE = 0;
    /** Above this no topic has a partition; a set with such a number in it would take memory for all below. */
    private static final int PARTITION_MAX = 1 << 20;

    private ShareRecordFormat() {}

    public static void writeKey(ShareRecord record, ByteBuf out) {
        switch (record) {
            case ShareRecord.GroupEpoch group -> writeKey(GROUP_KEY, group.groupId(), out);
            case ShareRecord.Member member -> writeKey(MEMBER_KEY, member.groupId(), member.memberId(), out);
            case ShareRecord.TargetEpoch target -> writeKey(TARGET_EPOCH_KEY, target.groupId(), out);
            case ShareRecord.MemberTarget target -> writeKey(MEMBER_TARGET_KEY, target.groupId(), target.memberId(), out);
            case ShareRecord.Current current -> writeKey(CURRENT_KEY, current.groupId(), current.memberId(), out);
            case ShareRecord.States states -> writeKey(STATES_KEY, states.groupId(), out);
        }
    }

    private static void writeKey(short type, String group, ByteBuf out) {
        var key = new ConsumerGroupKey();
        key.group = group;
        out.writeShort(type);
        key.write(new MessageWriter(out), VERSION);
    }

    private static void writeKey(short type, String group, String part, ByteBuf out) {
        var key = new ConsumerGroupPartKey();
        key.group = group;
        key.part = part;
        out.writeShort(type);
        key.write(new MessageWriter(out), VERSION);
    }

    /** Whether the record has a value. */
    public static boolean writeValue(ShareRecord record, ByteBuf out) {
        if (record.deletes()) {
            return false;
        }
        Message value = switch (record) {
            case ShareRecord.GroupEpoch group -> value(group.metadata());
            case ShareRecord.Member member -> value(member.metadata());
            case ShareRecord.TargetEpoch target -> value(target.target());
            case ShareRecord.MemberTarget target -> value(target.partitions());
            case ShareRecord.Current current -> value(current.assignment());
            case ShareRecord.States states -> value(states.partitions());
        };
        out.writeShort(VERSION);
        value.write(new MessageWriter(out), VERSION);
        return true;
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

    private static Message value(ShareRecord.Target target) {
        var value = new ConsumerGroupTargetAssignmentMetadataValue();
        value.assignmentEpoch = target.epoch();
        value.assignmentTimestamp = target.millis();
        return value;
    }

    private static Message value(Partitions partitions) {
        var value = new ConsumerGroupTargetAssignmentMemberValue();
        for (UUID topic : partitions.topicIds()) {
            var one = new ConsumerGroupTargetAssignmentMemberValue.TopicPartition();
            one.topicId = topic;
            one.partitions = partitions.of(topic);
            value.topicPartitions.add(one);
        }
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
            case GROUP_KEY -> new ShareRecord.GroupEpoch(group(key), value == null ? null : metadata(value));
            case TARGET_EPOCH_KEY -> new ShareRecord.TargetEpoch(group(key), value == null ? null : target(value));
            case STATES_KEY -> new ShareRecord.States(group(key), value == null ? null : states(value));
            case MEMBER_KEY, MEMBER_TARGET_KEY, CURRENT_KEY -> {
                var read = new ConsumerGroupPartKey();
                read.read(key, VERSION);
                yield read(keyType, read.group, read.part, value);
            }
            default -> null;
        };
    }

    private static String group(MessageReader key) {
        var read = new ConsumerGroupKey();
        read.read(key, VERSION);
        return read.group;
    }

    private static ShareRecord read(int keyType, String group, String member, ByteBuf value) {
        return switch (keyType) {
            case MEMBER_KEY -> new ShareRecord.Member(group, member, value == null ? null : member(value));
            case MEMBER_TARGET_KEY -> new ShareRecord.MemberTarget(group, member, value == null ? null : memberTarget(value));
            default -> new ShareRecord.Current(group, member, value == null ? null : current(value));
        };
    }

    private static <M extends Message> M read(M message, ByteBuf bytes) {
        var in = new MessageReader(bytes);
        // What is newer has tagged fields that we do not know, and those are passed over (KIP-915).
        in.int16();
        message.read(in, VERSION);
        return message;
    }

    private static ShareRecord.Metadata metadata(ByteBuf bytes) {
        var value = read(new ShareGroupMetadataValue(), bytes);
        return new ShareRecord.Metadata(value.epoch, value.metadataHash);
    }

    private static ShareMemberMetadata member(ByteBuf bytes) {
        var value = read(new ShareGroupMemberMetadataValue(), bytes);
        return new ShareMemberMetadata(value.rackId, value.clientId, value.clientHost, value.subscribedTopicNames);
    }

    private static ShareRecord.Target target(ByteBuf bytes) {
        var value = read(new ConsumerGroupTargetAssignmentMetadataValue(), bytes);
        return new ShareRecord.Target(value.assignmentEpoch, value.assignmentTimestamp);
    }

    private static Partitions memberTarget(ByteBuf bytes) {
        var builder = new Partitions.Builder();
        for (var topic : read(new ConsumerGroupTargetAssignmentMemberValue(), bytes).topicPartitions) {
            topic.partitions.forEach(partition -> builder.add(topic.topicId, check(partition)));
        }
        return builder.build();
    }

    private static ShareAssignment current(ByteBuf bytes) {
        var value = read(new ShareGroupCurrentMemberAssignmentValue(), bytes);
        var assigned = new Partitions.Builder();
        for (var topic : value.assignedPartitions) {
            topic.partitions.forEach(partition -> assigned.add(topic.topicId, check(partition)));
        }
        return new ShareAssignment(value.memberEpoch, value.previousMemberEpoch, assigned.build());
    }

    private static StatePartitions states(ByteBuf bytes) {
        var value = read(new ShareGroupStatePartitionMetadataValue(), bytes);
        Map<UUID, String> names = new LinkedHashMap<>();
        var beginning = new Partitions.Builder();
        for (var info : value.initializingTopics) {
            names.put(info.topicId, info.topicName);
            info.partitions.forEach(partition -> beginning.add(info.topicId, check(partition)));
        }
        var begun = new Partitions.Builder();
        for (var info : value.initializedTopics) {
            names.put(info.topicId, info.topicName);
            info.partitions.forEach(partition -> begun.add(info.topicId, check(partition)));
        }
        Map<UUID, String> ended = new LinkedHashMap<>();
        value.deletingTopics.forEach(info -> ended.put(info.topicId, info.topicName));
        return new StatePartitions(names, beginning.build(), begun.build(), ended);
    }

    private static int check(int partition) {
        if (partition < 0 || partition > PARTITION_MAX) {
            throw new MalformedMessageException("partition " + partition);
        }
        return partition;
    }
}
