import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads records that another client wrote: Read BOOTSTRAP TOPIC COUNT. Expects keyI and "value I". */
public class Read {
    public static void main(String[] args) {
        int count = Integer.parseInt(args[2]);
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", args[0]);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("group.id", args[1] + "-read");
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        consumer.assign(Collections.singletonList(new TopicPartition(args[1], 0)));
        long deadline = System.currentTimeMillis() + 60_000;
        for (int i = 0; i < count;) {
            if (System.currentTimeMillis() > deadline) {
                throw new IllegalStateException("only " + i + " records within a minute");
            }
            for (ConsumerRecord<String, String> record : consumer.poll(200L)) {
                if (record.offset() != i || !record.key().equals("key" + i) || !record.value().equals("value " + i)) {
                    throw new IllegalStateException("record " + i + " is " + record);
                }
                i++;
            }
        }
        consumer.close();
    }
}
