package io.partita.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/** Writes records to partitions' leaders. Waits. */
final class RecordWriter {

    private static final int PRODUCE_TIMEOUT_MILLIS = 30_000;
    /** For so long records are sent again that were certainly not written, as Kafka's producers do it: replicas of a new topic, or a new leader, are there in a moment. */
    private static final long NOT_WRITTEN_MILLIS = 5_000;
    private static final long NOT_WRITTEN_PAUSE_MILLIS = 50;
    private static final Set<Short> NOT_WRITTEN = Set.of(ErrorCode.NOT_ENOUGH_REPLICAS.code(), ErrorCode.NOT_LEADER_OR_FOLLOWER.code());

    private RecordWriter() {}

    /** @param told of each record {@code partition} with {@code offset} or {@code problem} */
    record Written(JsonObject[] told, int throttledMillis) {}

    static Written write(Kafka kafka, MetadataResponseTopic topic, List<NewRecord> records, short acks) {
        // Those without a key go to one partition that has a leader, as Kafka's own producers do it.
        List<Integer> led = topic.partitions.stream().filter(partition -> partition.leaderId >= 0).map(partition -> partition.partitionIndex).toList();
        int any = led.isEmpty() ? 0 : led.get(ThreadLocalRandom.current().nextInt(led.size()));
        Map<Integer, List<Integer>> byPartition = new TreeMap<>();
        for (int i = 0; i < records.size(); i++) {
            NewRecord one = records.get(i);
            int partition = one.partition() >= 0 ? one.partition() : one.key() != null ? Partitioner.partition(one.key(), topic.partitions.size()) : any;
            byPartition.computeIfAbsent(partition, index -> new ArrayList<>()).add(i);
        }
        byPartition.keySet().forEach(partition -> kafka.leader(topic.name, partition));
        JsonObject[] told = new JsonObject[records.size()];
        long now = System.currentTimeMillis();
        List<ProduceResponse> answers = written(kafka, topic.name, byPartition.keySet(),
                partitions -> request(topic.name, partitions, byPartition, records, acks, now));
        answers.forEach(answer -> answer.responses.forEach(one -> one.partitionResponses.forEach(partition -> {
            long offset = partition.baseOffset;
            for (int i : byPartition.get(partition.index)) {
                told[i] = new JsonObject().put("partition", partition.index);
                if (partition.errorCode == 0) {
                    told[i].put("offset", offset++);
                } else {
                    told[i].put("problem", Problem.of(ErrorCode.forCode(partition.errorCode),
                            "topic '" + topic.name + "'", partition.errorMessage).json());
                }
            }
        })));
        for (int i = 0; i < told.length; i++) {
            if (told[i] == null) {
                told[i] = new JsonObject().put("problem", Problem.of(503, "The leader did not answer; the record may be written all the same.").json());
            }
        }
        return new Written(told, answers.stream().mapToInt(answer -> answer.throttleTimeMs).max().orElse(0));
    }

    /** Sends records to the leaders of their partitions, and again what none of them took; the last answer for each partition. */
    private static List<ProduceResponse> written(Kafka kafka, String topic, Set<Integer> partitions, Function<List<Integer>, ProduceRequest> request) {
        List<ProduceResponse> answers = new ArrayList<>();
        Set<Integer> left = partitions;
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(NOT_WRITTEN_MILLIS);
        while (true) {
            List<ProduceResponse> now = kafka.leaders(Map.of(topic, left), ApiKey.PRODUCE, 9, mine -> request.apply(mine.get(topic)));
            Set<Integer> refused = new TreeSet<>();
            now.forEach(answer -> answer.responses.forEach(one -> one.partitionResponses.forEach(partition -> {
                if (NOT_WRITTEN.contains(partition.errorCode)) {
                    refused.add(partition.index);
                }
            })));
            boolean isLast = refused.isEmpty() || System.nanoTime() > until;
            if (!isLast) {
                now.forEach(answer -> answer.responses.forEach(one -> one.partitionResponses.removeIf(partition -> refused.contains(partition.index))));
            }
            answers.addAll(now);
            if (isLast) {
                return answers;
            }
            left = refused;
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(NOT_WRITTEN_PAUSE_MILLIS));
        }
    }

    private static ProduceRequest request(
            String topic, List<Integer> partitions, Map<Integer, List<Integer>> byPartition, List<NewRecord> records, short acks, long now) {
        var data = new ProduceRequest.TopicProduceData();
        data.name = topic;
        for (int index : partitions) {
            ByteBuf batch = Unpooled.buffer();
            try (BatchBuilder builder = new BatchBuilder(batch)) {
                for (int i : byPartition.get(index)) {
                    NewRecord one = records.get(i);
                    builder.append(one.timestamp() < 0 ? now : one.timestamp(), one.key(), one.value(), one.headers());
                }
                builder.finish();
            }
            var partition = new ProduceRequest.PartitionProduceData();
            partition.index = index;
            partition.records = new BufferRecords(batch);
            data.partitionData.add(partition);
        }
        var request = new ProduceRequest();
        request.acks = acks;
        request.timeoutMs = PRODUCE_TIMEOUT_MILLIS;
        request.topicData.add(data);
        return request;
    }
}
