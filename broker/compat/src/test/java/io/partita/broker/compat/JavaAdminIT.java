package io.partita.broker.compat;

import static io.partita.broker.compat.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Administration with the newest Java client. */
class JavaAdminIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());
    private final Admin admin = clients.admin();

    @AfterEach
    void close() {
        admin.close();
    }

    @Test
    void theClusterHasOneBrokerWhichIsTheController() {
        var cluster = admin.describeCluster();
        var nodes = get(cluster.nodes());
        assertEquals(1, nodes.size());
        assertEquals(nodes.iterator().next(), get(cluster.controller()));
        assertEquals(BROKER.bootstrap(), nodes.iterator().next().host() + ":" + nodes.iterator().next().port());
        assertFalse(get(cluster.clusterId()).isBlank());
    }

    @Test
    void aTopicIsCreatedListedDescribedAndDeleted() {
        // Given
        var name = Clients.name("life");
        var result = admin.createTopics(List.of(new NewTopic(name, 3, (short) 1).configs(Map.of("retention.ms", "3600000"))));
        // Then what was made is told
        assertEquals(3, get(result.numPartitions(name)));
        assertEquals(1, get(result.replicationFactor(name)));
        assertEquals("3600000", get(result.config(name)).get("retention.ms").value());
        var id = get(result.topicId(name));
        // and found
        assertTrue(get(admin.listTopics().names()).contains(name));
        var byName = get(admin.describeTopics(List.of(name)).allTopicNames()).get(name);
        assertEquals(id, byName.topicId());
        assertEquals(List.of(0, 1, 2), byName.partitions().stream().map(p -> p.partition()).toList());
        assertEquals(1, byName.partitions().getFirst().isr().size());
        assertFalse(byName.isInternal());
        var byId = get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds()).get(id);
        assertEquals(name, byId.name());
        // When it is deleted
        get(admin.deleteTopics(List.of(name)).all());
        // Then
        Await.until("the topic is gone", () -> !get(admin.listTopics().names()).contains(name));
        assertThrows(UnknownTopicOrPartitionException.class, () -> get(admin.describeTopics(List.of(name)).allTopicNames()));
        assertThrows(UnknownTopicIdException.class, () -> get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds()));
        assertThrows(UnknownTopicOrPartitionException.class, () -> get(admin.deleteTopics(List.of(name)).all()));
    }

    @Test
    void aTopicCreatedAgainIsAnotherTopic() throws Exception {
        // Given a topic with a record, deleted by its id
        var name = clients.topic("again", 1);
        try (var producer = clients.producer()) {
            producer.send(new ProducerRecord<>(name, "old")).get();
        }
        var first = get(admin.describeTopics(List.of(name)).allTopicNames()).get(name).topicId();
        get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(first))).all());
        // When one of the same name is made
        Await.until("the name is free", () -> {
            get(admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all());
            return true;
        }, ok -> ok);
        // Then it is empty and has another id
        var partition = new TopicPartition(name, 0);
        var end = Await.until("it is served", () -> get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all()), offsets -> true);
        assertEquals(0, end.get(partition).offset());
        assertNotEquals(first, get(admin.describeTopics(List.of(name)).allTopicNames()).get(name).topicId());
    }

    @Test
    void creatingWhatExistsIsRefused() {
        var name = clients.topic("exists", 1);
        assertThrows(TopicExistsException.class, () -> get(admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all()));
    }

    @Test
    void aDotAndAnUnderscoreCollide() {
        var name = Clients.name("a.b");
        get(admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all());
        var other = new NewTopic(name.replace('.', '_'), 1, (short) 1);
        assertThrows(InvalidTopicException.class, () -> get(admin.createTopics(List.of(other)).all()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "with space", "slash/ed", "ümlaut", "0123456789012345678901234567890123456789012345678901234567890123456789"
            + "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
            + "01234567890123456789012345678901234567890123456789"})
    void invalidNamesAreRefused(String name) {
        assertThrows(InvalidTopicException.class, () -> get(admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all()));
    }

    @Test
    void invalidSizesAreRefused() {
        var name = Clients.name("invalid");
        assertThrows(InvalidPartitionsException.class, () -> get(admin.createTopics(List.of(new NewTopic(name, 0, (short) 1))).all()));
        assertThrows(InvalidReplicationFactorException.class, () -> get(admin.createTopics(List.of(new NewTopic(name, 1, (short) 3))).all()));
        assertThrows(InvalidReplicationFactorException.class, () -> get(admin.createTopics(List.of(new NewTopic(name, 1, (short) 0))).all()));
    }

    @Test
    void defaultSizesAreOneAndOne() {
        var name = Clients.name("defaults");
        var result = admin.createTopics(List.of(new NewTopic(name, Optional.empty(), Optional.empty())));
        assertEquals(1, get(result.numPartitions(name)));
        assertEquals(1, get(result.replicationFactor(name)));
    }

    @Test
    void validateOnlyCreatesNothing() {
        var name = Clients.name("validated");
        get(admin.createTopics(List.of(new NewTopic(name, 2, (short) 1)), new CreateTopicsOptions().validateOnly(true)).all());
        assertFalse(get(admin.listTopics().names()).contains(name));
    }

    @Test
    void invalidSettingsAreRefused() {
        var name = Clients.name("configs");
        for (var bad : List.of(Map.of("retention.ms", "soon"), Map.of("cleanup.policy", "shred"), Map.of("no.such.setting", "1"),
                Map.of("segment.bytes", "-1"))) {
            var topic = new NewTopic(name, 1, (short) 1).configs(bad);
            assertThrows(InvalidConfigurationException.class, () -> get(admin.createTopics(List.of(topic)).all()), bad.toString());
        }
    }

    @Test
    void oneBadTopicOfARequestDoesNotSpoilTheOthers() {
        var good = Clients.name("good");
        var result = admin.createTopics(List.of(new NewTopic(good, 1, (short) 1), new NewTopic("bad name", 1, (short) 1)));
        get(result.values().get(good));
        assertThrows(InvalidTopicException.class, () -> get(result.values().get("bad name")));
    }

    @Test
    void partitionsAreAddedButNotTakenAway() throws Exception {
        var name = clients.topic("grow", 1);
        get(admin.createPartitions(Map.of(name, NewPartitions.increaseTo(3))).all());
        assertEquals(3, get(admin.describeTopics(List.of(name)).allTopicNames()).get(name).partitions().size());
        assertThrows(InvalidPartitionsException.class, () -> get(admin.createPartitions(Map.of(name, NewPartitions.increaseTo(2))).all()));
        assertThrows(UnknownTopicOrPartitionException.class, () -> get(admin.createPartitions(Map.of("no-such", NewPartitions.increaseTo(2))).all()));
        try (var producer = clients.producer()) {
            assertEquals(2, producer.send(new ProducerRecord<>(name, 2, "k", "v")).get().partition());
        }
    }

    @Test
    void topicSettingsAreDescribedWithSourceDefaultAndDocumentation() {
        // Given a topic with one setting of its own
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, clients.topic("described", 1, "retention.ms", "7200000"));
        // When
        var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        Config config = get(admin.describeConfigs(List.of(topic), options).all()).get(topic);
        // Then
        var retention = config.get("retention.ms");
        assertEquals("7200000", retention.value());
        assertEquals(ConfigSource.DYNAMIC_TOPIC_CONFIG, retention.source());
        assertFalse(retention.isDefault());
        assertEquals(ConfigEntry.ConfigType.LONG, retention.type());
        assertFalse(retention.documentation().isBlank());
        assertEquals(ConfigSource.DYNAMIC_TOPIC_CONFIG, retention.synonyms().getFirst().source());
        var policy = config.get("cleanup.policy");
        assertEquals("delete", policy.value());
        assertEquals(ConfigSource.DEFAULT_CONFIG, policy.source());
        assertEquals(ConfigEntry.ConfigType.LIST, policy.type());
        assertTrue(policy.isDefault());
        for (var name : List.of("segment.bytes", "max.message.bytes", "compression.type", "min.insync.replicas", "flush.ms", "message.timestamp.type",
                "delete.retention.ms", "min.cleanable.dirty.ratio", "retention.bytes", "index.interval.bytes", "segment.ms", "file.delete.delay.ms")) {
            assertNotNull(config.get(name), name);
        }
        assertThrows(UnknownTopicOrPartitionException.class,
                () -> get(admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "no-such-topic"))).all()));
    }

    @Test
    void brokerSettingsAreDescribed() {
        var id = get(admin.describeCluster().nodes()).iterator().next().idString();
        var broker = new ConfigResource(ConfigResource.Type.BROKER, id);
        var config = get(admin.describeConfigs(List.of(broker)).all()).get(broker);
        assertEquals("1", config.get("num.partitions").value());
        assertEquals("true", config.get("auto.create.topics.enable").value());
        assertEquals("168", config.get("log.retention.hours").value());
        assertEquals("0", config.get("group.initial.rebalance.delay.ms").value());
        assertEquals(ConfigSource.STATIC_BROKER_CONFIG, config.get("group.initial.rebalance.delay.ms").source());
    }

    @Test
    void topicSettingsAreChangedOneByOne() {
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, clients.topic("altered", 1, "retention.ms", "7200000"));
        // When settings are set, appended to and deleted
        alter(topic, List.of(new AlterConfigOp(new ConfigEntry("segment.bytes", "2097152"), OpType.SET),
                new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), OpType.APPEND)));
        // Then each is seen
        Await.until("the settings are changed",
                () -> "2097152".equals(value(topic, "segment.bytes")) && "delete,compact".equals(value(topic, "cleanup.policy")));
        assertEquals("7200000", value(topic, "retention.ms"));
        alter(topic, List.of(new AlterConfigOp(new ConfigEntry("cleanup.policy", "delete"), OpType.SUBTRACT),
                new AlterConfigOp(new ConfigEntry("retention.ms", null), OpType.DELETE)));
        Await.until("the settings are changed back",
                () -> "604800000".equals(value(topic, "retention.ms")) && "compact".equals(value(topic, "cleanup.policy")));
        // and bad values are not taken
        assertThrows(KafkaException.class, () -> alter(topic, List.of(new AlterConfigOp(new ConfigEntry("segment.bytes", "many"), OpType.SET))));
        assertThrows(InvalidConfigurationException.class, () -> alter(topic, List.of(new AlterConfigOp(new ConfigEntry("segment.bytes", "1"), OpType.SET))));
    }

    @Test
    void aChangedMessageBoundHoldsAtOnce() throws Exception {
        var name = clients.topic("bound", 1);
        alter(new ConfigResource(ConfigResource.Type.TOPIC, name), List.of(new AlterConfigOp(new ConfigEntry("max.message.bytes", "1000"), OpType.SET)));
        try (var producer = clients.producer()) {
            Await.until("a large record is refused", () -> {
                try {
                    producer.send(new ProducerRecord<>(name, "x".repeat(2_000))).get();
                    return false;
                } catch (Exception e) {
                    return e.getCause() instanceof org.apache.kafka.common.errors.RecordTooLargeException;
                }
            });
            producer.send(new ProducerRecord<>(name, "small")).get();
        }
    }

    @Test
    void logDirectoriesShowPartitionsAndTheirSizes() throws Exception {
        var name = clients.topic("sizes", 2);
        try (var producer = clients.producer()) {
            producer.send(new ProducerRecord<>(name, 1, "k", "x".repeat(10_000))).get();
        }
        var node = get(admin.describeCluster().nodes()).iterator().next().id();
        var directories = get(admin.describeLogDirs(List.of(node)).allDescriptions()).get(node);
        assertEquals(1, directories.size());
        var replicas = directories.values().iterator().next().replicaInfos();
        assertEquals(0, replicas.get(new TopicPartition(name, 0)).size());
        assertTrue(replicas.get(new TopicPartition(name, 1)).size() > 10_000);
        assertFalse(replicas.get(new TopicPartition(name, 1)).isFuture());
        assertTrue(directories.values().iterator().next().totalBytes().getAsLong() > 0);
    }

    @Test
    void activeProducersOfAPartitionAreShown() throws Exception {
        var name = clients.topic("producers", 1);
        var partition = new TopicPartition(name, 0);
        try (var producer = clients.producer()) {
            producer.send(new ProducerRecord<>(name, "a")).get();
            producer.send(new ProducerRecord<>(name, "b")).get();
            var active = get(admin.describeProducers(List.of(partition)).all()).get(partition).activeProducers();
            assertEquals(1, active.size());
            assertEquals(1, active.getFirst().lastSequence());
            assertTrue(active.getFirst().producerId() >= 0);
        }
    }

    @Test
    void thereIsNothingToElectOrReassign() {
        var partition = new TopicPartition(clients.topic("elect", 1), 0);
        var elected = get(admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions());
        assertTrue(elected.get(partition).orElseThrow() instanceof ElectionNotNeededException, elected.toString());
        assertTrue(get(admin.listPartitionReassignments().reassignments()).isEmpty());
    }

    @Test
    void configResourcesAreListed() {
        var name = clients.topic("resource", 1);
        var resources = get(
                admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC), new org.apache.kafka.clients.admin.ListConfigResourcesOptions()).all());
        assertTrue(resources.contains(new ConfigResource(ConfigResource.Type.TOPIC, name)), resources.toString());
    }

    @Test
    void internalTopicsAreListedOnRequestOnly() throws Exception {
        // Given a group, which brings the topic of the offsets
        var group = Clients.name("internal");
        var topic = clients.topic("internal", 1);
        try (var producer = clients.producer(); var consumer = clients.groupConsumer(group)) {
            producer.send(new ProducerRecord<>(topic, "v")).get();
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 1);
            consumer.commitSync();
        }
        // Then
        assertFalse(get(admin.listTopics().names()).contains("__consumer_offsets"));
        Collection<TopicListing> all = get(admin.listTopics(new org.apache.kafka.clients.admin.ListTopicsOptions().listInternal(true)).listings());
        assertTrue(all.stream().anyMatch(listing -> listing.name().equals("__consumer_offsets") && listing.isInternal()));
    }

    private void alter(ConfigResource resource, List<AlterConfigOp> operations) {
        get(admin.incrementalAlterConfigs(Map.of(resource, operations)).all());
    }

    private String value(ConfigResource resource, String name) {
        return get(admin.describeConfigs(List.of(resource)).all()).get(resource).get(name).value();
    }
}
