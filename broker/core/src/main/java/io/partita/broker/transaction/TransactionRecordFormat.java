package io.partita.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.partita.broker.coordinator.RecordFormat;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.TransactionLogKey;
import io.partita.broker.protocol.message.TransactionLogValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The records of {@code __transaction_state} as Kafka 4.4 writes them: keys in version 0, values in version 1. Values of version 0 are read too, and later ones
 * as version 1, to which Kafka only adds tagged fields (KIP-915).
 */
final class TransactionRecordFormat implements RecordFormat<TransactionRecord> {

    private static final short KEY_VERSION = 0;
    private static final short VALUE_VERSION = 1;

    @Override
    public void writeKey(TransactionRecord record, ByteBuf out) {
        var key = new TransactionLogKey();
        key.transactionalId = record.transactionalId();
        out.writeShort(KEY_VERSION);
        key.write(new MessageWriter(out), KEY_VERSION);
    }

    @Override
    public boolean writeValue(TransactionRecord record, ByteBuf out) {
        TransactionImage image = record.image();
        if (image == null) {
            return false;
        }
        var value = new TransactionLogValue();
        value.producerId = image.producerId();
        value.previousProducerId = image.previousProducerId();
        value.nextProducerId = image.nextProducerId();
        value.producerEpoch = image.producerEpoch();
        value.transactionTimeoutMs = image.timeoutMillis();
        value.transactionStatus = image.state().id();
        value.transactionPartitions = image.state() == TransactionState.EMPTY ? null : partitions(image.partitions());
        value.transactionLastUpdateTimestampMs = image.updateMillis();
        value.transactionStartTimestampMs = image.startMillis();
        value.clientTransactionVersion = image.protocol();
        out.writeShort(VALUE_VERSION);
        value.write(new MessageWriter(out), VALUE_VERSION);
        return true;
    }

    private static ArrayList<TransactionLogValue.PartitionsSchema> partitions(Set<TopicPartition> partitions) {
        var topics = new ArrayList<TransactionLogValue.PartitionsSchema>();
        for (TopicPartition partition : new TreeSet<>(partitions)) {
            if (topics.isEmpty() || !topics.getLast().topic.equals(partition.topic())) {
                var topic = new TransactionLogValue.PartitionsSchema();
                topic.topic = partition.topic();
                topics.add(topic);
            }
            topics.getLast().partitionIds.add(partition.partition());
        }
        return topics;
    }

    @Override
    public TransactionRecord read(ByteBuf key, ByteBuf value) {
        var in = new MessageReader(key);
        if (in.int16() != KEY_VERSION) {
            return null;
        }
        var id = new TransactionLogKey();
        id.read(in, KEY_VERSION);
        return new TransactionRecord(id.transactionalId, value == null ? null : image(value));
    }

    private static TransactionImage image(ByteBuf bytes) {
        var in = new MessageReader(bytes);
        short version = (short) Math.min(in.int16(), VALUE_VERSION);
        var value = new TransactionLogValue();
        value.read(in, version);
        TransactionState state = TransactionState.of(value.transactionStatus);
        if (state == null || state == TransactionState.DEAD || state == TransactionState.PREPARE_EPOCH_FENCE) {
            throw new MalformedMessageException("a transactional id in state " + value.transactionStatus + ", which is never written");
        }
        var partitions = new HashSet<TopicPartition>();
        if (value.transactionPartitions != null) {
            for (var topic : value.transactionPartitions) {
                for (int partition : topic.partitionIds) {
                    partitions.add(new TopicPartition(topic.topic, partition));
                }
            }
        }
        return new TransactionImage(value.producerId, value.previousProducerId, value.nextProducerId, value.producerEpoch, TransactionImage.NO_EPOCH,
                value.transactionTimeoutMs, state, partitions, value.transactionStartTimestampMs, value.transactionLastUpdateTimestampMs,
                value.clientTransactionVersion);
    }
}
