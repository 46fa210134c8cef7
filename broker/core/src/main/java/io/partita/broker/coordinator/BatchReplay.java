package io.partita.broker.coordinator;

import io.netty.buffer.ByteBuf;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns batches of the log back into records. What cannot be read is passed over with an error in the log: one bad record must not keep all the
 * other keys of its partition from being served.
 */
final class BatchReplay {

    private static final Logger LOG = LoggerFactory.getLogger(BatchReplay.class);
    /** Batches that we write are not compressed; for those of other brokers this is plenty. */
    private static final int UNCOMPRESSED_BYTES_MAX = 256 << 20;

    private BatchReplay() {}

    /** Applies all records and ends of transactions in the readable bytes of {@code batches}. Returns the offset behind the last batch, −1 without one. */
    static <R> Replayed replay(String name, ByteBuf batches, RecordFormat<R> format, StateMachine<R> machine) {
        var reader = new RecordReader(UNCOMPRESSED_BYTES_MAX);
        long count = 0;
        long end = -1;
        int at = batches.readerIndex();
        while (batches.writerIndex() - at >= RecordBatch.HEADER_BYTES) {
            int size = RecordBatch.sizeInBytes(batches, at);
            if (size < RecordBatch.HEADER_BYTES || size > batches.writerIndex() - at) {
                LOG.error("A batch of {} is broken off or its length is nonsense: what follows is passed over.", name);
                break;
            }
            count += replayBatch(name, reader, batches, at, format, machine);
            end = RecordBatch.lastOffset(batches, at) + 1;
            at += size;
        }
        return new Replayed(count, end);
    }

    /** @param endOffset the offset behind the last batch, −1 when there was none */
    record Replayed(long recordCount, long endOffset) {}

    private static <R> long replayBatch(
            String name, RecordReader reader, ByteBuf batches, int at, RecordFormat<R> format, StateMachine<R> machine) {
        Producer producer = RecordBatch.isTransactional(batches, at)
                ? new Producer(RecordBatch.producerId(batches, at), RecordBatch.producerEpoch(batches, at))
                : null;
        if (RecordBatch.isControl(batches, at)) {
            EndMarker marker = producer == null ? null : EndMarker.read(batches, at);
            if (marker != null) {
                machine.transactionEnded(producer, marker.commit(), RecordBatch.baseOffset(batches, at));
            }
            return 0;
        }
        long count = 0;
        try {
            reader.open(batches, at);
            while (reader.next()) {
                count++;
                replayRecord(name, reader, format, machine, producer);
            }
        } catch (BatchFormatException e) {
            LOG.error("The batch of {} at offset {} is damaged: {} The rest of it is passed over.", name, RecordBatch.baseOffset(batches, at),
                    e.getMessage());
        }
        return count;
    }

    private static <R> void replayRecord(String name, RecordReader reader, RecordFormat<R> format, StateMachine<R> machine, Producer producer) {
        if (reader.key() == null) {
            return;
        }
        R record;
        try {
            record = format.read(reader.key(), reader.value());
        } catch (MalformedMessageException e) {
            LOG.error("The record of {} at offset {} is not what its key says: {}. It is passed over.", name, reader.offset(), e.getMessage());
            return;
        }
        if (record != null) {
            machine.apply(record, reader.offset(), producer);
        }
    }
}
