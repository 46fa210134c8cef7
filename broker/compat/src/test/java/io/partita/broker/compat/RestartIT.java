package io.partita.broker.compat;

import static io.partita.broker.compat.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

/** SIGTERM and a new start: everything is as it was, and clients that were connected notice a pause at most. */
class RestartIT {
    @Test
    void topicsSettingsOffsetsAndIdentitiesAreKept() throws Exception {
        try (var broker = BrokerProcess.start(Map.of("group.initial.rebalance.delay.ms", "0"))) {
            // Given
            var clients = new Clients(broker.bootstrap());
            var topic = clients.topic("kept", 1, "retention.ms", "7200000");
            var deleted = clients.topic("deleted", 1);
            var partition = new TopicPartition(topic, 0);
            String clusterId;
            Uuid id;
            try (var admin = clients.admin(); var producer = clients.producer(); var consumer = clients.groupConsumer("kept")) {
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>(topic, "v" + i)).get();
                }
                get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all());
                get(admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(new ConfigEntry("segment.bytes", "2097152"), AlterConfigOp.OpType.SET)))).all());
                get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(3))).all());
                get(admin.deleteTopics(List.of(deleted)).all());
                consumer.assign(List.of(partition));
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7, "seven")));
                clusterId = get(admin.describeCluster().clusterId());
                id = get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).topicId();
            }
            // When
            var exit = broker.stop();
            assertTrue(exit == 0 || exit == 143, "exit code " + exit);
            broker.start();
            // Then
            try (var admin = clients.admin(); var consumer = clients.groupConsumer("kept")) {
                assertEquals(clusterId, get(admin.describeCluster().clusterId()));
                var description = get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
                assertEquals(id, description.topicId());
                assertEquals(2, description.partitions().size());
                assertFalse(get(admin.listTopics().names()).contains(deleted));
                var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                var config = get(admin.describeConfigs(List.of(resource)).all()).get(resource);
                assertEquals("2097152", config.get("segment.bytes").value());
                assertEquals("7200000", config.get("retention.ms").value());
                var committed = consumer.committed(Set.of(partition)).get(partition);
                assertEquals(7, committed.offset());
                assertEquals("seven", committed.metadata());
                assertEquals(Map.of(partition, 3L), consumer.beginningOffsets(List.of(partition)));
                assertEquals(List.of("v3", "v4", "v5", "v6", "v7", "v8", "v9"), clients.read(topic, 0, 7).stream().map(r -> r.value()).toList());
            }
        }
    }

    @Test
    void aMemberStaysInItsGroupAndAProducerInItsSequence() throws Exception {
        try (var broker = BrokerProcess.start(Map.of("group.initial.rebalance.delay.ms", "0"))) {
            // Given a member and an idempotent producer
            var clients = new Clients(broker.bootstrap());
            var topic = clients.topic("stays", 1);
            try (var producer = clients.producer(); var consumer = clients.groupConsumer("stays", "metadata.recovery.strategy", "none")) {
                consumer.subscribe(List.of(topic));
                producer.send(new ProducerRecord<>(topic, "before")).get();
                assertEquals("before", Clients.poll(consumer, 1).getFirst().value());
                var generation = consumer.groupMetadata().generationId();
                var member = consumer.groupMetadata().memberId();
                // When the broker restarts, twice
                for (int i = 0; i < 2; i++) {
                    broker.stop();
                    broker.start();
                    // Then both go on as if nothing had happened
                    producer.send(new ProducerRecord<>(topic, "after " + i)).get();
                    assertEquals("after " + i, Clients.poll(consumer, 1).getFirst().value());
                    consumer.commitSync();
                }
                assertEquals(generation, consumer.groupMetadata().generationId());
                assertEquals(member, consumer.groupMetadata().memberId());
            }
            assertEquals(3, clients.read(topic, 0, 3).size());
        }
    }
}
