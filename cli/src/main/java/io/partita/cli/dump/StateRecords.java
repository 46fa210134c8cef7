package io.partita.cli.dump;

import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.message.ConsumerGroupCurrentMemberAssignmentValue;
import io.partita.broker.protocol.message.ConsumerGroupKey;
import io.partita.broker.protocol.message.ConsumerGroupMemberMetadataValue;
import io.partita.broker.protocol.message.ConsumerGroupMetadataValue;
import io.partita.broker.protocol.message.ConsumerGroupPartKey;
import io.partita.broker.protocol.message.ConsumerGroupRegularExpressionValue;
import io.partita.broker.protocol.message.ConsumerGroupTargetAssignmentMemberValue;
import io.partita.broker.protocol.message.ConsumerGroupTargetAssignmentMetadataValue;
import io.partita.broker.protocol.message.GroupMetadataKey;
import io.partita.broker.protocol.message.GroupMetadataValue;
import io.partita.broker.protocol.message.OffsetCommitKey;
import io.partita.broker.protocol.message.OffsetCommitValue;
import io.partita.broker.protocol.message.TransactionLogKey;
import io.partita.broker.protocol.message.TransactionLogValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Decodes the records in which coordinators keep their state. */
final class StateRecords {

    static final String OFFSETS_TOPIC = "__consumer_offsets";
    static final String TRANSACTIONS_TOPIC = "__transaction_state";

    /**
     * A kind of record.
     *
     * @param keyVersion that of the key's message, which differs from the number that tells the kind
     */
    private record Kind(String name, Supplier<Message> key, int keyVersion, Supplier<Message> value, int valueHighest) {}

    private StateRecords() {}

    private static Kind kind(String topic, int number) {
        if (topic.equals(TRANSACTIONS_TOPIC)) {
            return number == 0 ? new Kind("transaction", TransactionLogKey::new, 0, TransactionLogValue::new, TransactionLogValue.HIGHEST_VERSION) : null;
        }
        return switch (number) {
            case 0, 1 -> new Kind("offset", OffsetCommitKey::new, 1, OffsetCommitValue::new, OffsetCommitValue.HIGHEST_VERSION);
            case 2 -> new Kind("group", GroupMetadataKey::new, 2, GroupMetadataValue::new, GroupMetadataValue.HIGHEST_VERSION);
            case 3 -> new Kind("consumerGroup", ConsumerGroupKey::new, 0, ConsumerGroupMetadataValue::new, 0);
            case 5 -> new Kind("member", ConsumerGroupPartKey::new, 0, ConsumerGroupMemberMetadataValue::new, 0);
            case 6 -> new Kind("targetEpoch", ConsumerGroupKey::new, 0, ConsumerGroupTargetAssignmentMetadataValue::new, 0);
            case 7 -> new Kind("memberTarget", ConsumerGroupPartKey::new, 0, ConsumerGroupTargetAssignmentMemberValue::new, 0);
            case 8 -> new Kind("memberAssignment", ConsumerGroupPartKey::new, 0, ConsumerGroupCurrentMemberAssignmentValue::new, 0);
            case 16 -> new Kind("pattern", ConsumerGroupPartKey::new, 0, ConsumerGroupRegularExpressionValue::new, 0);
            default -> null;
        };
    }

    /** What kind of record it is, with the fields of key and value; null when this is no topic of a coordinator. */
    static Map<String, Object> decode(String topic, byte[] key, byte[] value) {
        if (!topic.equals(OFFSETS_TOPIC) && !topic.equals(TRANSACTIONS_TOPIC) || key == null) {
            return null;
        }
        Map<String, Object> decoded = new LinkedHashMap<>();
        try {
            MessageReader keyReader = new MessageReader(Unpooled.wrappedBuffer(key));
            int number = keyReader.int16();
            Kind kind = kind(topic, number);
            if (kind == null) {
                decoded.put("kind", "unknown (" + number + ")");
                return decoded;
            }
            decoded.put("kind", kind.name);
            Message keyMessage = kind.key.get();
            keyMessage.read(keyReader, (short) kind.keyVersion);
            decoded.put("key", MessageTree.of(keyMessage));
            decoded.put("value", value == null ? null : value(kind, value));
        } catch (MalformedMessageException e) {
            decoded.put("damaged", String.valueOf(e.getMessage()));
        }
        return decoded;
    }

    /** Newer versions only add tagged fields (KIP-915). */
    private static Object value(Kind kind, byte[] value) {
        MessageReader reader = new MessageReader(Unpooled.wrappedBuffer(value));
        Message message = kind.value.get();
        message.read(reader, (short) Math.min(reader.int16(), kind.valueHighest));
        return MessageTree.of(message);
    }
}
