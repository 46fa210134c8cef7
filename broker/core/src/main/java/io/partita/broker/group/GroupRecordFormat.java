package io.partita.broker.group;

import io.netty.buffer.ByteBuf;
import io.partita.broker.coordinator.RecordFormat;
import io.partita.broker.group.classic.GroupImage;
import io.partita.broker.group.classic.MemberImage;
import io.partita.broker.group.consumer.ConsumerRecord;
import io.partita.broker.group.consumer.ConsumerRecordFormat;
import io.partita.broker.group.share.ShareRecord;
import io.partita.broker.group.share.ShareRecordFormat;
import io.partita.broker.group.streams.StreamsRecord;
import io.partita.broker.group.streams.StreamsRecordFormat;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.GroupMetadataKey;
import io.partita.broker.protocol.message.GroupMetadataValue;
import io.partita.broker.protocol.message.OffsetCommitKey;
import io.partita.broker.protocol.message.OffsetCommitValue;
import java.util.ArrayList;

/**
 * The records of {@code __consumer_offsets} as Kafka 4.4 writes them. Keys and values begin with two bytes of version; the key's says what the
 * record is: 0 and 1 a committed offset, 2 a classic group, those of {@link ConsumerRecordFormat} consumer groups, those of {@link
 * ShareRecordFormat} share groups, those of {@link StreamsRecordFormat} streams groups. Others are passed over.
 *
 * <p>Values are written in the version that Kafka writes: offsets in 4, or in 1 when they have an expiry of their own, which only 1 can hold;
 * groups in 3. All versions since 0 are read.
 */
final class GroupRecordFormat implements RecordFormat<GroupRecord> {

    private static final short OFFSET_KEY_VERSION = 1;
    private static final short GROUP_KEY_VERSION = 2;
    private static final short OFFSET_VALUE_VERSION = 4;
    private static final short OFFSET_VALUE_VERSION_WITH_EXPIRY = 1;
    private static final short GROUP_VALUE_VERSION = 3;

    @Override
    public void writeKey(GroupRecord record, ByteBuf out) {
        switch (record) {
            case GroupRecord.OffsetCommitted committed -> {
                var key = new OffsetCommitKey();
                key.group = committed.groupId();
                key.topic = committed.topic();
                key.partition = committed.partition();
                write(key, OFFSET_KEY_VERSION, out);
            }
            case GroupRecord.GroupWritten written -> {
                var key = new GroupMetadataKey();
                key.group = written.groupId();
                write(key, GROUP_KEY_VERSION, out);
            }
            case GroupRecord.OfConsumerGroup(ConsumerRecord of) -> ConsumerRecordFormat.writeKey(of, out);
            case GroupRecord.OfShareGroup(ShareRecord of) -> ShareRecordFormat.writeKey(of, out);
            case GroupRecord.OfStreamsGroup(StreamsRecord of) -> StreamsRecordFormat.writeKey(of, out);
        }
    }

    @Override
    public boolean writeValue(GroupRecord record, ByteBuf out) {
        return switch (record) {
            case GroupRecord.OffsetCommitted(var group, var topic, var partition, CommittedOffset offset) -> offset != null && write(offset, out);
            case GroupRecord.GroupWritten(var group, GroupImage image) -> image != null && write(image, out);
            case GroupRecord.OfConsumerGroup(ConsumerRecord of) -> ConsumerRecordFormat.writeValue(of, out);
            case GroupRecord.OfShareGroup(ShareRecord of) -> ShareRecordFormat.writeValue(of, out);
            case GroupRecord.OfStreamsGroup(StreamsRecord of) -> StreamsRecordFormat.writeValue(of, out);
        };
    }

    private static boolean write(CommittedOffset offset, ByteBuf out) {
        var value = new OffsetCommitValue();
        value.offset = offset.offset();
        value.leaderEpoch = offset.leaderEpoch();
        value.metadata = offset.metadata();
        value.commitTimestamp = offset.commitMillis();
        value.expireTimestamp = offset.expireMillis();
        value.topicId = offset.topicId();
        write(value, offset.expireMillis() == CommittedOffset.NO_EXPIRY ? OFFSET_VALUE_VERSION : OFFSET_VALUE_VERSION_WITH_EXPIRY, out);
        return true;
    }

