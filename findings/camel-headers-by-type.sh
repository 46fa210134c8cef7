#!/usr/bin/env bash
# Package: org.apache.camel:camel-kafka and camel-core 4.22.0 (Maven Central), on Apache Kafka 4.4.0
# Behaviour: Camel's Kafka component writes a message's headers by their types: text and booleans as text, an Integer, Long or Double as its 4 or 8 bytes, and one of any other type, as a UUID, an
#   Instant, a BigDecimal or a Short, not at all, without an error. Another consumer cannot tell "5" from four bytes, and Camel's own gets bytes for all of them. One would expect
#   the text of each, or an error.
# Seen: text "5" -> 35; Integer 5 -> 00000005; Long 5 -> 0000000000000005; true -> 74727565; UUID, Instant, BigDecimal, Short: no header
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0 org.apache.camel:camel-kafka:4.22.0 org.apache.camel:camel-core:4.22.0
kafka
java_main << 'JAVA'
import java.math.BigDecimal;
import java.time.*;
import java.util.*;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.*;

class Main {
    public static void main(String[] args) throws Exception {
        Map<String, Object> headers = new LinkedHashMap<>();
        headers.put("text", "5");
        headers.put("integer", 5);
        headers.put("long", 5L);
        headers.put("boolean", true);
        headers.put("uuid", new UUID(1, 2));
        headers.put("instant", Instant.EPOCH);
        headers.put("decimal", new BigDecimal("1.5"));
        headers.put("short", (short) 5);
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            camel.start();
            try (ProducerTemplate template = camel.createProducerTemplate()) {
                template.sendBodyAndHeaders("kafka:t?brokers=" + args[0], "body", headers);
            }
        }
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "auto.offset.reset", "earliest"), new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition("t", 0)));
            ConsumerRecords<String, String> records = ConsumerRecords.empty();
            for (int i = 0; i < 300 && records.isEmpty(); i++) {
                records = consumer.poll(Duration.ofMillis(200));
            }
            for (var record : records) {
                for (String name : headers.keySet()) {
                    Header header = record.headers().lastHeader(name);
                    System.out.println(name + ": " + (header == null ? "none" : HexFormat.of().formatHex(header.value())));
                }
            }
        }
        System.exit(0);
    }
}
JAVA
expect 'text: 35'
expect 'integer: 00000005'
expect 'long: 0000000000000005'
expect 'boolean: 74727565'
for name in uuid instant decimal short; do expect "$name: none"; done
echo "as described"
