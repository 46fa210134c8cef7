package io.partita.broker.group;

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
import java.util.UUID;

/**
 * What the records of groups have in common whose coordinator assigns, as Kafka 4.4 writes them: the key's version says what a record is, and then names a
 * group, or a part of one; every value is of version 0. Epochs of targets are written alike by all, targets by those who assign partitions.
 */
public final class EpochRecordFormat {

    private static final short VERSION = 0;
    /** Above this no topic has a partition; a set with such a number in it would take memory for all below. */
    private static final int PARTITION_MAX = 1 << 20;

    private EpochRecordFormat() {}

    public static void writeKey(short type, String group, ByteBuf out) {
        var key = new ConsumerGroupKey();
        key.group = group;
        out.writeShort(type);
        key.write(new MessageWriter(out), VERSION);
    }

    /** @param part a member's id, as a rule */
    public static void writeKey(short type, String group, String part, ByteBuf out) {
        var key = new ConsumerGroupPartKey();
        key.group = group;
        key.part = part;
        out.writeShort(type);
        key.write(new MessageWriter(out), VERSION);
    }

    public static String readGroup(MessageReader key) {
        var read = new ConsumerGroupKey();
        read.read(key, VERSION);
        return read.group;
    }

    public static ConsumerGroupPartKey readPart(MessageReader key) {
        var read = new ConsumerGroupPartKey();
        read.read(key, VERSION);
        return read;
    }

    /** Returns that there is a value. */
    public static boolean write(Message value, ByteBuf out) {
        out.writeShort(VERSION);
        value.write(new MessageWriter(out), VERSION);
        return true;
    }

    /** What is newer has tagged fields that we do not know, and those are passed over (KIP-915). */
    public static <M extends Message> M read(M message, ByteBuf bytes) {
        var in = new MessageReader(bytes);
        in.int16();
        message.read(in, VERSION);
        return message;
    }

    public static Message value(EpochRecord.Target target) {
        var value = new ConsumerGroupTargetAssignmentMetadataValue();
        value.assignmentEpoch = target.epoch();
        value.assignmentTimestamp = target.millis();
        return value;
    }

    public static EpochRecord.Target target(ByteBuf bytes) {
        var value = read(new ConsumerGroupTargetAssignmentMetadataValue(), bytes);
        return new EpochRecord.Target(value.assignmentEpoch, value.assignmentTimestamp);
    }

    public static Message value(Partitions partitions) {
        var value = new ConsumerGroupTargetAssignmentMemberValue();
        for (UUID topic : partitions.topicIds()) {
            var one = new ConsumerGroupTargetAssignmentMemberValue.TopicPartition();
            one.topicId = topic;
            one.partitions = partitions.of(topic);
            value.topicPartitions.add(one);
        }
        return value;
    }

    public static Partitions partitions(ByteBuf bytes) {
        var builder = new Partitions.Builder();
        for (var topic : read(new ConsumerGroupTargetAssignmentMemberValue(), bytes).topicPartitions) {
            topic.partitions.forEach(partition -> builder.add(topic.topicId, check(partition)));
        }
        return builder.build();
    }

    /** A partition as it was read. */
    public static int check(int partition) {
        if (partition < 0 || partition > PARTITION_MAX) {
            throw new MalformedMessageException("partition " + partition);
        }
        return partition;
    }
}
