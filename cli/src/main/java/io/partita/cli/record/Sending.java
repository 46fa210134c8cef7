package io.partita.cli.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceRequest.PartitionProduceData;
import io.partita.broker.protocol.message.ProduceRequest.TopicProduceData;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.Compression;
import io.partita.broker.record.RecordBatch;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sends records to the leaders of one topic's partitions, a batch for each at a time, as an idempotent producer: a batch whose answer got lost is sent again and stored
 * once. One thread.
 */
public final class Sending {

    private static final int BATCH_BYTES = 256 << 10;
    private static final int PRODUCE_LOWEST = 3;
    /** Later ones name topics by id. */
    private static final int PRODUCE_HIGHEST = 12;

    private final Cluster cluster;
    private final String topic;
    private final short acks;
    private final Compression compression;
    private final List<Integer> partitions;
    private final Map<Integer, List<NewRecord>> waiting = new TreeMap<>();
    private final Map<Integer, Integer> bytes = new TreeMap<>();
    private final Map<Integer, Integer> sequences = new TreeMap<>();
    private Map<Integer, Integer> leaders;
    private InitProducerIdResponse producer;
    private int roundRobin;
    private long sent;

    /** @param acks -1 for all replicas in sync, or 1 for the leader alone */
    public Sending(Cluster cluster, String topic, short acks, Compression compression) {
        this.cluster = cluster;
        this.topic = topic;
        this.acks = acks;
        this.compression = compression;
        learn();
        this.partitions = List.copyOf(leaders.keySet());
    }

    private void learn() {
        leaders = new TreeMap<>();
        for (MetadataResponsePartition partition : cluster.topics(List.of(topic)).getFirst().partitions) {
            leaders.put(partition.partitionIndex, partition.leaderId);
        }
    }

    /** Records that leaders have acknowledged. */
    public long sent() {
        return sent;
    }

    /** Takes a record, and sends those for its partition once they are many. */
    public void add(NewRecord record) {
        int partition = record.partition() != null
                ? record.partition()
                : record.key() != null ? Partitioner.partition(record.key(), partitions.size()) : roundRobin;
        if (!leaders.containsKey(partition)) {
            throw new Failure(Kind.NOT_FOUND, "The topic " + topic + " has no partition " + partition + ".",
                    "It has " + Sentences.count(partitions.size(), "partition") + ", numbered from 0.");
        }
        waiting.computeIfAbsent(partition, none -> new ArrayList<>()).add(record);
        if (bytes.merge(partition, record.bytes(), Integer::sum) >= BATCH_BYTES) {
            send(partition);
        }
    }

    /** Sends what waits. */
    public void flush() {
        for (int partition : List.copyOf(waiting.keySet())) {
            send(partition);
        }
    }

    private void send(int partition) {
        List<NewRecord> records = waiting.remove(partition);
        bytes.remove(partition);
        if (producer == null) {
            // Kafka's brokers have no number to give in their first moments.
            producer = cluster.callReady(ApiKey.INIT_PRODUCER_ID, 0, 5, newProducer(), InitProducerIdResponse::new, answer -> answer.errorCode);
            Sentences.check(producer.errorCode, null, "The number of an idempotent producer");
        }
        int sequence = sequences.getOrDefault(partition, 0);
        ByteBuf batch = batch(records, sequence);
        long end = System.nanoTime() + cluster.settings().requestTimeoutMillis() * 1_000_000L;
        while (true) {
            PartitionProduceResponse answer = leaders.get(partition) < 0 ? null : produce(partition, batch);
            ErrorCode error = answer == null ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.forCode(answer.errorCode);
            if (error == ErrorCode.NONE || error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
                sequences.put(partition, RecordBatch.sequenceAfter(sequence, records.size()));
                sent += records.size();
                roundRobin = (roundRobin + 1) % partitions.size();
                return;
            }
            if (!error.retriable() || System.nanoTime() > end) {
                String reason = answer == null
                        ? null
                        : answer.recordErrors.isEmpty() ? answer.errorMessage : answer.recordErrors.getFirst().batchIndexErrorMessage;
                throw Sentences.failure(error.code(), reason, "The partition " + topic + "-" + partition);
            }
            cluster.pauseAndForget();
            learn();
        }
    }

    private static InitProducerIdRequest newProducer() {
        InitProducerIdRequest request = new InitProducerIdRequest();
        request.transactionalId = null;
        request.transactionTimeoutMs = Integer.MAX_VALUE;
        return request;
    }

    private ByteBuf batch(List<NewRecord> records, int sequence) {
        ByteBuf batch = Unpooled.buffer();
        long now = System.currentTimeMillis();
        try (BatchBuilder builder = new BatchBuilder(batch).compression(compression)) {
            if (acks == -1) {
                builder.producer(producer.producerId, producer.producerEpoch, sequence);
            }
            for (NewRecord record : records) {
                builder.append(record.timestamp() == null ? now : record.timestamp(), record.key(), record.value(), record.headers());
            }
            builder.finish();
        }
        return batch;
    }

    private PartitionProduceResponse produce(int partition, ByteBuf batch) {
        ProduceRequest request = new ProduceRequest();
        request.acks = acks;
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        TopicProduceData data = new TopicProduceData();
        data.name = topic;
        PartitionProduceData one = new PartitionProduceData();
        one.index = partition;
        one.records = new BufferRecords(batch.duplicate());
        data.partitionData.add(one);
        request.topicData.add(data);
        return cluster.broker(leaders.get(partition)).call(ApiKey.PRODUCE, PRODUCE_LOWEST, PRODUCE_HIGHEST, request, new ProduceResponse()).responses
                .getFirst().partitionResponses
                .getFirst();
    }
}
