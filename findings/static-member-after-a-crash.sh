#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A static member (group.instance.id) is killed, as when its container dies, and started again. With the classic protocol it takes its place over and
#   has its partitions at once. With group.protocol=consumer poll() throws UnreleasedInstanceIdException until the dead process' session has run out (45 s by default):
#   the name that is meant to make restarts cheap keeps this one out. Only a process that closed its consumer may come back at once.
# Seen: classic: assigned, never refused; consumer: refused for the 20 s watched (for 45 s, when watched longer)
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
cat > "$work/Member.java" << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.apache.kafka.common.serialization.*;

class Main {
    static KafkaConsumer<String, String> member(String bootstrap, String protocol) {
        var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", protocol, "group.protocol", protocol,
                "group.instance.id", "one"), new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of("t"));
        return consumer;
    }

    public static void main(String[] args) throws Exception {
        String protocol = args[1];
        if (args[2].equals("first")) {
            var consumer = member(args[0], protocol);
            while (consumer.assignment().isEmpty()) {
                consumer.poll(Duration.ofMillis(100));
            }
            System.out.println("assigned");
            // What SIGKILL does: nothing is closed, and nobody is told.
            Runtime.getRuntime().halt(1);
        }
        long begin = System.nanoTime();
        int refused = 0;
        while (System.nanoTime() - begin < 20_000_000_000L) {
            try (var consumer = member(args[0], protocol)) {
                while (System.nanoTime() - begin < 20_000_000_000L) {
                    consumer.poll(Duration.ofMillis(100));
                    if (!consumer.assignment().isEmpty()) {
                        System.out.println(protocol + ": assigned, refused before " + (refused > 0));
                        return;
                    }
                }
            } catch (UnreleasedInstanceIdException e) {
                refused++;
                Thread.sleep(200);
            }
        }
        System.out.println(protocol + ": not assigned within 20 s, UnreleasedInstanceIdException more than ten times " + (refused > 10));
    }
}
JAVA
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;

class Main {
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
        }
    }
}
JAVA
for protocol in classic consumer; do
  "${bin}java" -cp "$work/lib/*" "$work/Member.java" "$bootstrap" "$protocol" first 2> "$work/err" || :
  "${bin}java" -cp "$work/lib/*" "$work/Member.java" "$bootstrap" "$protocol" second 2> "$work/err" | tee "$work/$protocol"
done
cat "$work/classic" "$work/consumer" > "$work/out"
expect 'classic: assigned, refused before false'
expect 'consumer: not assigned within 20 s, UnreleasedInstanceIdException more than ten times true'
echo "as described"
