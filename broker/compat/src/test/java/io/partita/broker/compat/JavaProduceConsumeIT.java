package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records in and out with the newest Java client, at its defaults: idempotent, acks=all, fetch sessions, topic ids. */
class JavaProduceConsumeIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCodecIsReadAsItWasWritten(String codec) throws Exception {
        // Given a producer that gathers records into large batches
        var topic = clients.topic("codec-" + codec, 1);
        var sent = new ArrayList<String>();
        try (var producer = clients.producer("compression.type", codec, "linger.ms", 20, "batch.size", 64_000)) {
            // When it sends a few batches
            for (int i = 0; i < 3_000; i++) {
                var value = "value " + i + " " + "x".repeat(i % 200);
                sent.add(value);
                producer.send(new ProducerRecord<>(topic, "key" + i, value));
            }
            producer.flush();
        }
        // Then they are read in order
        var read = clients.read(topic, 0, sent.size());
        assertEquals(sent, read.stream().map(r -> r.value()).toList());
        for (int i = 0; i < sent.size(); i++) {
            assertEquals(i, read.get(i).offset());
            assertEquals("key" + i, read.get(i).key());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "all"})
    void everyAcksSetting(String acks) throws Exception {
        var topic = clients.topic("acks-" + acks, 1);
        try (var producer = clients.producer("acks", acks, "enable.idempotence", acks.equals("all"))) {
            var futures = new ArrayList<Future<RecordMetadata>>();
            for (int i = 0; i < 100; i++) {
                futures.add(producer.send(new ProducerRecord<>(topic, "v" + i)));
            }
            for (int i = 0; i < 100; i++) {
                assertEquals(acks.equals("0") ? -1 : i, futures.get(i).get().offset());
            }
        }
        assertEquals("v99", clients.read(topic, 0, 100).getLast().value());
    }

    @Test
    void keysValuesHeadersAndTimestampsComeBackUnchanged() throws Exception {
        var topic = clients.topic("record", 1);
        var binary = new byte[] {0, 1, (byte) 0xff};
        try (var producer = clients.producer()) {
            producer.send(new ProducerRecord<>(topic, 0, 1_700_000_000_123L, "k", "v",
                    List.of(new RecordHeader("a", binary), new RecordHeader("a", new byte[0]), new RecordHeader("nothing", (byte[]) null)))).get();
            producer.send(new ProducerRecord<>(topic, 0, 1_700_000_000_456L, (String) null, (String) null)).get();
            producer.send(new ProducerRecord<>(topic, 0, "", "")).get();
        }
        var read = clients.read(topic, 0, 3);
        var first = read.get(0);
        assertEquals(1_700_000_000_123L, first.timestamp());
        assertEquals(TimestampType.CREATE_TIME, first.timestampType());
        var headers = first.headers().toArray();
        assertEquals(3, headers.length);
        assertArrayEquals(binary, headers[0].value());
        assertArrayEquals(new byte[0], headers[1].value());
        assertNull(headers[2].value());
        assertNull(read.get(1).key());
        assertNull(read.get(1).value());
        assertEquals("", read.get(2).key());
        assertEquals("", read.get(2).value());
    }

    @Test
    void keyedRecordsOfAPartitionKeepTheirOrder() {
        var topic = clients.topic("keyed", 6);
        try (var producer = clients.producer("linger.ms", 5)) {
            for (int i = 0; i < 1_200; i++) {
                producer.send(new ProducerRecord<>(topic, "key" + i % 40, Integer.toString(i)));
            }
        }
        try (var consumer = clients.groupConsumer(Clients.name("keyed"))) {
            consumer.subscribe(List.of(topic));
            var last = new java.util.HashMap<String, Integer>();
            var partitions = new HashSet<Integer>();
            for (var record : Clients.poll(consumer, 1_200)) {
                var value = Integer.parseInt(record.value());
                assertTrue(last.getOrDefault(record.key(), -1) < value, record.toString());
                last.put(record.key(), value);
                partitions.add(record.partition());
            }
            assertEquals(6, partitions.size());
        }
    }

    @Test
    void aTopicIsCreatedByTheFirstProduce() throws Exception {
        var topic = Clients.name("auto.created_Topic");
        try (var producer = clients.producer(); var admin = clients.admin()) {
            producer.send(new ProducerRecord<>(topic, "hello")).get();
            var description = Clients.get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
            assertEquals(1, description.partitions().size());
            assertEquals(1, description.partitions().getFirst().replicas().size());
        }
        assertEquals("hello", clients.read(topic, 0, 1).getFirst().value());
    }

    @Test
    void anInvalidTopicNameIsRefused() {
        try (var producer = clients.producer("max.block.ms", 10_000)) {
            var failure = assertThrows(ExecutionException.class, () -> producer.send(new ProducerRecord<>("not a topic", "v")).get());
            assertInstanceOf(InvalidTopicException.class, failure.getCause());
        }
    }

    @Test
    void aLargeRecordPassesAndATooLargeOneIsRefused() throws Exception {
        var topic = clients.topic("large", 1);
        try (var producer = clients.producer("max.request.size", 4_000_000, "buffer.memory", 16_000_000)) {
            producer.send(new ProducerRecord<>(topic, "x".repeat(1_000_000))).get();
            // max.message.bytes is 1048588 by default
            var failure = assertThrows(ExecutionException.class, () -> producer.send(new ProducerRecord<>(topic, "x".repeat(1_100_000))).get());
            assertInstanceOf(RecordTooLargeException.class, failure.getCause());
            producer.send(new ProducerRecord<>(topic, "after")).get();
        }
        var read = clients.read(topic, 0, 2);
        assertEquals(1_000_000, read.get(0).value().length());
        assertEquals("after", read.get(1).value());
    }

    @Test
    void aRecordLargerThanWhatAFetchAsksForIsStillRead() throws Exception {
        var topic = clients.topic("one-batch", 1);
        try (var producer = clients.producer()) {
            producer.send(new ProducerRecord<>(topic, "x".repeat(500_000))).get();
        }
        try (var consumer = clients.consumer("fetch.max.bytes", 1_000, "max.partition.fetch.bytes", 1_000)) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            consumer.seekToBeginning(consumer.assignment());
            assertEquals(500_000, Clients.poll(consumer, 1).getFirst().value().length());
        }
    }

    @Test
    void logAppendTimeReplacesTheProducersTimestamp() throws Exception {
        var topic = clients.topic("append-time", 1, "message.timestamp.type", "LogAppendTime");
        var before = System.currentTimeMillis();
        long acknowledged;
        try (var producer = clients.producer("compression.type", "lz4")) {
            acknowledged = producer.send(new ProducerRecord<>(topic, 0, 1_000L, "k", "v")).get().timestamp();
        }
        var record = clients.read(topic, 0, 1).getFirst();
        assertEquals(TimestampType.LOG_APPEND_TIME, record.timestampType());
        assertTrue(record.timestamp() >= before - 1_000, () -> record.timestamp() + " is before " + before);
        assertEquals(acknowledged, record.timestamp());
    }

    @Test
    void aTimestampOutsideTheTopicsBoundIsRefused() throws Exception {
        var topic = clients.topic("bounded-time", 1, "message.timestamp.before.max.ms", "60000");
        try (var producer = clients.producer()) {
            var failure = assertThrows(ExecutionException.class, () -> producer.send(new ProducerRecord<>(topic, 0, 1_000L, "k", "v")).get());
            assertInstanceOf(InvalidTimestampException.class, failure.getCause());
            producer.send(new ProducerRecord<>(topic, "in time")).get();
        }
        assertEquals("in time", clients.read(topic, 0, 1).getFirst().value());
    }

    @ParameterizedTest
    @ValueSource(strings = {"uncompressed", "gzip", "snappy", "lz4", "zstd"})
    void theTopicsOwnCompressionTypeKeepsTheRecords(String type) {
        var topic = clients.topic("recompressed", 1, "compression.type", type);
        try (var producer = clients.producer("compression.type", "gzip", "linger.ms", 20)) {
            for (int i = 0; i < 500; i++) {
                producer.send(new ProducerRecord<>(topic, "k" + i, "value " + i));
            }
        }
        var read = clients.read(topic, 0, 500);
        assertEquals("value 499", read.getLast().value());
        assertEquals(499, read.getLast().offset());
    }

    @Test
    void offsetsForTimesFindTheFirstRecordAtOrAfter() throws Exception {
        var topic = clients.topic("times", 1);
        var partition = new TopicPartition(topic, 0);
        try (var producer = clients.producer("batch.size", 0)) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic, 0, 10_000L + i * 100, null, "v" + i)).get();
            }
        }
        try (var consumer = clients.consumer(); var admin = clients.admin()) {
            assertEquals(3, consumer.offsetsForTimes(Map.of(partition, 10_250L)).get(partition).offset());
            assertEquals(10_300L, consumer.offsetsForTimes(Map.of(partition, 10_300L)).get(partition).timestamp());
            assertEquals(0, consumer.offsetsForTimes(Map.of(partition, 0L)).get(partition).offset());
            assertNull(consumer.offsetsForTimes(Map.of(partition, 99_999L)).get(partition));
            assertEquals(Map.of(partition, 0L), consumer.beginningOffsets(List.of(partition)));
            assertEquals(Map.of(partition, 10L), consumer.endOffsets(List.of(partition)));
            var newest = Clients.get(admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).all()).get(partition);
            assertEquals(9, newest.offset());
            assertEquals(10_900L, newest.timestamp());
        }
    }

    @Test
    void deletedRecordsAreGoneAndAConsumerBeforeThemIsToldSo() throws Exception {
        var topic = clients.topic("deleted", 1);
        var partition = new TopicPartition(topic, 0);
        try (var producer = clients.producer(); var admin = clients.admin()) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic, "v" + i)).get();
            }
            var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).lowWatermarks().get(partition);
            assertEquals(4, Clients.get(deleted).lowWatermark());
        }
        var read = clients.read(topic, 0, 6);
        assertEquals("v4", read.getFirst().value());
        try (var consumer = clients.consumer("auto.offset.reset", "none")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 1);
            assertThrows(OffsetOutOfRangeException.class, () -> {
                for (int i = 0; i < 100; i++) {
                    consumer.poll(Duration.ofMillis(200));
                }
            });
        }
    }

    @Test
    void aWaitingConsumerGetsARecordWithoutWaitingForItsFetchToExpire() throws Exception {
        var topic = clients.topic("long-poll", 1);
        // Given a consumer whose fetches would wait longer than this test does
        try (var consumer = clients.consumer("fetch.max.wait.ms", 120_000, "request.timeout.ms", 180_000); var producer = clients.producer()) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            consumer.seekToBeginning(consumer.assignment());
            consumer.poll(Duration.ofMillis(300));
            // When a record arrives, then the fetch is answered
            producer.send(new ProducerRecord<>(topic, "now")).get();
            assertEquals("now", Clients.poll(consumer, 1).getFirst().value());
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    @Test
    void oneConsumerReadsManyPartitionsThroughItsFetchSession() {
        // Given a session of 60 partitions, of which few change at a time
        var topic = clients.topic("session", 60);
        try (var producer = clients.producer("linger.ms", 0); var consumer = clients.groupConsumer(Clients.name("session"))) {
            consumer.subscribe(List.of(topic));
            for (int round = 0; round < 10; round++) {
                // When one record arrives in some partitions
                for (int partition = round; partition < 60; partition += 7) {
                    producer.send(new ProducerRecord<>(topic, partition, null, round + "/" + partition));
                }
                producer.flush();
                // Then each is read once
                var seen = new HashSet<String>();
                for (var record : Clients.poll(consumer, (59 - round) / 7 + 1)) {
                    assertTrue(seen.add(record.value()));
                    assertTrue(record.value().startsWith(round + "/"), record.value());
                }
            }
        }
    }
}
