package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.ShareFetchRequest;
import io.partita.broker.protocol.message.ShareFetchResponse;
import io.partita.broker.protocol.message.ShareGroupHeartbeatRequest;
import io.partita.broker.protocol.message.ShareGroupHeartbeatResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Share groups with the newest Java client. */
class ShareGroupIT {

    private static Broker broker;
    private static Admin admin;
    private static KafkaProducer<String, String> producer;
    private static int names;

    private final String topic = "jobs-" + ++names;
    private final String group = "workers-" + names;

    @BeforeAll
    static void start() {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/share",
                "group.share.min.record.lock.duration.ms", "1000", "group.share.record.lock.duration.ms", "1000")))
                .withDisk(new MemoryDisk()));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        producer = new KafkaProducer<>(Map.of("bootstrap.servers", broker.bootstrapServers()), new StringSerializer(), new StringSerializer());
    }

    @AfterAll
    static void stop() {
        producer.close();
        admin.close();
        broker.close();
    }

    private static void create(String name, int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
    }

    private void set(String... settings) throws Exception {
        List<AlterConfigOp> ops = new ArrayList<>();
        for (int i = 0; i < settings.length; i += 2) {
            ops.add(new AlterConfigOp(new ConfigEntry(settings[i], settings[i + 1]), AlterConfigOp.OpType.SET));
        }
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), ops)).all().get();
    }

    private void send(String... values) throws Exception {
        for (String value : values) {
            producer.send(new ProducerRecord<>(topic, null, value)).get(30, TimeUnit.SECONDS);
        }
    }

    private KafkaShareConsumer<String, String> consumer(Object... overrides) {
        Map<String, Object> settings = new TreeMap<>(Map.of("bootstrap.servers", broker.bootstrapServers(), "group.id", group,
                "share.acknowledgement.mode", "explicit"));
        for (int i = 0; i < overrides.length; i += 2) {
            settings.put((String) overrides[i], overrides[i + 1]);
        }
        KafkaShareConsumer<String, String> made = new KafkaShareConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        made.subscribe(List.of(topic));
        return made;
    }

    private static void until(BooleanSupplier condition, String what) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, what);
        }
    }

    /** Polls until records come. */
    private static List<ConsumerRecord<String, String>> poll(KafkaShareConsumer<String, String> consumer) {
        List<ConsumerRecord<String, String>> polled = new ArrayList<>();
        until(() -> {
            consumer.poll(Duration.ofMillis(100)).forEach(polled::add);
            return !polled.isEmpty();
        }, "nothing came");
        return polled;
    }

    private static List<String> values(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    private static void acknowledge(KafkaShareConsumer<String, String> consumer, List<ConsumerRecord<String, String>> records, AcknowledgeType type) {
        records.forEach(record -> consumer.acknowledge(record, type));
        consumer.commitSync(Duration.ofSeconds(30)).forEach((partition, error) -> assertTrue(error.isEmpty(), () -> partition + ": " + error.get()));
    }

    private int assigned() {
        try {
            return admin.describeShareGroups(List.of(group)).all().get().get(group).members().stream()
                    .mapToInt(member -> member.assignment().topicPartitions().size())
                    .sum();
        } catch (InterruptedException | ExecutionException e) {
            return 0;
        }
    }

    private SharePartitionOffsetInfo offset(int partition) throws Exception {
        return admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(group).get()
                .get(new TopicPartition(topic, partition));
    }

    @Test
    void whatIsAcknowledgedAfterAMemberHasItsPartitionsIsNeverSkipped() throws Exception {
        create(topic, 2);
        send("before");
        try (KafkaShareConsumer<String, String> consumer = consumer()) {
            until(() -> {
                consumer.poll(Duration.ofMillis(50));
                return assigned() == 2;
            }, "no partitions");
            send("a", "b", "c");
            var seen = new TreeSet<String>();
            until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    seen.add(record.value());
                    consumer.acknowledge(record);
                });
                return seen.size() >= 3;
            }, "records are missing");
            assertEquals(List.of("a", "b", "c"), List.copyOf(seen));
        }
    }

    @Test
    void recordsAreGivenAgainUntilTheyAreGivenUpAndTheStartOffsetIsTrue() throws Exception {
        create(topic, 1);
        set("share.auto.offset.reset", "earliest", "share.delivery.count.limit", "2");
        send("a", "b", "c");
        try (KafkaShareConsumer<String, String> consumer = consumer()) {
            List<ConsumerRecord<String, String>> first = poll(consumer);
            assertEquals("a", first.getFirst().value());
            assertEquals((short) 1, first.getFirst().deliveryCount().orElseThrow());
            first.forEach(record -> consumer.acknowledge(record, record.value().equals("a") ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT));
            consumer.commitSync(Duration.ofSeconds(30));
            until(() -> {
                List<ConsumerRecord<String, String>> polled = new ArrayList<>();
                consumer.poll(Duration.ofMillis(100)).forEach(polled::add);
                polled.forEach(record -> assertEquals(record.value().equals("a") ? 2 : 1, record.deliveryCount().orElseThrow().intValue()));
                polled.forEach(record -> consumer.acknowledge(record, record.value().equals("a") ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT));
                consumer.commitSync(Duration.ofSeconds(30));
                return polled.stream().anyMatch(record -> record.value().equals("a"));
            }, "a was not given again");
            send("d");
            until(() -> {
                List<ConsumerRecord<String, String>> polled = new ArrayList<>();
                consumer.poll(Duration.ofMillis(100)).forEach(polled::add);
                assertTrue(polled.stream().noneMatch(record -> record.value().equals("a")));
                acknowledge(consumer, polled, AcknowledgeType.ACCEPT);
                return polled.stream().anyMatch(record -> record.value().equals("d"));
            }, "d did not come");
            until(() -> {
                List<ConsumerRecord<String, String>> polled = new ArrayList<>();
                consumer.poll(Duration.ofMillis(100)).forEach(polled::add);
                acknowledge(consumer, polled, AcknowledgeType.ACCEPT);
                try {
                    return offset(0).startOffset() == 4 && offset(0).lag().orElseThrow() == 0;
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }, "the start offset is not true");
        }
    }

    @Test
    void aLockRunsOutAndIsRenewed() throws Exception {
        create(topic, 1);
        set("share.auto.offset.reset", "earliest");
        send("a");
        try (KafkaShareConsumer<String, String> slow = consumer(); KafkaShareConsumer<String, String> other = consumer()) {
            ConsumerRecord<String, String> record = poll(slow).getFirst();
            ConsumerRecord<String, String> again = poll(other).getFirst();
            assertEquals(record.offset(), again.offset());
            assertEquals((short) 2, again.deliveryCount().orElseThrow());
            slow.acknowledge(record);
            slow.commitSync(Duration.ofSeconds(30)).forEach((partition, error) -> assertTrue(error.isPresent(), "accepted twice"));
            acknowledge(other, List.of(again), AcknowledgeType.ACCEPT);
        }
    }

    @Test
    void whoClosesGivesBackAtOnceWithoutItCounting() throws Exception {
        create(topic, 1);
        set("share.auto.offset.reset", "earliest", "share.record.lock.duration.ms", "60000");
        send("a");
        KafkaShareConsumer<String, String> first = consumer();
        poll(first);
        first.close();
        try (KafkaShareConsumer<String, String> second = consumer()) {
            ConsumerRecord<String, String> record = poll(second).getFirst();
            assertEquals("a", record.value());
            acknowledge(second, List.of(record), AcknowledgeType.ACCEPT);
        }
    }

    /** A process that is killed says nothing; its connection does. */
    @Test
    void whoVanishesGivesBackAtOnce() throws Exception {
        create(topic, 1);
        set("share.auto.offset.reset", "earliest", "share.record.lock.duration.ms", "60000");
        send("a");
        try (RawClient vanishing = new RawClient(broker.port())) {
            var heartbeat = new ShareGroupHeartbeatRequest();
            heartbeat.groupId = group;
            heartbeat.memberId = "vanishing";
            heartbeat.subscribedTopicNames = List.of(topic);
            until(() -> {
                try {
                    var joined = new ShareGroupHeartbeatResponse();
                    vanishing.call(ApiKey.SHARE_GROUP_HEARTBEAT, 1, heartbeat, joined);
                    return joined.assignment != null && !joined.assignment.topicPartitions.isEmpty();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }, "no partitions");
            var partition = new ShareFetchRequest.FetchPartition();
            var asked = new ShareFetchRequest.FetchTopic();
            asked.topicId = broker.image().topic(topic).id();
            asked.partitions.add(partition);
            var fetch = new ShareFetchRequest();
            fetch.groupId = group;
            fetch.memberId = "vanishing";
            fetch.maxRecords = 10;
            fetch.maxWaitMs = 10_000;
            fetch.topics.add(asked);
            var fetched = new ShareFetchResponse();
            vanishing.call(ApiKey.SHARE_FETCH, 2, fetch, fetched);
            assertEquals(1, fetched.responses.getFirst().partitions.getFirst().acquiredRecords.size());
        }
        try (KafkaShareConsumer<String, String> second = consumer()) {
            ConsumerRecord<String, String> record = poll(second).getFirst();
            assertEquals("a", record.value());
            assertEquals((short) 1, record.deliveryCount().orElseThrow());
            acknowledge(second, List.of(record), AcknowledgeType.ACCEPT);
        }
    }

    @Test
    void asManyRecordsAsAskedForAndNoMore() throws Exception {
        create(topic, 1);
        set("share.auto.offset.reset", "earliest");
        for (int i = 0; i < 1_000; i++) {
            producer.send(new ProducerRecord<>(topic, "value " + i));
        }
        producer.flush();
        try (KafkaShareConsumer<String, String> strict = consumer("max.poll.records", 10, "share.acquire.mode", "record_limit")) {
            List<ConsumerRecord<String, String>> records = poll(strict);
            assertTrue(records.size() <= 10, () -> records.size() + " records");
            acknowledge(strict, records, AcknowledgeType.ACCEPT);
        }
    }

    @Test
    void aTopicThatIsMadeAgainAndOneThatGrowsAreReadFromTheirBeginning() throws Exception {
        create(topic, 1);
        try (KafkaShareConsumer<String, String> consumer = consumer("share.acknowledgement.mode", "implicit", "metadata.max.age.ms", 500)) {
            until(() -> {
                consumer.poll(Duration.ofMillis(50));
                return assigned() == 1;
            }, "no partitions");
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get();
            producer.partitionsFor(topic);
            admin.deleteTopics(List.of(topic)).all().get();
            try {
                create(topic, 1);
            } catch (ExecutionException made) {
                assertInstanceOf(TopicExistsException.class, made.getCause(), "a client that looked for it meanwhile has made it");
            }
            try (KafkaProducer<String, String> fresh = new KafkaProducer<>(Map.of("bootstrap.servers", broker.bootstrapServers()), new StringSerializer(),
                    new StringSerializer())) {
                fresh.send(new ProducerRecord<>(topic, "first")).get(30, TimeUnit.SECONDS);
            }
            assertEquals(List.of("first"), values(poll(consumer)));
        }
    }

    @Test
    void onlyCommittedRecordsAreGivenToWhoWantsThat() throws Exception {
        create(topic, 1);
        set("share.auto.offset.reset", "earliest", "share.isolation.level", "read_committed");
        try (KafkaProducer<String, String> transactional = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", group), new StringSerializer(), new StringSerializer());
                KafkaShareConsumer<String, String> consumer = consumer("share.acknowledgement.mode", "implicit")) {
            transactional.initTransactions();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>(topic, "aborted"));
            transactional.flush();
            transactional.abortTransaction();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>(topic, "committed"));
            transactional.commitTransaction();
            send("plain");
            var seen = new ArrayList<String>();
            until(() -> {
                seen.addAll(values(poll(consumer)));
                return seen.size() >= 2;
            }, "records are missing");
            assertEquals(List.of("committed", "plain"), seen);
        }
    }

    @Test
    void offsetsAreShownChangedAndForgottenByAdministrators() throws Exception {
        create(topic, 1);
        set("share.auto.offset.reset", "earliest");
        send("a", "b", "c");
        var partition = new TopicPartition(topic, 0);
        try (KafkaShareConsumer<String, String> consumer = consumer()) {
            acknowledge(consumer, poll(consumer), AcknowledgeType.ACCEPT);
            assertEquals(GroupState.STABLE, admin.describeShareGroups(List.of(group)).all().get().get(group).groupState());
            ExecutionException refused = assertThrows(ExecutionException.class,
                    () -> admin.alterShareGroupOffsets(group, Map.of(partition, 1L)).all().get());
            assertTrue(refused.getCause() instanceof GroupNotEmptyException, () -> "" + refused.getCause());
        }
        admin.alterShareGroupOffsets(group, Map.of(partition, 1L)).all().get();
        assertEquals(1, offset(0).startOffset());
        assertEquals(2, offset(0).lag().orElseThrow());
        try (KafkaShareConsumer<String, String> consumer = consumer("share.acknowledgement.mode", "implicit")) {
            assertEquals("b", poll(consumer).getFirst().value());
        }
        assertTrue(admin.listGroups(ListGroupsOptions.forShareGroups()).all().get().stream()
                .anyMatch(listed -> listed.groupId().equals(group) && listed.type().orElseThrow() == GroupType.SHARE));
        admin.deleteShareGroupOffsets(group, Set.of(topic)).all().get();
        assertEquals(Map.of(), admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(group).get());
        admin.deleteShareGroups(List.of(group)).all().get();
        assertTrue(admin.listGroups(ListGroupsOptions.forShareGroups()).all().get().stream().noneMatch(listed -> listed.groupId().equals(group)));
    }

    @Test
    void whatIsGivenUpIsInTheDeadLetterTopicWithTheReason() throws Exception {
        create(topic, 1);
        String letters = "dlq." + topic;
        admin.createTopics(List.of(new NewTopic(letters, 1, (short) 1).configs(Map.of("errors.deadletterqueue.group.enable", "true")))).all().get();
        set("share.auto.offset.reset", "earliest", "errors.deadletterqueue.topic.name", letters, "errors.deadletterqueue.copy.record.enable", "true");
        send("bad", "good");
        try (KafkaShareConsumer<String, String> consumer = consumer()) {
            int[] count = {0};
            until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    count[0]++;
                    consumer.acknowledge(record, record.value().equals("bad") ? AcknowledgeType.REJECT : AcknowledgeType.ACCEPT);
                });
                consumer.commitSync(Duration.ofSeconds(30));
                return count[0] == 2;
            }, "records are missing");
        }
        try (KafkaConsumer<String, String> reader = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "auto.offset.reset", "earliest"), new StringDeserializer(), new StringDeserializer())) {
            reader.assign(List.of(new TopicPartition(letters, 0)));
            List<ConsumerRecord<String, String>> read = new ArrayList<>();
            until(() -> {
                reader.poll(Duration.ofMillis(100)).forEach(read::add);
                return !read.isEmpty();
            }, "no letter came");
            assertEquals("bad", read.getFirst().value());
            Map<String, String> headers = new TreeMap<>();
            read.getFirst().headers().forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
            assertEquals(topic, headers.get("__dlq.errors.topic"));
            assertEquals("0", headers.get("__dlq.errors.partition"));
            assertEquals("0", headers.get("__dlq.errors.offset"));
            assertEquals(group, headers.get("__dlq.errors.group"));
            assertEquals("1", headers.get("__dlq.errors.delivery.count"));
            assertTrue(headers.get("__dlq.errors.message").contains("rejected"));
        }
        until(() -> {
            try {
                return offset(0).startOffset() == 2;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }, "the group does not go on");
    }

    @Test
    void recordsPastTheTimeOfTheirHeaderAreNotGivenOut() throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(Map.of("queue.expiry.enable", "true")))).all().get();
        set("share.auto.offset.reset", "earliest");
        var past = new ProducerRecord<String, String>(topic, "past");
        past.headers().add("partita.expire.at", "1000".getBytes(StandardCharsets.UTF_8));
        var later = new ProducerRecord<String, String>(topic, "later");
        later.headers().add("partita.expire.after", "3600000".getBytes(StandardCharsets.UTF_8));
        producer.send(past).get(30, TimeUnit.SECONDS);
        producer.send(later).get(30, TimeUnit.SECONDS);
        try (var consumer = consumer()) {
            List<ConsumerRecord<String, String>> polled = poll(consumer);
            assertEquals(List.of("later"), values(polled));
            acknowledge(consumer, polled, AcknowledgeType.ACCEPT);
        }
        assertEquals(2, offset(0).startOffset());
    }

    @Test
    void recordsOfAHigherClassComeFirst() throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(Map.of("queue.priority.enable", "true")))).all().get();
        set("share.auto.offset.reset", "earliest");
        send("usual", "as usual");
        for (String priority : List.of("0", "9", "7")) {
            var record = new ProducerRecord<String, String>(topic, priority);
            record.headers().add("partita.priority", priority.getBytes(StandardCharsets.UTF_8));
            producer.send(record).get(30, TimeUnit.SECONDS);
        }
        List<String> seen = new ArrayList<>();
        try (var consumer = consumer("max.poll.records", 1, "share.acquire.mode", "record_limit")) {
            while (seen.size() < 5) {
                List<ConsumerRecord<String, String>> polled = poll(consumer);
                seen.addAll(values(polled));
                acknowledge(consumer, polled, AcknowledgeType.ACCEPT);
            }
        }
        assertEquals(List.of("9", "7", "usual", "as usual", "0"), seen);
        assertEquals(5, offset(0).startOffset());
    }

    @Test
    void delayedRecordsComeToConsumersAndShareConsumersWhenTheyAreDue() throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(Map.of("queue.delay.enable", "true")))).all().get();
        set("share.auto.offset.reset", "earliest");
        long before = System.currentTimeMillis();
        var delayed = new ProducerRecord<>(topic, "key", "delayed");
        delayed.headers().add("partita.deliver.after", "1000".getBytes(StandardCharsets.UTF_8));
        var cancelled = new ProducerRecord<>(topic, "other", "cancelled");
        cancelled.headers().add("partita.deliver.after", "3600000".getBytes(StandardCharsets.UTF_8));
        var cancels = new ProducerRecord<String, String>(topic, "other", null);
        cancels.headers().add("partita.deliver.cancel", "1".getBytes(StandardCharsets.UTF_8));
        assertEquals(0, producer.send(delayed).get(30, TimeUnit.SECONDS).offset());
        producer.send(cancelled).get(30, TimeUnit.SECONDS);
        producer.send(cancels).get(30, TimeUnit.SECONDS);
        send("now");
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_committed"),
                new StringDeserializer(), new StringDeserializer());
                var share = consumer()) {
            var partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, String>> seen = new ArrayList<>();
            until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(seen::add);
                return seen.size() >= 2;
            }, "nothing came");
            assertEquals(Set.of("now", "delayed"), Set.copyOf(values(seen)));
            var late = seen.stream().filter(record -> record.value().equals("delayed")).findFirst().orElseThrow();
            assertEquals("key", late.key());
            assertTrue(late.timestamp() >= before + 1_000);
            assertEquals("0", new String(late.headers().lastHeader("partita.delayed.offset").value(), StandardCharsets.UTF_8));
            assertEquals(0, broker.partitions().find(topic, 0).delayedCount());
            Set<String> shared = new TreeSet<>();
            until(() -> {
                List<ConsumerRecord<String, String>> polled = poll(share);
                shared.addAll(values(polled));
                acknowledge(share, polled, AcknowledgeType.ACCEPT);
                return shared.size() >= 2;
            }, "nothing came");
            assertEquals(Set.of("now", "delayed"), shared);
        }
    }
}
