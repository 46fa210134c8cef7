package io.partita.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.FetchResponse.AbortedTransaction;
import io.partita.broker.protocol.message.FetchResponse.PartitionData;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Reads partitions of a topic forward, in rounds of one request to each leader. For one HTTP request; waits. */
final class TopicReader {

    private static final int FETCH = 12;
    private static final int ROUND_BYTES = 1024 * 1024;
    private static final int PARTITION_BYTES = 256 * 1024;
    /** Of those who follow a topic, of whom there may be many. A batch that is larger comes whole. */
    private static final int SMALL_ROUND_BYTES = 16 * 1024;
    /** What a batch may open to; more is not shown here. */
    private static final int OPENED_BYTES_MAX = 16 * 1024 * 1024;
    private static final byte COMMITTED = 1;

    private final Kafka kafka;
    private final String topic;
    private final boolean committed;
    /** Where each partition goes on. */
    private final TreeMap<Integer, Long> next = new TreeMap<>();
    private final Set<Integer> active = new TreeSet<>();
    /** Where what is there ended, by the last answer. */
    private final Map<Integer, Long> ends = new TreeMap<>();
    private int roundBytes;
    private int roundBytesMax = ROUND_BYTES;
    private UnaryOperator<Consumed> mask = UnaryOperator.identity();

    TopicReader(Kafka kafka, String topic, Map<Integer, Long> from, boolean committed) {
        this.kafka = kafka;
        this.topic = topic;
        this.committed = committed;
        next.putAll(from);
        active.addAll(from.keySet());
    }

    /** Gives records as they are shown to people. */
    TopicReader shown(UnaryOperator<Consumed> mask) {
        this.mask = mask;
        return this;
    }

    TopicReader inSmallRounds() {
        roundBytesMax = SMALL_ROUND_BYTES;
        return this;
    }

    /** Where each partition goes on, also those of which nothing more is wanted. */
    Map<Integer, Long> next() {
        return next;
    }

    /** The partitions of which more is wanted. */
    Set<Integer> active() {
        return active;
    }

    /** Bytes of the last round. */
    int roundBytes() {
        return roundBytes;
    }

    /** Nothing more is wanted of a partition. */
    void finish(int partition) {
        active.remove(partition);
    }

    /** Whether a partition has been read to its end. */
    boolean isAtEnd(int partition) {
        return ends.containsKey(partition) && next.get(partition) >= ends.get(partition);
    }

    /** Whether there may be something to read on with; reads nothing. */
    boolean hasMore() {
        Map<Integer, Topics.Found> found = Topics.offsets(kafka, Map.of(topic, active), Topics.LATEST).getOrDefault(topic, Map.of());
        return found.entrySet().stream().anyMatch(end -> end.getValue().offset() != next.get(end.getKey()));
    }

    /** Reads on, in the order of each partition. Waits so long at most when there is nothing. */
    List<Consumed> round(int waitMillis) {
        Map<Integer, Map<String, List<Integer>>> byLeader = kafka.byLeader(Map.of(topic, active));
        Map<Integer, FetchResponse> answers = kafka.each(byLeader.keySet(), ApiKey.FETCH, FETCH,
                broker -> request(byLeader.get(broker).get(topic), waitMillis));
        List<Consumed> records = new ArrayList<>();
        roundBytes = 0;
        answers.values().forEach(answer -> {
            Problem.check(answer.errorCode, "topic '" + topic + "'", null);
            answer.responses.forEach(one -> one.partitions.forEach(partition -> read(partition, records)));
        });
        return records;
    }

    private FetchRequest request(List<Integer> partitions, int waitMillis) {
        var one = new FetchRequest.FetchTopic();
        one.topic = topic;
        for (int index : partitions) {
            var partition = new FetchRequest.FetchPartition();
            partition.partition = index;
            partition.fetchOffset = next.get(index);
            partition.partitionMaxBytes = Math.min(PARTITION_BYTES, roundBytesMax);
            one.partitions.add(partition);
        }
        var request = new FetchRequest();
        request.maxWaitMs = waitMillis;
        request.minBytes = 1;
        request.maxBytes = roundBytesMax;
        request.isolationLevel = committed ? COMMITTED : 0;
        request.topics.add(one);
        return request;
    }

    private void read(PartitionData partition, List<Consumed> records) {
        int index = partition.partitionIndex;
        ErrorCode error = ErrorCode.forCode(partition.errorCode);
        if (error == ErrorCode.NOT_LEADER_OR_FOLLOWER || error == ErrorCode.FENCED_LEADER_EPOCH) {
            return; // the next round asks who leads now
        }
        if (error == ErrorCode.OFFSET_OUT_OF_RANGE && partition.logStartOffset > next.get(index)) {
            next.put(index, partition.logStartOffset);
            return;
        }
        Problem.check(partition.errorCode, "partition " + index + " of topic '" + topic + "'", null);
        ends.put(index, committed ? partition.lastStableOffset : partition.highWatermark);
        if (partition.records instanceof BufferRecords(ByteBuf bytes)) {
            roundBytes += bytes.readableBytes();
            batches(index, bytes, aborted(partition), records);
        }
    }

    private static Deque<AbortedTransaction> aborted(PartitionData partition) {
        List<AbortedTransaction> aborted = partition.abortedTransactions == null ? new ArrayList<>() : new ArrayList<>(partition.abortedTransactions);
        aborted.sort(Comparator.comparingLong(transaction -> transaction.firstOffset));
        return new ArrayDeque<>(aborted);
    }

    private void batches(int index, ByteBuf bytes, Deque<AbortedTransaction> aborted, List<Consumed> records) {
        Set<Long> aborting = new HashSet<>();
        RecordReader reader = new RecordReader(OPENED_BYTES_MAX);
        int end = bytes.writerIndex();
        for (int at = bytes.readerIndex(); end - at >= RecordBatch.HEADER_BYTES
                && end - at >= RecordBatch.sizeInBytes(bytes, at); at += RecordBatch.sizeInBytes(bytes, at)) {
            long last = RecordBatch.lastOffset(bytes, at);
            long producer = RecordBatch.producerId(bytes, at);
            while (!aborted.isEmpty() && aborted.peek().firstOffset <= last) {
                aborting.add(aborted.poll().producerId);
            }
            if (RecordBatch.isControl(bytes, at)) {
                EndMarker marker = EndMarker.read(bytes, at);
                if (marker != null && !marker.commit()) {
                    aborting.remove(producer);
                }
            } else if (!RecordBatch.isTransactional(bytes, at) || !aborting.contains(producer)) {
                open(index, bytes, at, reader, records);
            }
            next.put(index, Math.max(next.get(index), last + 1));
        }
    }

    private void open(int index, ByteBuf bytes, int at, RecordReader reader, List<Consumed> records) {
        try {
            reader.open(bytes, at);
            while (reader.next()) {
                if (reader.offset() >= next.get(index)) {
                    records.add(mask.apply(
                            new Consumed(index, reader.offset(), reader.timestamp(), copy(reader.key()), copy(reader.value()), reader.headers())));
                }
            }
        } catch (BatchFormatException e) {
            throw Problem.of(422,
                    "The batch at offset " + RecordBatch.baseOffset(bytes, at) + " of partition " + index + " is not shown here (" + e.getMessage()
                            + " At most " + OPENED_BYTES_MAX + " bytes are opened): go on behind it, at offset " + (RecordBatch.lastOffset(bytes, at) + 1)
                            + ".");
        }
    }

    private static byte[] copy(ByteBuf bytes) {
        return bytes == null ? null : ByteBufUtil.getBytes(bytes);
    }
}
