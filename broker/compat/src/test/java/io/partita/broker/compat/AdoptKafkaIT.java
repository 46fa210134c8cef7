package io.partita.broker.compat;

import static io.partita.broker.compat.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Apache Kafka writes a data directory and ends; the broker takes it over where it lies. */
class AdoptKafkaIT {

    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final int RECORDS = 200;

    @ParameterizedTest
    @ValueSource(strings = {"stopped", "killed"})
    void allRecordsOffsetsAndSettingsAreThere(String end) throws Exception {
        try (var broker = BrokerProcess.start(new BrokerProcess.ApacheKafka(), Map.of("group.initial.rebalance.delay.ms", "0",
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found", "true"))) {
            // Given topics in every codec, a compacted one, a deleted one, and a group, all of Kafka
            var clients = new Clients(broker.bootstrap());
            var topics = new HashMap<String, String>();
            var ids = new HashMap<String, Uuid>();
            for (var codec : CODECS) {
                topics.put(codec, clients.topic(codec, 2, "retention.ms", "7200000"));
                write(clients, topics.get(codec), codec);
            }
            var compacted = clients.topic("compacted", 1, "cleanup.policy", "compact");
            var deleted = clients.topic("deleted", 1);
            var partition = new TopicPartition(topics.get("zstd"), 1);
            try (var admin = clients.admin(); var producer = clients.producer(); var consumer = clients.groupConsumer("readers")) {
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>(compacted, "k" + i % 3, "v" + i)).get();
                }
                consumer.assign(List.of(partition));
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(42, "here")));
                get(admin.deleteTopics(List.of(deleted)).all());
                get(admin.describeTopics(topics.values()).allTopicNames()).forEach((name, description) -> ids.put(name, description.topicId()));
            }
            rule(clients);
            if (end.equals("killed")) {
                broker.kill();
            } else {
                broker.stop();
            }
            // When it is only looked at
            var before = files(broker.logDirectory());
            var report = run(broker, "--adopt-kafka=check");
            // Then it is told, and nothing is changed
            assertEquals(0, report.exit(), report.err());
            for (var topic : topics.values()) {
                assertTrue(report.out().contains("  " + topic + "  id " + ids.get(topic) + "  2 partitions  retention.ms=7200000"), report.out());
            }
            assertTrue(report.out().contains("\n1 access rule and quotas for 2 users, client ids and addresses would be kept.\n"), report.out());
            assertTrue(report.out().contains("1 groups have committed offsets:\n  readers  1 partition\n"), report.out());
            assertEquals(before, files(broker.logDirectory()));
            // When it is used without a word
            var refused = run(broker);
            // Then
            assertNotEquals(0, refused.exit());
            assertTrue(refused.err().contains("is a data directory of Apache Kafka") && refused.err().contains("--adopt-kafka takes it over"), refused.err());
            var after = files(broker.logDirectory());
            after.keySet().removeIf(path -> path.endsWith(".lock") && !before.containsKey(path));
            assertEquals(before, after);
            // When it is taken over
            broker.become(new BrokerProcess.Partita(List.of("--adopt-kafka")));
            broker.start();
            // Then all of it is served
            assertServed(clients, topics, compacted, partition, ids);
            write(clients, topics.get("gzip"), "gzip");
            // And from then on without the word
            broker.stop();
            broker.become(new BrokerProcess.Partita(List.of()));
            broker.start();
            assertServed(clients, topics, compacted, partition, ids);
            assertEquals(2 * RECORDS, clients.read(topics.get("gzip"), 0, 2 * RECORDS).size());
            try (var admin = clients.admin()) {
                assertTrue(get(admin.listTopics().names()).stream().noneMatch(deleted::equals));
            }
        }
    }

    private static final AclBinding RULE = new AclBinding(new ResourcePattern(ResourceType.TOPIC, "secret-", PatternType.PREFIXED),
            new AccessControlEntry("User:alice", "10.0.0.1", AclOperation.WRITE, AclPermissionType.ALLOW));
    private static final ClientQuotaEntity ANYBODY = new ClientQuotaEntity(Collections.singletonMap("user", null));
    private static final ClientQuotaEntity ALICE = new ClientQuotaEntity(Map.of("user", "alice", "client-id", "app"));

    /** Rules and quotas, of which some are taken back. */
    private static void rule(Clients clients) {
        var taken = new AclBinding(new ResourcePattern(ResourceType.GROUP, "*", PatternType.LITERAL),
                new AccessControlEntry("User:bob", "*", AclOperation.ALL, AclPermissionType.DENY));
        try (var admin = clients.admin()) {
            get(admin.createAcls(List.of(RULE, taken)).all());
            get(admin.deleteAcls(List.of(taken.toFilter())).all());
            get(admin.alterClientQuotas(List.of(
                    new ClientQuotaAlteration(ANYBODY, List.of(new ClientQuotaAlteration.Op("consumer_byte_rate", 1e9))),
                    new ClientQuotaAlteration(ALICE, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1e6),
                            new ClientQuotaAlteration.Op("request_percentage", 12.5)))))
                    .all());
            get(admin.alterClientQuotas(List.of(
                    new ClientQuotaAlteration(ALICE, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", null))))).all());
        }
    }

    private static void write(Clients clients, String topic, String codec) throws Exception {
        try (var producer = clients.producer("compression.type", codec, "linger.ms", "5")) {
            for (int i = 0; i < 2 * RECORDS; i++) {
                producer.send(new ProducerRecord<>(topic, i % 2, "k" + i, topic + i));
            }
        }
    }

    private static void assertServed(Clients clients, Map<String, String> topics, String compacted, TopicPartition committed, Map<String, Uuid> ids)
            throws Exception {
        for (var topic : topics.values()) {
            for (int partition = 0; partition < 2; partition++) {
                var first = partition;
                var records = clients.read(topic, partition, RECORDS).stream().limit(RECORDS).map(record -> record.value()).toList();
                var expected = new ArrayList<String>();
                for (int i = 0; i < RECORDS; i++) {
                    expected.add(topic + (2 * i + first));
                }
                assertEquals(expected, records);
            }
        }
        var values = clients.read(compacted, 0, 10).stream().map(record -> record.value()).toList();
        assertTrue(values.containsAll(List.of("v7", "v8", "v9")), values.toString());
        try (var admin = clients.admin()) {
            assertEquals(List.of(RULE), List.copyOf(get(admin.describeAcls(AclBindingFilter.ANY).values())));
            assertEquals(Map.of(ANYBODY, Map.of("consumer_byte_rate", 1e9), ALICE, Map.of("request_percentage", 12.5)),
                    get(admin.describeClientQuotas(ClientQuotaFilter.all()).entities()));
        }
        try (var admin = clients.admin(); var consumer = clients.groupConsumer("readers")) {
            var found = consumer.committed(Set.of(committed)).get(committed);
            assertEquals(42, found.offset());
            assertEquals("here", found.metadata());
            get(admin.describeTopics(ids.keySet()).allTopicNames()).forEach((name, description) -> assertEquals(ids.get(name), description.topicId()));
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, compacted);
            assertEquals("compact", get(admin.describeConfigs(List.of(resource)).all()).get(resource).get("cleanup.policy").value());
        }
    }

    private static Command.Result run(BrokerProcess broker, String... words) {
        return Command.of(broker.commandOf(new BrokerProcess.Partita(Arrays.asList(words)))).run();
    }

    /** Every file with its bytes. */
    private static Map<Path, Integer> files(Path directory) throws IOException {
        var files = new TreeMap<Path, Integer>();
        try (var all = Files.walk(directory)) {
            for (var path : all.toList()) {
                files.put(path, Files.isDirectory(path) ? -1 : Arrays.hashCode(Files.readAllBytes(path)));
            }
        }
        return files;
    }
}
