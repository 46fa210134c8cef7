package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The consumer protocol (KIP-848) by Kafka's newest Java client, against a broker over sockets. */
class ConsumerGroupIT {

    private static final String GROUP = "readers";
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int POLLS_MAX = 1_000;

    @TempDir
    Path data;

    private Broker broker;
    private Admin admin;
    private final List<KafkaConsumer<String, String>> consumers = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        open("0");
        get(admin.createTopics(List.of(new NewTopic("orders", 6, (short) 1))).all());
    }

    private void open(String port) {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("node.id", "1", "listeners", "PLAINTEXT://127.0.0.1:" + port, "log.dirs",
                data.toString(), "num.network.threads", "2", "group.initial.rebalance.delay.ms", "0", "offsets.topic.num.partitions", "5"))));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    @AfterEach
    void stop() {
        consumers.forEach(KafkaConsumer::close);
        closeBroker();
    }

    private void closeBroker() {
        admin.close(Duration.ofSeconds(1));
        broker.close();
    }

    private static <T> T get(KafkaFuture<T> future) throws Exception {
        return future.get();
    }

    private KafkaConsumer<String, String> consumer(String protocol, Object... more) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", broker.bootstrapServers(), "group.id", GROUP, "group.protocol", protocol,
                "auto.offset.reset", "earliest", "key.deserializer", StringDeserializer.class, "value.deserializer", StringDeserializer.class));
        for (int i = 0; i < more.length; i += 2) {
            settings.put((String) more[i], more[i + 1]);
        }
        var consumer = new KafkaConsumer<String, String>(settings);
        consumers.add(consumer);
        return consumer;
    }

    private KafkaConsumer<String, String> reader(Object... more) {
        KafkaConsumer<String, String> consumer = consumer("consumer", more);
        consumer.subscribe(List.of("orders"));
        return consumer;
    }

    private void close(KafkaConsumer<String, String> consumer) {
        consumers.remove(consumer);
        consumer.close();
    }

    /** Polls all in turn, as applications do, until {@code done}. Returns the values read. */
    @SafeVarargs
    private static List<String> pollUntil(String what, BooleanSupplier done, KafkaConsumer<String, String>... polled) {
        var values = new ArrayList<String>();
        for (int i = 0; i < POLLS_MAX; i++) {
            if (done.getAsBoolean()) {
                return values;
            }
            for (KafkaConsumer<String, String> consumer : polled) {
                consumer.poll(POLL).forEach(record -> values.add(record.value()));
            }
        }
        throw new AssertionError("not after " + POLLS_MAX + " polls: " + what + "; assigned "
                + Arrays.stream(polled).map(KafkaConsumer::assignment).toList());
    }

    @SafeVarargs
    private static BooleanSupplier each(int partitions, KafkaConsumer<String, String>... owners) {
        return () -> Arrays.stream(owners).allMatch(owner -> owner.assignment().size() == partitions);
    }

    private void produce(String topic, int partitions, int count) throws Exception {
        try (var producer = new KafkaProducer<String, String>(Map.of("bootstrap.servers", broker.bootstrapServers(), "key.serializer",
                StringSerializer.class, "value.serializer", StringSerializer.class))) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, i % partitions, null, Integer.toString(i))).get();
            }
        }
    }

    private ConsumerGroupDescription describe() throws Exception {
        return get(admin.describeConsumerGroups(List.of(GROUP)).all()).get(GROUP);
    }

    @Test
    void membersShareAndTakeOverAndReadEachRecordOnce() throws Exception {
        // Given
        var first = reader();
        pollUntil("the first has all", each(6, first), first);
        // When
        var second = reader();
        pollUntil("both have half", each(3, first, second), first, second);
        // Then
        var all = new HashSet<TopicPartition>(first.assignment());
        all.addAll(second.assignment());
        assertEquals(6, all.size());
        produce("orders", 6, 60);
        var read = new ArrayList<String>();
        pollUntil("all is read", () -> {
            first.poll(POLL).forEach(record -> read.add(record.value()));
            second.poll(POLL).forEach(record -> read.add(record.value()));
            return read.size() >= 60;
        });
        assertEquals(60, new HashSet<>(read).size());
        assertEquals(60, read.size());
        // When
        close(second);
        pollUntil("the first has all", each(6, first), first);
        // Then: what the other had committed when it closed is where the first goes on.
        first.commitSync();
        long committed = first.committed(all).values().stream().mapToLong(OffsetAndMetadata::offset).sum();
        assertEquals(60, committed);
    }

    @Test
    void anAdministratorSeesTheGroup() throws Exception {
        // Given
        var first = reader("group.remote.assignor", "range", "client.rack", "a", "client.id", "reader");
        pollUntil("the first has all", each(6, first), first);
        // Then
        ConsumerGroupDescription seen = describe();
        assertEquals(GroupType.CONSUMER, seen.type());
        assertEquals(GroupState.STABLE, seen.groupState());
        assertEquals("range", seen.partitionAssignor());
        var member = seen.members().iterator().next();
        assertEquals(first.assignment(), member.assignment().topicPartitions());
        assertEquals(first.assignment(), member.targetAssignment().orElseThrow().topicPartitions());
        assertEquals("reader", member.clientId());
        GroupListing listed = get(admin.listGroups().all()).stream().filter(group -> group.groupId().equals(GROUP)).findAny().orElseThrow();
        assertEquals(GroupType.CONSUMER, listed.type().orElseThrow());
        assertEquals(GroupState.STABLE, listed.groupState().orElseThrow());
        assertThrows(GroupNotEmptyException.class, () -> unwrapped(admin.deleteConsumerGroups(List.of(GROUP)).all()));
        // When
        close(first);
        // Then
        assertEquals(GroupState.EMPTY, describe().groupState());
        get(admin.alterConsumerGroupOffsets(GROUP, Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(7))).all());
        assertEquals(7, get(admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata()).get(new TopicPartition("orders", 0)).offset());
        get(admin.deleteConsumerGroups(List.of(GROUP)).all());
        assertTrue(get(admin.listGroups().all()).isEmpty());
    }

    @Test
    void aGroupHasSettingsOfItsOwn() throws Exception {
        // Given
        var resource = new ConfigResource(ConfigResource.Type.GROUP, GROUP);
        // When
        set(resource, "consumer.heartbeat.interval.ms", "7000");
        set(resource, "consumer.session.timeout.ms", "50000");
        closeBroker();
        open("0");
        // Then
        Config seen = get(admin.describeConfigs(List.of(resource)).all()).get(resource);
        assertEquals("7000", seen.get("consumer.heartbeat.interval.ms").value());
        assertEquals("50000", seen.get("consumer.session.timeout.ms").value());
        assertEquals(ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG, seen.get("consumer.session.timeout.ms").source());
        assertTrue(get(admin.listConfigResources().all()).contains(resource));
        assertThrows(InvalidConfigurationException.class, () -> set(resource, "consumer.session.timeout.ms", "1000"));
        assertThrows(InvalidConfigurationException.class, () -> set(resource, "consumer.session.timeout", "1000"));
        var plain = new ConfigResource(ConfigResource.Type.GROUP, "another");
        assertEquals("45000", get(admin.describeConfigs(List.of(plain)).all()).get(plain).get("consumer.session.timeout.ms").value());
    }

    private void set(ConfigResource resource, String name, String value) throws Exception {
        try {
            admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)))).all().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void unwrapped(KafkaFuture<?> future) throws Throwable {
        try {
            future.get();
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    @Test
    void aPatternFollowsTopicsThatComeLater() throws Exception {
        // Given
        get(admin.createTopics(List.of(new NewTopic("log-a", 1, (short) 1))).all());
        var first = consumer("consumer");
        first.subscribe(new SubscriptionPattern("log-.*"));
        pollUntil("the topic that is there", each(1, first), first);
        // When
        get(admin.createTopics(List.of(new NewTopic("log-b", 2, (short) 1), new NewTopic("other", 2, (short) 1))).all());
        // Then
        pollUntil("the topic that came", each(3, first), first);
        assertEquals(Set.of(new TopicPartition("log-a", 0), new TopicPartition("log-b", 0), new TopicPartition("log-b", 1)), first.assignment());
        // And a pattern that is none is told by the broker.
        var wrong = consumer("consumer", "group.id", "wrong");
        wrong.subscribe(new SubscriptionPattern("log-("));
        assertThrows(InvalidRegularExpression.class, () -> pollUntil("never", () -> false, wrong));
    }

    @Test
    void aTopicThatTheMembersOwnRequestMakesIsReadFromItsFirstRecord() throws Exception {
        // Given: with latest whatever is written before the assignment would be lost.
        var first = consumer("consumer", "auto.offset.reset", "latest", "metadata.max.age.ms", 1_000);
        first.subscribe(List.of("made-by-asking"));
        pollUntil("the new topic", each(1, first), first);
        first.position(new TopicPartition("made-by-asking", 0));
        // When
        produce("made-by-asking", 1, 3);
        // Then
        var read = new ArrayList<String>();
        pollUntil("all is read", () -> {
            first.poll(POLL).forEach(record -> read.add(record.value()));
            return read.size() == 3;
        });
        assertEquals(List.of("0", "1", "2"), read);
    }

    @Test
    void aStaticMemberComesBackToItsPartitions() throws Exception {
        // Given
        var first = reader("group.instance.id", "one");
        var second = reader("group.instance.id", "two");
        pollUntil("both have half", each(3, first, second), first, second);
        Set<TopicPartition> had = Set.copyOf(second.assignment());
        int epoch = describe().groupEpoch().orElseThrow();
        // When
        close(second);
        var again = reader("group.instance.id", "two");
        pollUntil("it is back", each(3, again), first, again);
        // Then
        assertEquals(had, again.assignment());
        assertEquals(epoch, describe().groupEpoch().orElseThrow());
    }

    @Test
    void membersOfBothProtocolsShareAGroupAndReplaceEachOther() throws Exception {
        for (String assignor : List.of("CooperativeStickyAssignor", "RangeAssignor")) {
            // Given
            String group = "mixed-" + assignor;
            var old = consumer("classic", "group.id", group, "heartbeat.interval.ms", 300, "partition.assignment.strategy",
                    "org.apache.kafka.clients.consumer." + assignor);
            old.subscribe(List.of("orders"));
            pollUntil("the old one has all", each(6, old), old);
            // When
            var young = reader("group.id", group);
            pollUntil("both have half", each(3, old, young), old, young);
            // Then
            var all = new HashSet<TopicPartition>(old.assignment());
            all.addAll(young.assignment());
            assertEquals(6, all.size());
            // It may have to join once more before it may commit, though it has its half.
            pollUntil("the old one commits", () -> commits(old), old, young);
            assertEquals(GroupType.CONSUMER, get(admin.describeConsumerGroups(List.of(group)).all()).get(group).type());
            // When: back, and over again.
            close(young);
            pollUntil("the old one has all", each(6, old), old);
            assertEquals(GroupType.CLASSIC, get(admin.describeConsumerGroups(List.of(group)).all()).get(group).type());
            var next = reader("group.id", group);
            pollUntil("both have half", each(3, old, next), old, next);
            close(old);
            pollUntil("the new one has all", each(6, next), next);
            close(next);
        }
    }

    private static boolean commits(KafkaConsumer<String, String> consumer) {
        if (consumer.assignment().isEmpty()) {
            return false;
        }
        try {
            consumer.commitSync(Map.of(consumer.assignment().iterator().next(), new OffsetAndMetadata(0)));
            return true;
        } catch (RebalanceInProgressException notYet) {
            return false;
        }
    }

    @Test
    void membersOutliveARestartOfTheBroker() throws Exception {
        // Given
        var first = reader();
        var second = reader();
        pollUntil("both have half", each(3, first, second), first, second);
        int port = broker.port();
        Collection<TopicPartition> had = Set.copyOf(first.assignment());
        int epoch = describe().groupEpoch().orElseThrow();
        // When
        closeBroker();
        open(Integer.toString(port));
        produce("orders", 6, 12);
        var read = new ArrayList<String>();
        pollUntil("all is read", () -> {
            first.poll(POLL).forEach(record -> read.add(record.value()));
            second.poll(POLL).forEach(record -> read.add(record.value()));
            return read.size() >= 12;
        });
        // Then
        assertEquals(12, new HashSet<>(read).size());
        assertEquals(had, first.assignment());
        assertEquals(epoch, describe().groupEpoch().orElseThrow());
    }

    @Test
    void anIdleMemberThatDoesNotCommitClosesSoon() {
        // Given
        var first = reader("enable.auto.commit", "false");
        pollUntil("the first has all", each(6, first), first);
        // When: its heartbeat is perhaps held; the answer comes within a second.
        consumers.remove(first);
        first.close(CloseOptions.timeout(Duration.ofSeconds(20)));
        // Then
        var second = reader();
        pollUntil("the other has all at once", each(6, second), second);
    }
}
