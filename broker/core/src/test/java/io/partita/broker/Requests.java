package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests for records, and what is in their responses. Topics go by name, so versions are below 13. */
public final class Requests {

    private Requests() {}

    public static ByteBuf batch(String... values) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out)) {
            for (String value : values) {
                builder.append(1_000, null, value.getBytes(StandardCharsets.UTF_8));
            }
            builder.finish();
        }
        return out;
    }

    public static ProduceRequest produce(String topicName, int partition, int acks, int timeoutMillis, ByteBuf batch) {
        ProduceRequest request = new ProduceRequest();
        request.acks = (short) acks;
        request.timeoutMs = timeoutMillis;
        ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
        topic.name = topicName;
        ProduceRequest.PartitionProduceData data = new ProduceRequest.PartitionProduceData();
        data.index = partition;
        data.records = new BufferRecords(batch);
        topic.partitionData.add(data);
        request.topicData.add(topic);
        return request;
    }

    public static FetchRequest fetch(String topicName, int partition, long offset, int maxWaitMillis, int minBytes) {
        FetchRequest request = new FetchRequest();
        request.maxWaitMs = maxWaitMillis;
        request.minBytes = minBytes;
        request.sessionEpoch = -1;
        add(request, topicName, partition, offset);
        return request;
    }

    public static void add(FetchRequest request, String topicName, int partition, long offset) {
        FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
        topic.topic = topicName;
        FetchRequest.FetchPartition asked = new FetchRequest.FetchPartition();
        asked.partition = partition;
        asked.fetchOffset = offset;
        asked.partitionMaxBytes = 1 << 20;
        topic.partitions.add(asked);
        request.topics.add(topic);
    }

    public static ErrorCode error(ProduceResponse response) {
        return ErrorCode.forCode(response.responses.getFirst().partitionResponses.getFirst().errorCode);
    }

    public static ErrorCode error(FetchResponse response) {
        return ErrorCode.forCode(response.responses.getFirst().partitions.getFirst().errorCode);
    }

    /** The values of a response's only partition. */
    public static List<String> values(FetchResponse response) {
        return values(response.responses.getFirst().partitions.getFirst(), Long.MIN_VALUE);
    }

    /** The values of the whole batches of one partition, from {@code offset} on. */
    public static List<String> values(FetchResponse.PartitionData data, long offset) {
        List<String> values = new ArrayList<>();
        if (!(data.records instanceof BufferRecords(ByteBuf records))) {
            return values;
        }
        RecordReader reader = new RecordReader(1 << 24);
        int at = records.readerIndex();
        while (records.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(records, at) <= records.writerIndex() - at) {
            reader.open(records, at);
            while (reader.next()) {
                if (reader.offset() >= offset) {
                    values.add(reader.value().toString(StandardCharsets.UTF_8));
                }
            }
            at += RecordBatch.sizeInBytes(records, at);
        }
        return values;
    }
}
