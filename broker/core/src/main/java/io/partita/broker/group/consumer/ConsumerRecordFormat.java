package io.partita.broker.group.consumer;

import io.netty.buffer.ByteBuf;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.partita.broker.protocol.message.ConsumerGroupKey;
import io.partita.broker.protocol.message.ConsumerGroupMemberMetadataValue;
import io.partita.broker.protocol.message.ConsumerGroupMetadataValue;
import io.partita.broker.protocol.message.ConsumerGroupPartKey;
import io.partita.broker.protocol.message.ConsumerGroupRegularExpressionValue;
import io.partita.broker.protocol.message.ConsumerGroupTargetAssignmentMemberValue;
import io.partita.broker.protocol.message.ConsumerGroupTargetAssignmentMetadataValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The records of consumer groups as Kafka 4.4 writes them. The key's version says what a record is; every value is of version 0. Key 4, the partitions of
 * subscribed topics as Kafka 4.0 wrote them, is passed over: they are looked at anew.
 */
public final class ConsumerRecordFormat {

    private static final short GROUP_KEY = 3;
    private static final short MEMBER_KEY = 5;
    private static final short TARGET_EPOCH_KEY = 6;
    private static final short MEMBER_TARGET_KEY = 7;
    private static final short CURRENT_KEY = 8;
    private static final short PATTERN_KEY = 16;
    private static final short VERSION = 0;
    /** Above this no topic has a partition; a set with such a number in it would take memory for all below. */
    private static final int PARTITION_MAX = 1 << 20;

    private ConsumerRecordFormat() {}

