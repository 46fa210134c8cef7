import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes records with a codec and reads them as a group, twice: RoundTrip BOOTSTRAP TOPIC CODEC. Uses only what clients from 0.9 to 3.9 have in
 * common.
 */
public class RoundTrip {
    private static final int COUNT = 500;

    public static void main(String[] args) throws Exception {
        String topic = args[1];
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", args[0]);
        settings.put("compression.type", args[2]);
        settings.put("linger.ms", 20);
        settings.put("acks", "all");
        settings.put("group.id", topic);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        for (int round = 0; round < 2; round++) {
            Future<RecordMetadata> last = null;
            for (int i = 0; i < COUNT; i++) {
                last = producer.send(new ProducerRecord<String, String>(topic, i % 10 == 0 ? null : "key" + i, i % 10 == 1 ? null : value(i)));
            }
            check(last.get().offset() == (round + 1) * COUNT - 1, "acknowledged " + last.get().offset());
            // The second round goes on where the first one committed.
            KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
            consumer.subscribe(Collections.singletonList(topic));
            long deadline = System.currentTimeMillis() + 60_000;
            for (int i = 0; i < COUNT;) {
                check(System.currentTimeMillis() < deadline, "only " + i + " records within a minute");
                for (ConsumerRecord<String, String> record : consumer.poll(200L)) {
                    check(record.offset() == round * COUNT + i, "offset " + record.offset() + " for record " + i);
                    check(i % 10 == 0 ? record.key() == null : record.key().equals("key" + i), "key " + record.key());
                    check(i % 10 == 1 ? record.value() == null : record.value().equals(value(i)), "value " + record.value());
                    i++;
                }
            }
            consumer.commitSync();
            check(consumer.committed(new TopicPartition(topic, 0)).offset() == (round + 1) * COUNT, "committed");
            consumer.close();
        }
        producer.close();
    }

    private static String value(int i) {
        return "value " + i + " of a text that compresses well";
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException(message);
        }
    }
}
