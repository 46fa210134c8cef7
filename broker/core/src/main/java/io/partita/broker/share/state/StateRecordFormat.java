package io.partita.broker.share.state;

import io.netty.buffer.ByteBuf;
import io.partita.broker.coordinator.RecordFormat;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ShareSnapshotValue;
import io.partita.broker.protocol.message.ShareStateKey;
import io.partita.broker.protocol.message.ShareUpdateValue;
import java.util.ArrayList;
import java.util.List;

/** The records of {@code __share_group_state} as Kafka 4.4 writes them: keys of version 0 are snapshots, of version 1 updates. */
final class StateRecordFormat implements RecordFormat<StateRecord> {

    private static final short SNAPSHOT_KEY = 0;
    private static final short UPDATE_KEY = 1;
    private static final short VERSION = 0;

    @Override
    public void writeKey(StateRecord record, ByteBuf out) {
        var key = new ShareStateKey();
        key.groupId = record.key().groupId();
        key.topicId = record.key().topicId();
        key.partition = record.key().partition();
        out.writeShort(record instanceof StateRecord.Snapshot ? SNAPSHOT_KEY : UPDATE_KEY);
        key.write(new MessageWriter(out), VERSION);
    }

    @Override
    public boolean writeValue(StateRecord record, ByteBuf out) {
        Message value = switch (record) {
            case StateRecord.Snapshot snapshot -> snapshot.value() == null ? null : value(snapshot.value());
            case StateRecord.Update update -> update.change() == null ? null : value(update.change());
        };
        if (value == null) {
            return false;
        }
        out.writeShort(VERSION);
        value.write(new MessageWriter(out), VERSION);
        return true;
    }

    private static Message value(StateRecord.Value snapshot) {
        var value = new ShareSnapshotValue();
        value.snapshotEpoch = snapshot.snapshotEpoch();
        value.stateEpoch = snapshot.stateEpoch();
        value.leaderEpoch = snapshot.leaderEpoch();
        value.startOffset = snapshot.startOffset();
        value.deliveryCompleteCount = snapshot.completeCount();
        value.createTimestamp = snapshot.createMillis();
        value.writeTimestamp = snapshot.writeMillis();
        for (StateBatch batch : snapshot.batches()) {
            var one = new ShareSnapshotValue.StateBatch();
            one.firstOffset = batch.firstOffset();
            one.lastOffset = batch.lastOffset();
            one.deliveryState = batch.state();
            one.deliveryCount = batch.deliveryCount();
            value.stateBatches.add(one);
        }
        return value;
    }

    private static Message value(StateRecord.Change change) {
        var value = new ShareUpdateValue();
        value.snapshotEpoch = change.snapshotEpoch();
        value.leaderEpoch = change.leaderEpoch();
        value.startOffset = change.startOffset();
        value.deliveryCompleteCount = change.completeCount();
        for (StateBatch batch : change.batches()) {
            var one = new ShareUpdateValue.StateBatch();
            one.firstOffset = batch.firstOffset();
            one.lastOffset = batch.lastOffset();
            one.deliveryState = batch.state();
            one.deliveryCount = batch.deliveryCount();
            value.stateBatches.add(one);
        }
        return value;
    }

    @Override
    public StateRecord read(ByteBuf keyBytes, ByteBuf value) {
        var in = new MessageReader(keyBytes);
        short type = in.int16();
        if (type != SNAPSHOT_KEY && type != UPDATE_KEY) {
            return null;
        }
        var read = new ShareStateKey();
        read.read(in, VERSION);
        var key = new ShareKey(read.groupId, read.topicId, read.partition);
        return type == SNAPSHOT_KEY
                ? new StateRecord.Snapshot(key, value == null ? null : snapshot(value))
                : new StateRecord.Update(key, value == null ? null : change(value));
    }

    private static <M extends Message> M read(M message, ByteBuf bytes) {
        var in = new MessageReader(bytes);
        // What is newer has tagged fields that we do not know, and those are passed over (KIP-915).
        in.int16();
        message.read(in, VERSION);
        return message;
    }

    private static StateRecord.Value snapshot(ByteBuf bytes) {
        var value = read(new ShareSnapshotValue(), bytes);
        List<StateBatch> batches = new ArrayList<>(value.stateBatches.size());
        value.stateBatches.forEach(batch -> add(batches, batch.firstOffset, batch.lastOffset, batch.deliveryState, batch.deliveryCount));
        return new StateRecord.Value(value.snapshotEpoch, value.stateEpoch, value.leaderEpoch, value.startOffset, value.deliveryCompleteCount,
                value.createTimestamp, value.writeTimestamp, batches);
    }

    private static StateRecord.Change change(ByteBuf bytes) {
        var value = read(new ShareUpdateValue(), bytes);
        List<StateBatch> batches = new ArrayList<>(value.stateBatches.size());
        value.stateBatches.forEach(batch -> add(batches, batch.firstOffset, batch.lastOffset, batch.deliveryState, batch.deliveryCount));
        return new StateRecord.Change(value.snapshotEpoch, value.leaderEpoch, value.startOffset, value.deliveryCompleteCount, batches);
    }

    private static void add(List<StateBatch> batches, long first, long last, byte state, short count) {
        if (last >= first && first >= 0) {
            batches.add(new StateBatch(first, last, state, count));
        }
    }
}