    private static boolean write(GroupImage image, ByteBuf out) {
        var value = new GroupMetadataValue();
        value.protocolType = image.protocolType() == null ? "" : image.protocolType();
        value.generation = image.generation();
        value.protocol = image.protocol();
        value.leader = image.leader();
        value.currentStateTimestamp = image.stateMillis();
        for (var member : image.members()) {
            var metadata = new GroupMetadataValue.MemberMetadata();
            metadata.memberId = member.memberId();
            metadata.groupInstanceId = member.instanceId();
            metadata.clientId = member.clientId();
            metadata.clientHost = member.clientHost();
            metadata.rebalanceTimeout = member.rebalanceTimeoutMillis();
            metadata.sessionTimeout = member.sessionTimeoutMillis();
            metadata.subscription = member.subscription();
            metadata.assignment = member.assignment();
            value.members.add(metadata);
        }
        write(value, GROUP_VALUE_VERSION, out);
        return true;
    }

    private static void write(Message message, short version, ByteBuf out) {
        out.writeShort(version);
        message.write(new MessageWriter(out), version);
    }

    @Override
    public GroupRecord read(ByteBuf key, ByteBuf value) {
        var in = new MessageReader(key);
        short type = in.int16();
        return switch (type) {
            case 0, OFFSET_KEY_VERSION -> {
                var read = new OffsetCommitKey();
                read.read(in, OFFSET_KEY_VERSION);
                yield new GroupRecord.OffsetCommitted(read.group, read.topic, read.partition, value == null ? null : readOffset(value));
            }
            case GROUP_KEY_VERSION -> {
                var read = new GroupMetadataKey();
                read.read(in, GROUP_KEY_VERSION);
                yield new GroupRecord.GroupWritten(read.group, value == null ? null : readGroup(value));
            }
            default -> {
                ConsumerRecord of = ConsumerRecordFormat.read(type, in, value);
                if (of != null) {
                    yield new GroupRecord.OfConsumerGroup(of);
                }
                ShareRecord share = ShareRecordFormat.read(type, in, value);
                if (share != null) {
                    yield new GroupRecord.OfShareGroup(share);
                }
                StreamsRecord streams = StreamsRecordFormat.read(type, in, value);
                yield streams == null ? null : new GroupRecord.OfStreamsGroup(streams);
            }
        };
    }

    private static CommittedOffset readOffset(ByteBuf bytes) {
        var value = new OffsetCommitValue();
        read(value, bytes, OffsetCommitValue.HIGHEST_VERSION);
        return new CommittedOffset(value.offset, value.leaderEpoch, value.metadata.isEmpty() ? "" : value.metadata, value.commitTimestamp,
                value.expireTimestamp, value.topicId.equals(Message.ZERO_UUID) ? Message.ZERO_UUID : value.topicId);
    }

    private static GroupImage readGroup(ByteBuf bytes) {
        var value = new GroupMetadataValue();
        read(value, bytes, GroupMetadataValue.HIGHEST_VERSION);
        if (value.protocol == null && !value.members.isEmpty()) {
            throw new MalformedMessageException("a generation with members but without a protocol");
        }
        var members = new ArrayList<MemberImage>(value.members.size());
        for (var member : value.members) {
            // Before version 1 one timeout served as both.
            int rebalanceTimeout = member.rebalanceTimeout < 0 ? member.sessionTimeout : member.rebalanceTimeout;
            members.add(new MemberImage(member.memberId, member.groupInstanceId, member.clientId, member.clientHost, rebalanceTimeout,
                    member.sessionTimeout, member.subscription, member.assignment));
        }
        return new GroupImage(value.protocolType.isEmpty() ? null : value.protocolType, value.generation, value.protocol, value.leader,
                value.currentStateTimestamp, members);
    }

    /** Values newer than the newest version we know are read as that one: Kafka only ever adds tagged fields to it (KIP-915). */
    private static void read(Message message, ByteBuf bytes, int highestVersion) {
        var in = new MessageReader(bytes);
        int version = in.int16();
        message.read(in, (short) Math.min(version, highestVersion));
    }
}
