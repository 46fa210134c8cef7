package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Kafka's own tool reads the files of the broker and finds nothing wrong with them. */
class DumpLogIT {
    private static final int SEGMENT_BYTES = 1_048_576;

    private static BrokerProcess start() {
        return BrokerProcess
                .start(Map.of("log.segment.bytes", Integer.toString(SEGMENT_BYTES), "log.index.interval.bytes", "1024", "group.initial.rebalance.delay.ms", "0",
                        "offsets.topic.num.partitions", "1", "log.cleaner.backoff.ms", "200"));
    }

    @Test
    void everyFileIsSoundAfterACleanStop() throws Exception {
        try (var broker = start()) {
            // Given several segments in every codec and both kinds of timestamps, and a group
            write(new Clients(broker.bootstrap()));
            // When the broker has stopped
            broker.stop();
            // Then
            assertSound(broker.logDirectory());
        }
    }

    @Test
    void everyFileIsSoundAfterAKillAndARecovery() throws Exception {
        try (var broker = start()) {
            // Given
            var clients = new Clients(broker.bootstrap());
            write(clients);
            // When the broker is killed, recovers, and takes more
            broker.kill();
            broker.start();
            write(clients);
            broker.stop();
            // Then
            assertSound(broker.logDirectory());
        }
    }

    @Test
    void everyFileIsSoundAfterCompaction() throws Exception {
        try (var broker = start()) {
            // Given a compacted topic with some megabytes for few keys
            var clients = new Clients(broker.bootstrap());
            var topic = clients.topic("compacted", 1, "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.01", "segment.ms", "10000");
            var random = new Random(4);
            try (var producer = clients.producer("compression.type", "lz4", "linger.ms", 5)) {
                for (int i = 0; i < 3_000; i++) {
                    producer.send(new ProducerRecord<>(topic, "key" + i % 20, i % 20 == 19 ? null : text(random, 1_500)));
                }
            }
            // When the cleaner has been there
            Await.until("the log is compacted", () -> sizeOf(broker.logDirectory().resolve(topic + "-0"), ".log") < 2 * SEGMENT_BYTES);
            broker.stop();
            // Then
            assertSound(broker.logDirectory());
            broker.start();
            try (var consumer = clients.consumer()) {
                var partition = new TopicPartition(topic, 0);
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                var last = new java.util.HashMap<String, Long>();
                Await.until("the newest records are read", () -> {
                    consumer.poll(java.time.Duration.ofMillis(200)).forEach(record -> last.put(record.key(), record.offset()));
                    return consumer.position(partition) == 3_000;
                });
                for (int i = 2_980; i < 3_000; i++) {
                    assertEquals(i, last.get("key" + i % 20), "key" + i % 20);
                }
            }
        }
    }

    private static void write(Clients clients) {
        var random = new Random(42);
        for (var codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            for (var type : List.of(TimestampType.CREATE_TIME, TimestampType.LOG_APPEND_TIME)) {
                var topic = clients.topic("dump-" + codec, 1, "message.timestamp.type", type.name);
                try (var producer = clients.producer("compression.type", codec, "linger.ms", 5)) {
                    for (int i = 0; i < 1_500; i++) {
                        var record = new ProducerRecord<>(topic, i % 7 == 0 ? null : "key" + i, i % 11 == 0 ? null : text(random, random.nextInt(2_000)));
                        record.headers().add("h", new byte[] {(byte) i});
                        producer.send(record);
                    }
                }
                try (var consumer = clients.groupConsumer(topic)) {
                    consumer.subscribe(List.of(topic));
                    Clients.poll(consumer, 1_500);
                }
            }
        }
    }

    /** Text that does not compress much, so that compressed segments fill up too. */
    private static String text(Random random, int length) {
        return random.ints(length, ' ', 0x7f).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    private static void assertSound(Path logDirectory) throws IOException {
        List<Path> partitions;
        try (var entries = Files.list(logDirectory)) {
            partitions = entries.filter(entry -> Files.isDirectory(entry) && entry.getFileName().toString().matches("(dump|compacted|__consumer_offsets)-.*"))
                    .toList();
        }
        var logs = files(partitions, ".log");
        var indexes = files(partitions, ".index");
        var timeIndexes = files(partitions, ".timeindex");
        var snapshots = files(partitions, ".snapshot");
        assertTrue(logs.size() > partitions.size(), "several segments: " + logs);
        assertEquals(logs.size(), indexes.size());
        assertEquals(logs.size(), timeIndexes.size());
        assertFalse(snapshots.isEmpty());
        var records = sound(logs, "--deep-iteration", "--print-data-log");
        assertTrue(records.lines().filter(line -> line.startsWith("baseOffset:")).allMatch(line -> line.contains("isvalid: true")));
        sound(indexes);
        sound(timeIndexes);
        sound(indexes, "--index-sanity-check");
        sound(timeIndexes, "--index-sanity-check");
        var producers = sound(snapshots);
        assertTrue(producers.contains("producerId: "), producers);
        var offsets = logs.stream().filter(log -> log.toString().contains("__consumer_offsets")).toList();
        if (!offsets.isEmpty()) {
            var decoded = sound(offsets, "--offsets-decoder");
            assertTrue(decoded.contains("key: {\"type\":\"1\",\"data\":{\"group\":\"dump-zstd"), decoded);
            assertTrue(decoded.contains("\"protocolType\":\"consumer\""), decoded);
        }
    }

    private static List<Path> files(List<Path> partitions, String ending) throws IOException {
        var found = new java.util.ArrayList<Path>();
        for (var partition : partitions) {
            try (var files = Files.list(partition)) {
                files.filter(file -> file.toString().endsWith(ending)).sorted().forEach(found::add);
            }
        }
        return found;
    }

    private static long sizeOf(Path partition, String ending) {
        try {
            long sum = 0;
            for (var file : files(List.of(partition), ending)) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            // a segment that the cleaner just replaced
            return Long.MAX_VALUE;
        }
    }

    /** Dumps files and fails when the tool has found anything wrong. @return what it printed */
    private static String sound(List<Path> files, String... options) {
        var arguments = new java.util.ArrayList<>(List.of(options));
        arguments.add("--files");
        arguments.add(files.stream().map(Path::toString).collect(Collectors.joining(",")));
        var result = KafkaTool.DUMP_LOG.with(arguments.toArray(String[]::new)).succeed();
        var complaints = (result.out() + result.err()).lines().filter(line -> line.matches("(Found|Mismatches|Index timestamp|Exception|Could not).*"))
                .toList();
        assertEquals(List.of(), complaints);
        return result.out();
    }
}
