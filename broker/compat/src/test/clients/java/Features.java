import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What clients from 2.4 on have beyond RoundTrip: idempotence, headers, times, cooperative and static group members, administration. */
public class Features {
    private static final Map<String, Object> SETTINGS = new HashMap<>();
    private static String topic;

    public static void main(String[] args) throws Exception {
        SETTINGS.put("bootstrap.servers", args[0]);
        SETTINGS.put("auto.offset.reset", "earliest");
        topic = args[1];
        try (AdminClient admin = AdminClient.create(SETTINGS)) {
            administration(admin);
            idempotence();
            headersAndTimes();
            cooperation();
            staticMembership(admin);
            admin.deleteTopics(Collections.singleton(topic)).all().get();
        }
    }

    private static void administration(AdminClient admin) throws Exception {
        admin.createTopics(Collections.singleton(new NewTopic(topic, 2, (short) 1).configs(Collections.singletonMap("retention.ms", "3600000")))).all().get();
        await("the topic is listed", () -> admin.listTopics().names().get().contains(topic));
        admin.createPartitions(Collections.singletonMap(topic, NewPartitions.increaseTo(4))).all().get();
        await("it has grown", () -> admin.describeTopics(Collections.singleton(topic)).values().get(topic).get().partitions().size() == 4);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        admin.incrementalAlterConfigs(Collections.singletonMap(resource,
            Collections.singleton(new AlterConfigOp(new ConfigEntry("segment.bytes", "2097152"), AlterConfigOp.OpType.SET)))).all().get();
        await("the setting is seen", () -> admin.describeConfigs(Collections.singleton(resource)).all().get().get(resource).get("segment.bytes").value()
            .equals("2097152"));
        check(admin.describeConfigs(Collections.singleton(resource)).all().get().get(resource).get("retention.ms").value().equals("3600000"), "retention.ms");
        check(admin.describeCluster().nodes().get().size() == 1, "nodes");
    }

    private static void idempotence() throws Exception {
        try (KafkaProducer<String, String> producer = producer("enable.idempotence", true)) {
            for (int i = 0; i < 400; i++) {
                producer.send(new ProducerRecord<>(topic, i % 4, null, "value" + i));
            }
        }
        try (KafkaConsumer<String, String> consumer = consumer("group.id", topic + "-idempotent")) {
            consumer.subscribe(Collections.singleton(topic));
            Set<String> values = new HashSet<>();
            await("all is read", () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> check(values.add(record.value()), "a duplicate of " + record.value()));
                return values.size() == 400;
            });
        }
    }

    private static void headersAndTimes() throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        long later = System.currentTimeMillis() + 300_000;
        try (KafkaProducer<String, String> producer = producer()) {
            ProducerRecord<String, String> record = new ProducerRecord<>(topic, 0, later, "k", "with a header");
            record.headers().add("h", new byte[] {1});
            producer.send(record).get();
        }
        try (KafkaConsumer<String, String> consumer = consumer()) {
            long offset = consumer.offsetsForTimes(Collections.singletonMap(partition, later - 100_000)).get(partition).offset();
            check(offset == 100, "offset " + offset);
            consumer.assign(Collections.singleton(partition));
            consumer.seek(partition, offset);
            List<ConsumerRecord<String, String>> records = new ArrayList<>();
            await("it is read", () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
                return !records.isEmpty();
            });
            check(records.get(0).headers().lastHeader("h").value()[0] == 1, "header");
        }
    }

    private static void cooperation() throws Exception {
        String strategy = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
        try (KafkaConsumer<String, String> one = consumer("group.id", topic + "-cooperative", "partition.assignment.strategy", strategy);
             KafkaConsumer<String, String> two = consumer("group.id", topic + "-cooperative", "partition.assignment.strategy", strategy)) {
            one.subscribe(Collections.singleton(topic));
            await("one has all", () -> one.poll(Duration.ofMillis(50)) != null && one.assignment().size() == 4);
            two.subscribe(Collections.singleton(topic));
            await("both have half", () -> one.poll(Duration.ofMillis(50)) != null && two.poll(Duration.ofMillis(50)) != null
                && one.assignment().size() == 2 && two.assignment().size() == 2);
        }
    }

    private static void staticMembership(AdminClient admin) throws Exception {
        String group = topic + "-static";
        for (int i = 0; i < 2; i++) {
            try (KafkaConsumer<String, String> consumer = consumer("group.id", group, "group.instance.id", "one", "enable.auto.commit", false)) {
                consumer.subscribe(Collections.singleton(topic));
                await("it has all", () -> consumer.poll(Duration.ofMillis(50)) != null && consumer.assignment().size() == 4);
                consumer.commitSync(Collections.singletonMap(new TopicPartition(topic, 0), new OffsetAndMetadata(i + 1L, "note")));
                check(admin.describeConsumerGroups(Collections.singleton(group)).all().get().get(group).members().size() == 1, "members");
            }
        }
        check(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(new TopicPartition(topic, 0)).offset() == 2, "offset");
    }

    private static KafkaProducer<String, String> producer(Object... settings) {
        return new KafkaProducer<>(with(settings), new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(Object... settings) {
        return new KafkaConsumer<>(with(settings), new StringDeserializer(), new StringDeserializer());
    }

    private static Map<String, Object> with(Object... settings) {
        Map<String, Object> all = new HashMap<>(SETTINGS);
        for (int i = 0; i < settings.length; i += 2) {
            all.put((String) settings[i], settings[i + 1]);
        }
        return all;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long deadline = System.currentTimeMillis() + 60_000;
        while (!condition.holds()) {
            check(System.currentTimeMillis() < deadline, "waited in vain until " + what);
            Thread.sleep(10);
        }
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException(message);
        }
    }
}
