package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a consumer of committed records makes of an answer. */
public final class SimReads {

    private SimReads() {}

    /** Takes in the whole batches as Kafka's consumer does; returns the offset behind them. */
    public static long take(FetchResponse.PartitionData data, long from, List<String> values) {
        if (!(data.records instanceof BufferRecords(ByteBuf records))) {
            return from;
        }
        List<FetchResponse.AbortedTransaction> ahead = new ArrayList<>(data.abortedTransactions == null ? List.of() : data.abortedTransactions);
        ahead.sort((a, b) -> Long.compare(a.firstOffset, b.firstOffset));
        Set<Long> aborted = new HashSet<>();
        long next = from;
        RecordReader reader = new RecordReader(1 << 20);
        for (int at = records.readerIndex(); records.writerIndex() - at >= RecordBatch.HEADER_BYTES
                && RecordBatch.sizeInBytes(records, at) <= records.writerIndex() - at; at += RecordBatch.sizeInBytes(records, at)) {
            while (!ahead.isEmpty() && ahead.getFirst().firstOffset <= RecordBatch.lastOffset(records, at)) {
                aborted.add(ahead.removeFirst().producerId);
            }
            long producerId = RecordBatch.producerId(records, at);
            if (RecordBatch.isControl(records, at)) {
                if (!EndMarker.read(records, at).commit()) {
                    aborted.remove(producerId);
                }
            } else if (!RecordBatch.isTransactional(records, at) || !aborted.contains(producerId)) {
                reader.open(records, at);
                while (reader.next()) {
                    if (reader.offset() >= from) {
                        values.add(reader.value().toString(StandardCharsets.UTF_8));
                    }
                }
            }
            next = RecordBatch.lastOffset(records, at) + 1;
        }
        return next;
    }
}
