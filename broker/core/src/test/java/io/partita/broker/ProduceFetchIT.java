package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole broker, spoken to over a socket with our own codec: what is produced can be fetched, now, later, and after a restart. */
class ProduceFetchIT {

    private static final String TOPIC = "events";

    @TempDir
    private Path directory;

    private Broker broker;

    private Broker start(Disk disk, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", directory.resolve("data").toString(), "node.id", "1", "num.network.threads", "2"));
        settings.putAll(more);
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(settings)).withDisk(disk));
        return broker;
    }

    private void createTopic(int partitions, Map<String, String> configs) {
        broker.metadata().createTopics(List.of(new NewTopic(TOPIC, partitions, 1, null, configs)), false).toCompletableFuture().join();
    }

    private static ByteBuf batch(String... values) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out)) {
            for (String value : values) {
                builder.append(1_000, null, value.getBytes(StandardCharsets.UTF_8));
            }
            builder.finish();
        }
        return out;
    }

    private static ProduceRequest produce(int partition, int acks, ByteBuf batch) {
        ProduceRequest request = new ProduceRequest();
        request.acks = (short) acks;
        request.timeoutMs = 10_000;
        ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
        topic.name = TOPIC;
        ProduceRequest.PartitionProduceData data = new ProduceRequest.PartitionProduceData();
        data.index = partition;
        data.records = new BufferRecords(batch);
        topic.partitionData.add(data);
        request.topicData.add(topic);
        return request;
    }

    private static FetchRequest fetch(int partition, long offset, int maxWaitMillis) {
        FetchRequest request = new FetchRequest();
        request.maxWaitMs = maxWaitMillis;
        request.minBytes = 1;
        FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
        topic.topic = TOPIC;
        FetchRequest.FetchPartition asked = new FetchRequest.FetchPartition();
        asked.partition = partition;
        asked.fetchOffset = offset;
        asked.partitionMaxBytes = 1 << 20;
        topic.partitions.add(asked);
        request.topics.add(topic);
        return request;
    }

    private static List<String> values(FetchResponse response) {
        List<String> values = new ArrayList<>();
        FetchResponse.PartitionData data = response.responses.getFirst().partitions.getFirst();
        assertEquals(ErrorCode.NONE.code(), data.errorCode);
        ByteBuf records = ((BufferRecords) data.records).buffer();
        RecordReader reader = new RecordReader(1 << 20);
        for (int at = records.readerIndex(); at < records.writerIndex(); at += RecordBatch.sizeInBytes(records, at)) {
            reader.open(records, at);
            while (reader.next()) {
                values.add(reader.value().toString(StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    private static long produced(ProduceResponse response) {
        ProduceResponse.PartitionProduceResponse answer = response.responses.getFirst().partitionResponses.getFirst();
        assertEquals(ErrorCode.NONE.code(), answer.errorCode, answer.errorMessage);
        return answer.baseOffset;
    }

    @Test
    void whatIsProducedCanBeFetchedAlsoAfterARestart() throws IOException {
        for (Disk disk : List.of(new FileDisk(), new MemoryDisk())) {
            try (Broker started = start(disk, Map.of()); RawClient client = new RawClient(started.port())) {
                createTopic(3, Map.of());
                for (int partition = 0; partition < 3; partition++) {
                    assertEquals(0, produced(client.call(ApiKey.PRODUCE, 9, produce(partition, -1, batch("a", "b")), new ProduceResponse())));
                    assertEquals(2, produced(client.call(ApiKey.PRODUCE, 9, produce(partition, 1, batch("c" + partition)), new ProduceResponse())));
                    FetchResponse all = client.call(ApiKey.FETCH, 11, fetch(partition, 0, 0), new FetchResponse());
                    assertEquals(List.of("a", "b", "c" + partition), values(all));
                }
            }
            try (Broker restarted = start(disk, Map.of()); RawClient client = new RawClient(restarted.port())) {
                assertEquals(List.of("c1"), values(client.call(ApiKey.FETCH, 11, fetch(1, 2, 0), new FetchResponse())));
                assertEquals(3, produced(client.call(ApiKey.PRODUCE, 9, produce(1, 1, batch("d")), new ProduceResponse())));
            }
        }
    }

    @Test
    void aFetchWaitsForDataAndIsWokenByIt() throws IOException {
        for (String threads : List.of("1", "3")) {
            try (Broker started = start(new MemoryDisk(), Map.of("num.network.threads", threads));
                    RawClient consumer = new RawClient(started.port());
                    RawClient producer = new RawClient(started.port())) {
                createTopic(1, Map.of());
                for (int round = 0; round < 50; round++) {
                    consumer.send(ApiKey.FETCH, 11, round, fetch(0, round, 30_000));
                    producer.call(ApiKey.PRODUCE, 9, produce(0, 1, batch("r" + round)), new ProduceResponse());
                    FetchResponse response = new FetchResponse();
                    assertEquals(round, consumer.receive(ApiKey.FETCH, 11, response));
                    assertEquals(List.of("r" + round), values(response));
                }
                FetchResponse nothing = consumer.call(ApiKey.FETCH, 11, fetch(0, 50, 10), new FetchResponse());
                assertEquals(List.of(), values(nothing));
            }
        }
    }

    @Test
    void incrementalFetchSessionsNameOnlyWhatChanges() throws IOException {
        try (Broker started = start(new MemoryDisk(), Map.of());
                RawClient consumer = new RawClient(started.port());
                RawClient producer = new RawClient(started.port())) {
            createTopic(2, Map.of());
            // Given a session over two partitions
            FetchRequest full = fetch(0, 0, 0);
            full.topics.getFirst().partitions.add(fetch(1, 0, 0).topics.getFirst().partitions.getFirst());
            full.sessionEpoch = 0;
            FetchResponse opened = consumer.call(ApiKey.FETCH, 11, full, new FetchResponse());
            assertTrue(opened.sessionId != 0);
            assertEquals(2, opened.responses.getFirst().partitions.size());
            // When nothing changed, nothing is said
            FetchRequest next = new FetchRequest();
            next.sessionId = opened.sessionId;
            next.sessionEpoch = 1;
            assertEquals(0, consumer.call(ApiKey.FETCH, 11, next, new FetchResponse()).responses.size());
            // When one partition has data, only it is spoken of
            producer.call(ApiKey.PRODUCE, 9, produce(1, 1, batch("x")), new ProduceResponse());
            next.sessionEpoch = 2;
            FetchResponse changed = consumer.call(ApiKey.FETCH, 11, next, new FetchResponse());
            assertEquals(1, changed.responses.getFirst().partitions.size());
            assertEquals(List.of("x"), values(changed));
            // and a wrong epoch or session is refused
            assertEquals(ErrorCode.INVALID_FETCH_SESSION_EPOCH.code(), consumer.call(ApiKey.FETCH, 11, next, new FetchResponse()).errorCode);
            next.sessionId++;
            assertEquals(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code(), consumer.call(ApiKey.FETCH, 11, next, new FetchResponse()).errorCode);
        }
    }

    @Test
    void fsyncBeforeTheAckIsSharedByProducers() throws IOException {
        try (Broker started = start(new FileDisk(), Map.of())) {
            createTopic(1, Map.of("flush.messages", "1"));
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                clients.add(new RawClient(started.port()));
            }
            for (int round = 0; round < 5; round++) {
                for (RawClient client : clients) {
                    client.send(ApiKey.PRODUCE, 9, round, produce(0, -1, batch("f")));
                }
                for (RawClient client : clients) {
                    ProduceResponse response = new ProduceResponse();
                    client.receive(ApiKey.PRODUCE, 9, response);
                    produced(response);
                }
            }
            assertEquals(20, started.partitions().find(TOPIC, 0).log().flushedEndOffset());
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aCompactedTopicKeepsTheLastRecordOfEachKey() throws IOException {
        Map<String, String> often = Map.of("log.cleaner.backoff.ms", "20");
        try (Broker started = start(new MemoryDisk(), often); RawClient client = new RawClient(started.port())) {
            createTopic(1, Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0", "internal.segment.bytes", "2000"));
            for (int i = 0; i < 200; i++) {
                ByteBuf batch = Unpooled.buffer();
                try (BatchBuilder builder = new BatchBuilder(batch)) {
                    builder.append(i, ("key" + i % 3).getBytes(StandardCharsets.UTF_8), ("value" + i).getBytes(StandardCharsets.UTF_8)).finish();
                }
                produced(client.call(ApiKey.PRODUCE, 9, produce(0, 1, batch), new ProduceResponse()));
            }
            // The last segment is never compacted, so a few dozen records of 200 are left.
            List<String> left;
            do {
                left = readAll(client);
            } while (left.size() > 40);
            assertEquals(List.of("value197", "value198", "value199"), left.subList(left.size() - 3, left.size()));
        }
    }

    /** All values of the partition; a fetch gives no more than one segment's. */
    private static List<String> readAll(RawClient client) throws IOException {
        List<String> all = new ArrayList<>();
        long offset = 0;
        while (true) {
            FetchResponse response = client.call(ApiKey.FETCH, 11, fetch(0, offset, 0), new FetchResponse());
            List<String> values = values(response);
            if (values.isEmpty()) {
                return all;
            }
            all.addAll(values);
            ByteBuf records = ((BufferRecords) response.responses.getFirst().partitions.getFirst().records).buffer();
            for (int at = records.readerIndex(); at < records.writerIndex(); at += RecordBatch.sizeInBytes(records, at)) {
                offset = RecordBatch.lastOffset(records, at) + 1;
            }
        }
    }

    @Test
    void errorsAreKafkas() throws IOException {
        try (Broker started = start(new MemoryDisk(), Map.of()); RawClient client = new RawClient(started.port())) {
            createTopic(1, Map.of());
            assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorOf(client.call(ApiKey.PRODUCE, 9, produce(7, 1, batch("a")), new ProduceResponse())));
            assertEquals(ErrorCode.INVALID_REQUIRED_ACKS, errorOf(client.call(ApiKey.PRODUCE, 9, produce(0, 3, batch("a")), new ProduceResponse())));
            ByteBuf flipped = batch("abc");
            flipped.setByte(flipped.writerIndex() - 2, 'X');
            assertEquals(ErrorCode.CORRUPT_MESSAGE, errorOf(client.call(ApiKey.PRODUCE, 9, produce(0, 1, flipped), new ProduceResponse())));
            FetchResponse beyond = client.call(ApiKey.FETCH, 11, fetch(0, 5, 0), new FetchResponse());
            assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE.code(), beyond.responses.getFirst().partitions.getFirst().errorCode);
        }
    }

    private static ErrorCode errorOf(ProduceResponse response) {
        return ErrorCode.forCode(response.responses.getFirst().partitionResponses.getFirst().errorCode);
    }
}
