package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

/** MirrorMaker 2 as it comes, between Apache Kafka and the broker under test, in both directions at once. */
class MirrorMakerIT {
    private static final int RECORDS = 300;

    @Test
    void recordsSettingsAndOffsetsGoBothWays() throws Exception {
        try (var kafka = BrokerProcess.start(new BrokerProcess.ApacheKafka(), Map.of("group.initial.rebalance.delay.ms", "0"));
                var ours = BrokerProcess.start(Map.of("group.initial.rebalance.delay.ms", "0"))) {
            // Given a topic with a setting and a group's offset at either end
            var there = new End("kafka", new Clients(kafka.bootstrap()));
            var here = new End("here", new Clients(ours.bootstrap()));
            there.fill();
            here.fill();
            // When
            var settings = Files.writeString(Repository.newFolder("mirror").resolve("mm2.properties"), settings(kafka, ours));
            try (var mirror = Command.of(JavaProgram.java(Repository.classPathOf("connect-4.3"), List.of("-Xmx256m"),
                    "org.apache.kafka.connect.mirror.MirrorMaker", List.of(settings.toString()))).start()) {
                // Then
                there.expectAt(here);
                here.expectAt(there);
                // and what changes later comes, too
                for (End from : List.of(there, here)) {
                    from.change();
                }
                there.expectChangeAt(here);
                here.expectChangeAt(there);
                mirror.terminate();
            }
        }
    }

    private static String settings(BrokerProcess kafka, BrokerProcess ours) {
        var settings = new LinkedHashMap<String, String>();
        settings.put("clusters", "kafka,here");
        settings.put("kafka.bootstrap.servers", kafka.bootstrap());
        settings.put("here.bootstrap.servers", ours.bootstrap());
        for (String way : List.of("kafka->here", "here->kafka")) {
            settings.put(way + ".enabled", "true");
            settings.put(way + ".topics", "mirrored.*");
            settings.put(way + ".sync.group.offsets.enabled", "true");
        }
        for (String factor : List.of("", "checkpoints.topic.", "heartbeats.topic.", "offset-syncs.topic.", "offset.storage.", "status.storage.",
                "config.storage.")) {
            settings.put(factor + "replication.factor", "1");
        }
        for (String every : List.of("refresh.topics", "refresh.groups", "sync.topic.configs", "emit.checkpoints", "sync.group.offsets")) {
            settings.put(every + ".interval.seconds", "1");
        }
        settings.put("offset.lag.max", "0");
        settings.put("offset.flush.interval.ms", "500");
        settings.put("plugin.discovery", "service_load");
        return settings.entrySet().stream().map(e -> e.getKey() + " = " + e.getValue()).collect(Collectors.joining("\n"));
    }

    /** A cluster with a topic that is mirrored, and a group that has read half of it. */
    private record End(String alias, Clients clients) {

        private String topic() {
            return "mirrored-of-" + alias;
        }

        private String group() {
            return "readers-of-" + alias;
        }

        private void fill() {
            try (var admin = clients.admin(); var producer = clients.producer(); var consumer = clients.groupConsumer(group())) {
                Clients.get(admin.createTopics(List.of(new org.apache.kafka.clients.admin.NewTopic(topic(), 2, (short) 1)
                        .configs(Map.of("retention.ms", "12345678")))).all());
                for (int i = 0; i < RECORDS; i++) {
                    producer.send(new ProducerRecord<>(topic(), i % 2, "key " + i, "value " + i));
                }
                producer.flush();
                consumer.commitSync(Map.of(new TopicPartition(topic(), 0), new OffsetAndMetadata(RECORDS / 4)));
            }
        }

        private void expectAt(End other) {
            var mirrored = alias + "." + topic();
            for (int partition = 0; partition < 2; partition++) {
                var there = other.clients.read(mirrored, partition, RECORDS / 2);
                var here = clients.read(topic(), partition, RECORDS / 2);
                assertEquals(here.stream().map(record -> record.key() + "=" + record.value()).toList(),
                        there.stream().map(record -> record.key() + "=" + record.value()).toList());
            }
            assertEquals("12345678", other.setting(mirrored));
            // A translated offset is never ahead, and may be one of before until a later synchronisation point is known; the end is exact.
            try (var admin = clients.admin()) {
                Clients.get(admin.alterConsumerGroupOffsets(group(), Map.of(new TopicPartition(topic(), 0), new OffsetAndMetadata(RECORDS / 2))).all());
            }
            other.awaitOffset(group(), mirrored, RECORDS / 2);
        }

        private void change() {
            try (var admin = clients.admin(); var producer = clients.producer()) {
                Clients.get(admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic()),
                        List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "23456789"), AlterConfigOp.OpType.SET)))).all());
                Clients.get(admin.createPartitions(Map.of(topic(), org.apache.kafka.clients.admin.NewPartitions.increaseTo(3))).all());
                producer.send(new ProducerRecord<>(topic(), 2, "key", "late"));
            }
        }

        private void expectChangeAt(End other) {
            var mirrored = alias + "." + topic();
            Await.until("the changed setting is mirrored", () -> other.setting(mirrored), "23456789"::equals);
            Await.until("the new partition is mirrored", () -> {
                try (var admin = other.clients.admin()) {
                    return Clients.get(admin.describeTopics(List.of(mirrored)).allTopicNames()).get(mirrored).partitions().size();
                }
            }, count -> count == 3);
            assertEquals("late", other.clients.read(mirrored, 2, 1).getFirst().value());
        }

        private String setting(String topic) {
            try (var admin = clients.admin()) {
                var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                return Clients.get(admin.describeConfigs(List.of(resource)).all()).get(resource).get("retention.ms").value();
            }
        }

        private void awaitOffset(String group, String topic, long offset) {
            Await.until("the offset of " + group + " is translated", () -> {
                try (var admin = clients.admin()) {
                    return Clients.get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).get(new TopicPartition(topic, 0));
                }
            }, found -> found.offset() == offset);
        }
    }
}
