import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultAfterRollbackProcessor;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.transaction.KafkaTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.backoff.FixedBackOff;

/**
 * Spring's transactions: SpringTransactions BOOTSTRAP NAME. A listener in a transaction copies records from one topic to another and fails at each seventh when it
 * sees it first; a template commits, and rolls back. Exits with 0 when all is there once.
 */
public class SpringTransactions {
    private static final int RECORDS = 60;

    public static void main(String[] args) throws Exception {
        String input = args[1] + "-in";
        String output = args[1] + "-out";
        Map<String, Object> producing = new HashMap<>(Map.of("bootstrap.servers", args[0], "key.serializer", StringSerializer.class,
            "value.serializer", StringSerializer.class));
        Map<String, Object> consuming = new HashMap<>(Map.of("bootstrap.servers", args[0], "key.deserializer", StringDeserializer.class,
            "value.deserializer", StringDeserializer.class, "auto.offset.reset", "earliest", "isolation.level", "read_committed",
            "enable.auto.commit", false, "max.poll.records", 10));
        DefaultKafkaProducerFactory<String, String> producers = new DefaultKafkaProducerFactory<>(producing);
        producers.setTransactionIdPrefix(args[1] + "-");
        KafkaTemplate<String, String> template = new KafkaTemplate<>(producers);
        KafkaTransactionManager<String, String> manager = new KafkaTransactionManager<>(producers);

        TransactionTemplate transaction = new TransactionTemplate(manager);
        transaction.executeWithoutResult(status -> {
            for (int i = 0; i < RECORDS; i++) {
                template.send(input, Integer.toString(i), "record " + i);
            }
        });
        try {
            transaction.executeWithoutResult(status -> {
                template.send(input, "x", "rolled back");
                throw new IllegalStateException("as the test wants it");
            });
        } catch (IllegalStateException expected) {
            // Nothing of it is there.
        }

        Set<String> failed = ConcurrentHashMap.newKeySet();
        ContainerProperties properties = new ContainerProperties(input);
        properties.setGroupId(args[1]);
        properties.setKafkaAwareTransactionManager(manager);
        properties.setMessageListener((MessageListener<String, String>) record -> {
            template.send(output, record.key(), record.value());
            if (Integer.parseInt(record.key()) % 7 == 3 && failed.add(record.key())) {
                throw new IllegalStateException("fails once: " + record.key());
            }
        });
        KafkaMessageListenerContainer<String, String> container =
            new KafkaMessageListenerContainer<>(new DefaultKafkaConsumerFactory<>(consuming), properties);
        container.setAfterRollbackProcessor(new DefaultAfterRollbackProcessor<>(new FixedBackOff(10, 5)));
        container.start();

        consuming.put("group.id", args[1] + "-check");
        List<String> found = new ArrayList<>();
        try (var consumer = new DefaultKafkaConsumerFactory<String, String>(consuming).createConsumer()) {
            consumer.subscribe(List.of(output));
            long until = System.nanoTime() + 60_000_000_000L;
            while (found.size() < RECORDS && System.nanoTime() < until) {
                for (ConsumerRecord<String, String> record : consumer.poll(java.time.Duration.ofMillis(200))) {
                    found.add(record.value());
                }
            }
        }
        container.stop();
        producers.destroy();
        if (found.size() != RECORDS || new HashSet<>(found).size() != RECORDS || found.contains("rolled back") || failed.isEmpty()) {
            System.out.println("found " + found + ", failed at " + failed);
            System.exit(1);
        }
        System.out.println(Arrays.asList(found.size(), "copied, though it failed at", failed));
        System.exit(0);
    }
}
