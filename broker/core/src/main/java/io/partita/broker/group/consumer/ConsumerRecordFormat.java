package io.partita.broker.group.consumer;

import io.netty.buffer.ByteBuf;
import io.partita.broker.group.EpochRecordFormat;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.partita.broker.protocol.message.ConsumerGroupMemberMetadataValue;
import io.partita.broker.protocol.message.ConsumerGroupMetadataValue;
import io.partita.broker.protocol.message.ConsumerGroupRegularExpressionValue;
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

    private ConsumerRecordFormat() {}

    public static void writeKey(ConsumerRecord record, ByteBuf out) {
        switch (record) {
            case ConsumerRecord.GroupEpoch group -> EpochRecordFormat.writeKey(GROUP_KEY, group.groupId(), out);
            case ConsumerRecord.Member member -> EpochRecordFormat.writeKey(MEMBER_KEY, member.groupId(), member.memberId(), out);
            case ConsumerRecord.TargetEpoch target -> EpochRecordFormat.writeKey(TARGET_EPOCH_KEY, target.groupId(), out);
            case ConsumerRecord.MemberTarget target -> EpochRecordFormat.writeKey(MEMBER_TARGET_KEY, target.groupId(), target.memberId(), out);
            case ConsumerRecord.Current current -> EpochRecordFormat.writeKey(CURRENT_KEY, current.groupId(), current.memberId(), out);
            case ConsumerRecord.Pattern pattern -> EpochRecordFormat.writeKey(PATTERN_KEY, pattern.groupId(), pattern.regex(), out);
        }
    }

    /** Whether the record has a value. */
    public static boolean writeValue(ConsumerRecord record, ByteBuf out) {
        return !record.deletes() && EpochRecordFormat.write(value(record), out);
    }

    private static Message value(ConsumerRecord record) {
        return switch (record) {
            case ConsumerRecord.GroupEpoch group -> value(group.value());
            case ConsumerRecord.Member member -> value(member.value());
            case ConsumerRecord.TargetEpoch target -> EpochRecordFormat.value(target.value());
            case ConsumerRecord.MemberTarget target -> EpochRecordFormat.value(target.value());
            case ConsumerRecord.Current current -> value(current.value());
            case ConsumerRecord.Pattern pattern -> value(pattern.value());
        };
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
            case GROUP_KEY -> new ConsumerRecord.GroupEpoch(EpochRecordFormat.readGroup(key), value == null ? null : metadata(value));
            case TARGET_EPOCH_KEY -> new ConsumerRecord.TargetEpoch(EpochRecordFormat.readGroup(key), value == null ? null : EpochRecordFormat.target(value));
            case MEMBER_KEY, MEMBER_TARGET_KEY, CURRENT_KEY, PATTERN_KEY -> {
                var read = EpochRecordFormat.readPart(key);
                yield read(keyType, read.group, read.part, value);
            }
            default -> null;
        };
    }

    private static ConsumerRecord read(int keyType, String group, String part, ByteBuf value) {
        return switch (keyType) {
            case MEMBER_KEY -> new ConsumerRecord.Member(group, part, value == null ? null : member(value));
            case MEMBER_TARGET_KEY -> new ConsumerRecord.MemberTarget(group, part, value == null ? null : EpochRecordFormat.partitions(value));
            case CURRENT_KEY -> new ConsumerRecord.Current(group, part, value == null ? null : current(value));
            default -> new ConsumerRecord.Pattern(group, part, value == null ? null : resolved(value));
        };
    }

    private static ConsumerRecord.Metadata metadata(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ConsumerGroupMetadataValue(), bytes);
        return new ConsumerRecord.Metadata(value.epoch, value.metadataHash);
    }

    private static MemberMetadata member(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ConsumerGroupMemberMetadataValue(), bytes);
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

    private static CurrentAssignment current(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ConsumerGroupCurrentMemberAssignmentValue(), bytes);
        var assigned = new Partitions.Builder();
        var since = new TreeMap<UUID, Map<Integer, Integer>>();
        for (var topic : value.assignedPartitions) {
            boolean told = topic.assignmentEpochs != null && topic.assignmentEpochs.size() == topic.partitions.size();
            for (int i = 0; i < topic.partitions.size(); i++) {
                int partition = EpochRecordFormat.check(topic.partitions.get(i));
                assigned.add(topic.topicId, partition);
                since.computeIfAbsent(topic.topicId, id -> new TreeMap<>())
                        .put(partition, told ? topic.assignmentEpochs.get(i) : value.memberEpoch);
            }
        }
        var revoking = new Partitions.Builder();
        for (var topic : value.partitionsPendingRevocation) {
            topic.partitions.forEach(partition -> revoking.add(topic.topicId, EpochRecordFormat.check(partition)));
        }
        return new CurrentAssignment(value.memberEpoch, value.previousMemberEpoch, MemberState.of(value.state), assigned.build(), since,
                revoking.build());
    }

    private static ResolvedPattern resolved(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new ConsumerGroupRegularExpressionValue(), bytes);
        return new ResolvedPattern(List.copyOf(value.topics), value.version, value.timestamp);
    }
}
