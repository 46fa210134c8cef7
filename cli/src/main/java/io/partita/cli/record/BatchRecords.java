package io.partita.cli.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.message.FetchResponse.AbortedTransaction;
import io.partita.broker.protocol.message.FetchResponse.PartitionData;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Takes the records out of what a Fetch answered for a partition. */
final class BatchRecords {

    /** What one batch may open to; more than any broker takes. */
    private static final int OPENED_BYTES_MAX = 1 << 30;
    /** In the key of a marker: its version, then its type. */
    private static final int MARKER_TYPE_POSITION = 2;
    private static final short ABORT = 0;

    private final RecordReader reader = new RecordReader(OPENED_BYTES_MAX);

    /**
     * Hands on the records from {@code from} on, without markers and without those of aborted transactions that the answer names.
     *
     * @return the offset to go on from
     */
    long read(String topic, PartitionData data, long from, Consumer<ReadRecord> target) {
        if (!(data.records instanceof BufferRecords(ByteBuf bytes))) {
            return from;
        }
        Deque<AbortedTransaction> aborted = new ArrayDeque<>(data.abortedTransactions == null
                ? java.util.List.of()
                : data.abortedTransactions.stream().sorted(Comparator.comparingLong(transaction -> transaction.firstOffset)).toList());
        Set<Long> aborting = new HashSet<>();
        long next = from;
        int end = bytes.writerIndex();
        for (int at = bytes.readerIndex(); end - at >= RecordBatch.HEADER_BYTES; at += RecordBatch.sizeInBytes(bytes, at)) {
            int size = RecordBatch.sizeInBytes(bytes, at);
            if (size > end - at || size < RecordBatch.HEADER_BYTES) {
                // The last batch is cut where the answer was full.
                break;
            }
            long last = RecordBatch.lastOffset(bytes, at);
            while (!aborted.isEmpty() && aborted.peek().firstOffset <= last) {
                aborting.add(aborted.poll().producerId);
            }
            long producer = RecordBatch.producerId(bytes, at);
            reader.open(bytes, at);
            if (RecordBatch.isControl(bytes, at)) {
                if (reader.next() && reader.keyBytes() >= MARKER_TYPE_POSITION + Short.BYTES
                        && reader.key().getShort(reader.key().readerIndex() + MARKER_TYPE_POSITION) == ABORT) {
                    aborting.remove(producer);
                }
            } else if (!RecordBatch.isTransactional(bytes, at) || !aborting.contains(producer)) {
                while (reader.next()) {
                    if (reader.offset() >= from) {
                        target.accept(
                                new ReadRecord(topic, data.partitionIndex, reader.offset(), reader.timestamp(), bytes(reader.key()), bytes(reader.value()),
                                        reader.headers()));
                    }
                }
            }
            next = Math.max(next, last + 1);
        }
        return next;
    }

    private static byte[] bytes(ByteBuf part) {
        return part == null ? null : ByteBufUtil.getBytes(part);
    }
}
