package io.partita.broker.compat;

import static io.partita.broker.compat.KafkaTool.BROKER_API_VERSIONS;
import static io.partita.broker.compat.KafkaTool.CONFIGS;
import static io.partita.broker.compat.KafkaTool.CONSOLE_CONSUMER;
import static io.partita.broker.compat.KafkaTool.CONSOLE_PRODUCER;
import static io.partita.broker.compat.KafkaTool.CONSUMER_GROUPS;
import static io.partita.broker.compat.KafkaTool.CONSUMER_PERFORMANCE;
import static io.partita.broker.compat.KafkaTool.DELETE_RECORDS;
import static io.partita.broker.compat.KafkaTool.GET_OFFSETS;
import static io.partita.broker.compat.KafkaTool.LOG_DIRS;
import static io.partita.broker.compat.KafkaTool.NEWEST;
import static io.partita.broker.compat.KafkaTool.OLD;
import static io.partita.broker.compat.KafkaTool.PRODUCER_PERFORMANCE;
import static io.partita.broker.compat.KafkaTool.TOPICS;
import static io.partita.broker.compat.KafkaTool.VERIFIABLE_CONSUMER;
import static io.partita.broker.compat.KafkaTool.VERIFIABLE_PRODUCER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's command-line tools, the newest and those of 2.4, called as introductions call them, with the output they promise. */
class KafkaToolsIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final String address = BROKER.bootstrap();
    private final Clients clients = new Clients(address);

    @ParameterizedTest
    @ValueSource(strings = {NEWEST, OLD})
    void aTopicIsCreatedListedDescribedGrownAndDeleted(String release) {
        // Given
        var topic = Clients.name("mytopic");
        // When it is created, then the newest tool says so; that of 2.4 does not when it is given a bootstrap server
        var created = TOPICS.of(release, "--create", "--bootstrap-server", address, "--replication-factor", "1", "--partitions", "3", "--topic", topic)
                .succeed();
        assertEquals(release.equals(OLD) ? "" : "Created topic " + topic + ".\n", created.out());
        assertTrue(TOPICS.of(release, "--list", "--bootstrap-server", address).succeed().lines().contains(topic));
        var described = TOPICS.of(release, "--describe", "--bootstrap-server", address, "--topic", topic).succeed().lines();
        assertEquals(4, described.size());
        assertTrue(described.getFirst().matches("Topic: " + topic + "\\s(TopicId: \\S{22}\\s)?PartitionCount: 3\\sReplicationFactor: 1\\s+Configs: .*"),
                described.getFirst());
        for (int i = 0; i < 3; i++) {
            assertTrue(
                    described.get(1 + i)
                            .matches("\tTopic: " + topic + "\tPartition: " + i + "\tLeader: (\\d+)\tReplicas: \\1\tIsr: \\1(\tElr: \tLastKnownElr: )?"),
                    described.get(1 + i));
        }
        // When it is created again, then it is refused
        var again = TOPICS.of(release, "--create", "--bootstrap-server", address, "--topic", topic, "--partitions", "1", "--replication-factor", "1").run();
        assertEquals(1, again.exit());
        assertTrue(again.out().matches("(?s)Error while executing topic command : Topic '?" + topic + "'? already exists.*"), again.out());
        if (release.equals(NEWEST)) {
            TOPICS.with("--create", "--if-not-exists", "--bootstrap-server", address, "--topic", topic).succeed();
        }
        // When it grows
        TOPICS.of(release, "--alter", "--bootstrap-server", address, "--topic", topic, "--partitions", "4").succeed();
        Await.until("it has four partitions", () -> TOPICS.of(release, "--describe", "--bootstrap-server", address, "--topic", topic).succeed().out()
                .contains("PartitionCount: 4"));
        // and is deleted
        TOPICS.of(release, "--delete", "--bootstrap-server", address, "--topic", topic).succeed();
        Await.until("it is gone", () -> !TOPICS.of(release, "--list", "--bootstrap-server", address).succeed().lines().contains(topic));
    }

    @Test
    void partitionsInNeedOfHelpAreNone() {
        var topic = clients.topic("healthy", 1);
        for (var question : List.of("--under-replicated-partitions", "--unavailable-partitions", "--under-min-isr-partitions")) {
            assertFalse(TOPICS.with("--describe", question, "--bootstrap-server", address).succeed().out().contains(topic), question);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NEWEST, OLD})
    void aTestMessageGoesThroughTheConsoles(String release) {
        // Given a topic
        var topic = clients.topic("console", 3);
        // When a line is typed
        var server = release.equals(OLD) ? "--broker-list" : "--bootstrap-server";
        CONSOLE_PRODUCER.of(release, server, address, "--topic", topic).input("This is a test message\n").succeed();
        // Then it is printed
        var read = CONSOLE_CONSUMER.of(release, "--bootstrap-server", address, "--topic", topic, "--from-beginning", "--max-messages", "1").succeed();
        assertEquals("This is a test message\n", read.out());
        assertTrue(read.err().contains("Processed a total of 1 messages"), read.err());
    }

    @Test
    void aConsoleConsumerPrintsWhatIsTypedLater() {
        // Given a consumer of a topic that the producer creates
        var topic = Clients.name("web_log");
        try (var producer = CONSOLE_PRODUCER.of(NEWEST, "--bootstrap-server=" + address, "--topic=" + topic, "--property", "parse.key=true", "--property",
                "key.separator=:", "--property", "parse.headers=true", "--property", "headers.delimiter=|", "--compression-codec", "zstd").interactive()
                .start()) {
            producer.type("a:1,b:2|key:first");
            Await.until("the first line is there",
                    () -> GET_OFFSETS.with("--bootstrap-server", address, "--topic", topic).run().out().contains(topic + ":0:1"));
            try (var consumer = CONSOLE_CONSUMER
                    .of(NEWEST, "--bootstrap-server=" + address, "--topic=" + topic, "--from-beginning", "--property", "print.key=true",
                            "--property", "print.headers=true", "--property", "print.offset=true", "--property", "print.partition=true")
                    .start()) {
                consumer.awaitOut("Partition:0\tOffset:0\ta:1,b:2\tkey\tfirst\n");
                // When more is typed, then it is printed
                producer.type("c:3|other:second");
                consumer.awaitOut("Partition:0\tOffset:1\tc:3\tother\tsecond\n");
            }
        }
    }

    @Test
    void topicSettingsAreChangedAndDescribed() {
        // Given
        var topic = clients.topic("configs", 1);
        String[] of = {"--bootstrap-server", address, "--entity-type", "topics", "--entity-name", topic};
        // When
        var altered = CONFIGS.with(words(of, "--alter", "--add-config", "retention.ms=3600000,cleanup.policy=[compact,delete]")).succeed();
        assertEquals("Completed updating config for topic " + topic + ".\n", altered.out());
        // Then
        var lines = Await.until("the settings are seen", () -> CONFIGS.with(words(of, "--describe")).succeed().lines(), seen -> seen.size() == 3);
        assertEquals("Dynamic configs for topic " + topic + " are:", lines.get(0));
        assertEquals("  cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, "
                + "DEFAULT_CONFIG:log.cleanup.policy=delete}", lines.get(1));
        assertTrue(lines.get(2).startsWith("  retention.ms=3600000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=3600000"), lines.get(2));
        assertTrue(TOPICS.with("--describe", "--bootstrap-server", address, "--topic", topic).succeed().out()
                .matches("(?s).*Configs: .*cleanup.policy=compact,delete.*retention.ms=3600000.*"));
        // When one is deleted
        CONFIGS.with(words(of, "--alter", "--delete-config", "retention.ms")).succeed();
        Await.until("the setting is gone", () -> CONFIGS.with(words(of, "--describe")).succeed().lines().size() == 2);
        // Then the default holds, as all settings are
        var all = CONFIGS.with(words(of, "--describe", "--all")).succeed().lines();
        assertEquals("All configs for topic " + topic + " are:", all.getFirst());
        assertTrue(all.contains("  compression.type=producer sensitive=false synonyms={DEFAULT_CONFIG:compression.type=producer}"), all.toString());
        assertTrue(all.contains("  segment.bytes=1073741824 sensitive=false synonyms={DEFAULT_CONFIG:log.segment.bytes=1073741824}"), all.toString());
        // and what makes no sense is refused
        var unknown = CONFIGS.with(words(of, "--alter", "--add-config", "no.such=1")).run();
        assertNotEquals(0, unknown.exit());
        assertTrue((unknown.out() + unknown.err()).contains("InvalidConfigurationException: Unknown topic config name: no.such"), unknown.err());
    }

    @Test
    void brokerSettingsAreDescribed() {
        var brokers = Command.installed("kcat", "kcat", List.of("-L", "-b", address)).succeed().out();
        var id = brokers.replaceAll("(?s).*broker (\\d+) at .*", "$1");
        var all = CONFIGS.with("--bootstrap-server", address, "--entity-type", "brokers", "--entity-name", id, "--describe", "--all").succeed().lines();
        assertEquals("All configs for broker " + id + " are:", all.getFirst());
        assertTrue(all.contains("  num.partitions=1 sensitive=false synonyms={DEFAULT_CONFIG:num.partitions=1}"), all.toString());
        assertTrue(all.contains("  group.initial.rebalance.delay.ms=0 sensitive=false synonyms={STATIC_BROKER_CONFIG:group.initial.rebalance.delay.ms=0, "
                + "DEFAULT_CONFIG:group.initial.rebalance.delay.ms=3000}"), all.toString());
    }

    @Test
    void groupsAreListedDescribedResetAndDeleted() throws Exception {
        // Given a group with a member and a lag of two
        var topic = clients.topic("groups", 1);
        var group = Clients.name("groups");
        try (var producer = clients.producer()) {
            for (int i = 0; i < 5; i++) {
                producer.send(new ProducerRecord<>(topic, "v" + i)).get();
            }
        }
        try (var consumer = clients.groupConsumer(group, "enable.auto.commit", false, "max.poll.records", 3, "client.id", "reader")) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 3);
            consumer.commitSync();
            // Then
            assertTrue(groups("--list").contains(group));
            assertTrue(groups("--list", "--state").stream().anyMatch(line -> line.matches(group + " +Stable *")));
            var described = groups("--describe", "--group", group);
            assertTrue(described.getFirst().matches("GROUP +TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG +CONSUMER-ID +HOST +CLIENT-ID *"),
                    described.toString());
            assertTrue(described.get(1).matches(group + " +" + topic + " +0 +3 +5 +2 +reader-\\S+ +/127.0.0.1 +reader *"), described.toString());
            assertTrue(groups("--describe", "--group", group, "--members").get(1).matches(group + " +reader-\\S+ +/127.0.0.1 +reader +1 *"));
            assertTrue(groups("--describe", "--group", group, "--state").get(1).matches(group + " +" + address + " +\\(\\d+\\) +range +Stable +1 *"));
            var active = CONSUMER_GROUPS
                    .with("--bootstrap-server", address, "--group", group, "--topic", topic, "--reset-offsets", "--to-earliest", "--execute").run();
            assertTrue((active.out() + active.err()).contains("Assignments can only be reset if the group '" + group + "' is inactive"),
                    active.out() + active.err());
        }
        Await.until("the member has left", () -> groups("--describe", "--group", group, "--state").get(1).contains(" Empty "));
        // and the same with the tools of 2.4
        var old = CONSUMER_GROUPS.of(OLD, "--bootstrap-server", address, "--describe", "--group", group).succeed().lines();
        assertTrue(old.get(old.size() - 1).matches(group + " +" + topic + " +0 +3 +5 +2 +- +- +- *"), old.toString());
        // When the offsets are reset
        var reset = groups("--group", group, "--topic", topic, "--reset-offsets", "--to-offset", "1", "--execute");
        assertTrue(reset.get(1).matches(group + " +" + topic + " +0 +1 *"), reset.toString());
        assertTrue(groups("--describe", "--group", group).get(1).matches(group + " +" + topic + " +0 +1 +5 +4 .*"));
        assertTrue(groups("--delete-offsets", "--group", group, "--topic", topic).toString().contains("Successful"));
        assertEquals(List.of("Deletion of requested consumer groups ('" + group + "') was successful."), groups("--delete", "--group", group));
        assertFalse(groups("--list").contains(group));
        // Then it is gone
        var gone = CONSUMER_GROUPS.with("--bootstrap-server", address, "--describe", "--group", group).run();
        assertTrue((gone.out() + gone.err()).contains("GroupIdNotFoundException: Group " + group + " not found."), gone.out() + gone.err());
    }

    @Test
    void offsetsOfAllKindsAreShown() throws Exception {
        var topic = clients.topic("offsets", 2);
        try (var producer = clients.producer()) {
            for (int i = 0; i < 4; i++) {
                producer.send(new ProducerRecord<>(topic, 0, 1_000L + i, null, "v")).get();
            }
        }
        assertEquals(List.of(topic + ":0:4", topic + ":1:0"), GET_OFFSETS.with("--bootstrap-server", address, "--topic", topic).succeed().lines());
        assertEquals(List.of(topic + ":0:0", topic + ":1:0"),
                GET_OFFSETS.with("--bootstrap-server", address, "--topic", topic, "--time", "-2").succeed().lines());
        assertEquals(topic + ":0:3", GET_OFFSETS.with("--bootstrap-server", address, "--topic", topic, "--time", "max-timestamp").succeed().lines().getFirst());
        assertEquals(topic + ":0:2",
                GET_OFFSETS.with("--bootstrap-server", address, "--topic-partitions", topic + ":0", "--time", "1002").succeed().lines().getFirst());
        assertEquals(List.of(topic + ":0:4", topic + ":1:0"),
                GET_OFFSETS.of(OLD, "--broker-list", address, "--topic", topic, "--time", "-1").succeed().lines());
    }

    @Test
    void verifiableProducerAndConsumer() {
        var topic = clients.topic("verifiable", 1);
        var produced = VERIFIABLE_PRODUCER.with("--bootstrap-server", address, "--topic", topic, "--max-messages", "1000", "--acks", "-1").succeed().out();
        assertTrue(produced.contains("\"sent\":1000,\"acked\":1000"), produced);
        var consumed = VERIFIABLE_CONSUMER.with("--bootstrap-server", address, "--topic", topic, "--group-id", topic, "--max-messages", "1000").succeed().out();
        assertTrue(
                consumed.contains(
                        "\"name\":\"offsets_committed\",\"offsets\":[{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":1000}],\"success\":true"),
                consumed);
    }

    @Test
    void producerAndConsumerPerformance() {
        var topic = clients.topic("performance", 3);
        var produced = PRODUCER_PERFORMANCE.with("--topic", topic, "--num-records", "20000", "--record-size", "200", "--throughput", "-1", "--producer-props",
                "bootstrap.servers=" + address).succeed().out();
        assertTrue(produced.contains("20000 records sent, "), produced);
        var consumed = CONSUMER_PERFORMANCE.with("--bootstrap-server", address, "--topic", topic, "--messages", "20000").succeed().lines();
        assertEquals("20000", consumed.getLast().split(", ")[4], consumed.toString());
    }

    @Test
    void recordsAreDeletedAndLogDirectoriesShown() throws IOException {
        var topic = clients.topic("delete-records", 1);
        VERIFIABLE_PRODUCER.with("--bootstrap-server", address, "--topic", topic, "--max-messages", "10").succeed();
        var request = Files.writeString(Repository.newFolder("delete").resolve("offsets.json"),
                "{\"partitions\":[{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":4}],\"version\":1}");
        var deleted = DELETE_RECORDS.with("--bootstrap-server", address, "--offset-json-file", request.toString()).succeed();
        assertTrue(deleted.out().contains("partition: " + topic + "-0\tlow_watermark: 4"), deleted.out());
        assertEquals(List.of(topic + ":0:4"), GET_OFFSETS.with("--bootstrap-server", address, "--topic", topic, "--time", "-2").succeed().lines());
        var directories = LOG_DIRS.with("--bootstrap-server", address, "--describe", "--topic-list", topic).succeed().out();
        assertTrue(directories.matches("(?s).*\"partition\":\"" + topic + "-0\",\"size\":\\d{3,},\"offsetLag\":0,\"isFuture\":false.*"), directories);
    }

    @Test
    void apiVersionsOfTheBrokerAreUsable() {
        var versions = BROKER_API_VERSIONS.with("--bootstrap-server", address).succeed().out();
        for (var api : List.of("Produce(0): 0 to 13", "Fetch(1): ", "Metadata(3): 0 to ", "CreateTopics(19): ")) {
            assertTrue(versions.contains(api), versions);
        }
        assertTrue(versions.contains("ApiVersions(18): 0 to "), versions);
    }

    private List<String> groups(String... arguments) {
        return CONSUMER_GROUPS.with(words(new String[] {"--bootstrap-server", address}, arguments)).succeed().lines();
    }

    private static String[] words(String[] first, String... rest) {
        var all = new String[first.length + rest.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(rest, 0, all, first.length, rest.length);
        return all;
    }
}
