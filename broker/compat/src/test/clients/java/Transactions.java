import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Transactions by the protocol of clients before 4.0, as they are used since 2.4. */
public class Transactions {
    private static final Map<String, Object> SETTINGS = new HashMap<>();
    private static String topic;

    public static void main(String[] args) throws Exception {
        SETTINGS.put("bootstrap.servers", args[0]);
        topic = args[1];
        try (AdminClient admin = AdminClient.create(SETTINGS)) {
            admin.createTopics(Arrays.asList(new NewTopic(topic, 2, (short) 1), new NewTopic(topic + "-out", 2, (short) 1))).all().get();
            await("the topics are listed", () -> admin.listTopics().names().get().containsAll(Arrays.asList(topic, topic + "-out")));
        }
        commitsAndAborts();
        offsets();
        fencing();
    }

    private static void commitsAndAborts() throws Exception {
        List<String> expected = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer("one")) {
            producer.initTransactions();
            for (int i = 0; i < 20; i++) {
                producer.beginTransaction();
                for (int j = 0; j < 5; j++) {
                    producer.send(new ProducerRecord<>(topic, j % 2, null, i + "/" + j));
                }
                if (i % 3 == 2) {
                    producer.flush();
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                    expected.addAll(Arrays.asList(i + "/0", i + "/2", i + "/4"));
                }
            }
        }
        List<String> read = read(topic, 0, expected.size());
        check(read.equals(expected), "read " + read);
    }

    private static void offsets() throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = producer("two"); KafkaConsumer<String, String> consumer = consumer("group.id", topic + "-group")) {
            producer.initTransactions();
            for (int i = 0; i < 4; i++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic + "-out", 0, null, "value " + i));
                producer.sendOffsetsToTransaction(Collections.singletonMap(partition, new OffsetAndMetadata(10 + i)), topic + "-group");
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
                long committed = i - i % 2 + 10L;
                consumer.assign(Collections.singleton(partition));
                OffsetAndMetadata found = consumer.committed(Collections.singleton(partition)).get(partition);
                check(found.offset() == committed, "committed " + found + " after " + i);
            }
        }
        check(read(topic + "-out", 0, 2).equals(Arrays.asList("value 0", "value 2")), "the output");
    }

    private static void fencing() throws Exception {
        try (KafkaProducer<String, String> first = producer("three"); KafkaProducer<String, String> second = producer("three")) {
            first.initTransactions();
            first.beginTransaction();
            first.send(new ProducerRecord<>(topic + "-out", 1, null, "of the first")).get();
            second.initTransactions();
            second.beginTransaction();
            second.send(new ProducerRecord<>(topic + "-out", 1, null, "of the second"));
            second.commitTransaction();
            try {
                first.send(new ProducerRecord<>(topic + "-out", 1, null, "late")).get();
                first.commitTransaction();
                check(false, "a fenced producer commits");
            } catch (ExecutionException | KafkaException e) {
                Throwable told = e instanceof ExecutionException ? e.getCause() : e;
                check(told.getClass().getSimpleName().matches("ProducerFencedException|InvalidProducerEpochException|KafkaException"), "told " + told);
            }
        }
        check(read(topic + "-out", 1, 1).equals(Collections.singletonList("of the second")), "the fenced one's records");
    }

    /** What a consumer of committed records finds, to the end of the partition. */
    private static List<String> read(String from, int partition, int count) throws Exception {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer()) {
            TopicPartition assigned = new TopicPartition(from, partition);
            consumer.assign(Collections.singleton(assigned));
            consumer.seekToBeginning(Collections.singleton(assigned));
            long end = consumer.endOffsets(Collections.singleton(assigned)).get(assigned);
            await(count + " records are read", () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
                return values.size() >= count && consumer.position(assigned) >= end;
            });
        }
        return values;
    }

    private static KafkaProducer<String, String> producer(String id) {
        return new KafkaProducer<>(with("transactional.id", topic + "-" + id), new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(Object... settings) {
        Map<String, Object> all = with(settings);
        all.put("isolation.level", "read_committed");
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
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