    public static void writeKey(ConsumerRecord record, ByteBuf out) {
        switch (record) {
            case ConsumerRecord.GroupEpoch group -> writeKey(GROUP_KEY, group.groupId(), out);
            case ConsumerRecord.Member member -> writeKey(MEMBER_KEY, member.groupId(), member.memberId(), out);
            case ConsumerRecord.TargetEpoch target -> writeKey(TARGET_EPOCH_KEY, target.groupId(), out);
            case ConsumerRecord.MemberTarget target -> writeKey(MEMBER_TARGET_KEY, target.groupId(), target.memberId(), out);
            case ConsumerRecord.Current current -> writeKey(CURRENT_KEY, current.groupId(), current.memberId(), out);
            case ConsumerRecord.Pattern pattern -> writeKey(PATTERN_KEY, pattern.groupId(), pattern.regex(), out);
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
    public static boolean writeValue(ConsumerRecord record, ByteBuf out) {
        Message value = switch (record) {
            case ConsumerRecord.GroupEpoch group -> group.metadata() == null ? null : value(group.metadata());
            case ConsumerRecord.Member member -> member.metadata() == null ? null : value(member.metadata());
            case ConsumerRecord.TargetEpoch target -> target.target() == null ? null : value(target.target());
            case ConsumerRecord.MemberTarget target -> target.partitions() == null ? null : value(target.partitions());
            case ConsumerRecord.Current current -> current.assignment() == null ? null : value(current.assignment());
            case ConsumerRecord.Pattern pattern -> pattern.resolved() == null ? null : value(pattern.resolved());
        };
        if (value == null) {
            return false;
        }
        out.writeShort(VERSION);
        value.write(new MessageWriter(out), VERSION);
        return true;
    }

    private static Message value(ConsumerRecord.Metadata metadata) {
        var value = new ConsumerGroupMetadataValue();
        value.epoch = metadata.epoch();
        value.metadataHash = metadata.hash();
        return value;
    }

    private static Message value(MemberMetadata metadata) {
        var value = new ConsumerGroupMemberMetadataValue();
        value.instanceId = metadata.instanceId();
        value.rackId = metadata.rackId();
        value.clientId = metadata.clientId();
        value.clientHost = metadata.clientHost();
        value.subscribedTopicNames = metadata.topicNames();
        value.subscribedTopicRegex = metadata.topicRegex();
        value.rebalanceTimeoutMs = metadata.rebalanceTimeoutMillis();
        value.serverAssignor = metadata.serverAssignor();
        if (metadata.classic() != null) {
            value.classicMemberMetadata = new ConsumerGroupMemberMetadataValue.ClassicMemberMetadata();
            value.classicMemberMetadata.sessionTimeoutMs = metadata.classic().sessionTimeoutMillis();
            for (JoinProtocol protocol : metadata.classic().protocols()) {
                var one = new ConsumerGroupMemberMetadataValue.ClassicProtocol();
                one.name = protocol.name();
                one.metadata = protocol.metadata();
                value.classicMemberMetadata.supportedProtocols.add(one);
            }
        }
        return value;
    }

    private static Message value(ConsumerRecord.Target target) {
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

    private static Message value(CurrentAssignment assignment) {
        var value = new ConsumerGroupCurrentMemberAssignmentValue();
        value.memberEpoch = assignment.epoch();
        value.previousMemberEpoch = assignment.previousEpoch();
        value.state = assignment.state().id();
        for (UUID topic : assignment.assigned().topicIds()) {
            var one = topicPartitions(topic, assignment.assigned());
            one.assignmentEpochs = new ArrayList<>(one.partitions.size());
            one.partitions.forEach(partition -> one.assignmentEpochs.add(assignment.since(topic, partition)));
            value.assignedPartitions.add(one);
        }
        for (UUID topic : assignment.revoking().topicIds()) {
            value.partitionsPendingRevocation.add(topicPartitions(topic, assignment.revoking()));
        }
        return value;
    }

    private static ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions topicPartitions(UUID topic, Partitions partitions) {
        var one = new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions();
        one.topicId = topic;
        one.partitions = partitions.of(topic);
        return one;
    }

    private static Message value(ResolvedPattern resolved) {
        var value = new ConsumerGroupRegularExpressionValue();
        value.topics = resolved.topics();
        value.version = resolved.version();
        value.timestamp = resolved.millis();
        return value;
    }

    /** The record of a key of type {@code keyType}, whose other bytes are in {@code key}; null when it is of another kind. */
    public static ConsumerRecord read(int keyType, MessageReader key, ByteBuf value) {
        return switch (keyType) {
            case GROUP_KEY -> new ConsumerRecord.GroupEpoch(group(key), value == null ? null : metadata(value));
            case TARGET_EPOCH_KEY -> new ConsumerRecord.TargetEpoch(group(key), value == null ? null : target(value));
            case MEMBER_KEY, MEMBER_TARGET_KEY, CURRENT_KEY, PATTERN_KEY -> {
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

    private static ConsumerRecord read(int keyType, String group, String part, ByteBuf value) {
        return switch (keyType) {
            case MEMBER_KEY -> new ConsumerRecord.Member(group, part, value == null ? null : member(value));
            case MEMBER_TARGET_KEY -> new ConsumerRecord.MemberTarget(group, part, value == null ? null : memberTarget(value));
            case CURRENT_KEY -> new ConsumerRecord.Current(group, part, value == null ? null : current(value));
            default -> new ConsumerRecord.Pattern(group, part, value == null ? null : resolved(value));
        };
    }

    private static <M extends Message> M read(M message, ByteBuf bytes) {
        var in = new MessageReader(bytes);
        // What is newer has tagged fields that we do not know, and those are passed over (KIP-915).
        in.int16();
        message.read(in, VERSION);
        return message;
    }

    private static ConsumerRecord.Metadata metadata(ByteBuf bytes) {
        var value = read(new ConsumerGroupMetadataValue(), bytes);
        return new ConsumerRecord.Metadata(value.epoch, value.metadataHash);
    }

    private static MemberMetadata member(ByteBuf bytes) {
        var value = read(new ConsumerGroupMemberMetadataValue(), bytes);
        MemberMetadata.Classic classic = null;
        if (value.classicMemberMetadata != null) {
            List<JoinProtocol> protocols = value.classicMemberMetadata.supportedProtocols.stream()
                    .map(protocol -> new JoinProtocol(protocol.name, protocol.metadata))
                    .toList();
            classic = new MemberMetadata.Classic(value.classicMemberMetadata.sessionTimeoutMs, protocols);
        }
        return new MemberMetadata(value.instanceId, value.rackId, value.clientId, value.clientHost, value.subscribedTopicNames,
                value.subscribedTopicRegex, value.rebalanceTimeoutMs, value.serverAssignor, classic);
    }

    private static ConsumerRecord.Target target(ByteBuf bytes) {
        var value = read(new ConsumerGroupTargetAssignmentMetadataValue(), bytes);
        return new ConsumerRecord.Target(value.assignmentEpoch, value.assignmentTimestamp);
    }

    private static Partitions memberTarget(ByteBuf bytes) {
        var builder = new Partitions.Builder();
        for (var topic : read(new ConsumerGroupTargetAssignmentMemberValue(), bytes).topicPartitions) {
            topic.partitions.forEach(partition -> builder.add(topic.topicId, check(partition)));
        }
        return builder.build();
    }

    private static CurrentAssignment current(ByteBuf bytes) {
        var value = read(new ConsumerGroupCurrentMemberAssignmentValue(), bytes);
        var assigned = new Partitions.Builder();
        var since = new TreeMap<UUID, Map<Integer, Integer>>();
        for (var topic : value.assignedPartitions) {
            boolean told = topic.assignmentEpochs != null && topic.assignmentEpochs.size() == topic.partitions.size();
            for (int i = 0; i < topic.partitions.size(); i++) {
                int partition = check(topic.partitions.get(i));
                assigned.add(topic.topicId, partition);
                since.computeIfAbsent(topic.topicId, id -> new TreeMap<>())
                        .put(partition, told ? topic.assignmentEpochs.get(i) : value.memberEpoch);
            }
        }
        var revoking = new Partitions.Builder();
        for (var topic : value.partitionsPendingRevocation) {
            topic.partitions.forEach(partition -> revoking.add(topic.topicId, check(partition)));
        }
        return new CurrentAssignment(value.memberEpoch, value.previousMemberEpoch, MemberState.of(value.state), assigned.build(), since,
                revoking.build());
    }

    private static ResolvedPattern resolved(ByteBuf bytes) {
        var value = read(new ConsumerGroupRegularExpressionValue(), bytes);
        return new ResolvedPattern(List.copyOf(value.topics), value.version, value.timestamp);
    }

    private static int check(int partition) {
        if (partition < 0 || partition > PARTITION_MAX) {
            throw new MalformedMessageException("partition " + partition);
        }
        return partition;
    }
}
