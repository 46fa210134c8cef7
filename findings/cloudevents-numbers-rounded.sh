#!/usr/bin/env bash
# Package: io.cloudevents:cloudevents-kafka and cloudevents-json-jackson 4.0.1, org.apache.kafka:kafka-clients 4.4.0 (Maven Central)
# Behaviour: JSON data of an event that CloudEventSerializer writes in structured mode are in the record byte by byte. CloudEventDeserializer takes them apart and writes them anew, by way of
#   a double: an amount of 12345678901234567.89 loses its cents, 1.10 its zero, and a number too large becomes the text "Infinity". A signature over the data, or a sum, no
#   longer fits. In binary mode the same data arrive as they were. One would expect getData().toBytes() to be what was sent in both.
# Seen: structured: {"a":12345678901234567.89,"b":1.10,"c":1e400} -> {"a":1.2345678901234568E16,"b":1.1,"c":"Infinity"}; binary: as sent
. "$(dirname "$0")/lib/java.sh"
libraries io.cloudevents:cloudevents-kafka:4.0.1 io.cloudevents:cloudevents-json-jackson:4.0.1 org.apache.kafka:kafka-clients:4.4.0 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.*;
import java.net.URI;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;

class Main {
    static void pass(String label, Map<String, ?> settings, String data) {
        try (CloudEventSerializer serializer = new CloudEventSerializer(); CloudEventDeserializer deserializer = new CloudEventDeserializer()) {
            serializer.configure(settings, false);
            CloudEvent event = CloudEventBuilder.v1().withId("1").withType("type").withSource(URI.create("/source")).withData("application/json", data.getBytes()).build();
            RecordHeaders headers = new RecordHeaders();
            byte[] written = serializer.serialize("t", headers, event);
            System.out.println(label + ": in the record as sent: " + new String(written).contains(data));
            System.out.println(label + ": " + new String(deserializer.deserialize("t", headers, written).getData().toBytes()));
        }
    }

    public static void main(String[] args) {
        String data = "{\"a\":12345678901234567.89,\"b\":1.10,\"c\":1e400}";
        pass("binary", Map.of(), data);
        pass("structured", Map.of(CloudEventSerializer.ENCODING_CONFIG, Encoding.STRUCTURED, CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE), data);
    }
}
JAVA
expect 'binary: {"a":12345678901234567.89,"b":1.10,"c":1e400}'
expect 'structured: in the record as sent: true'
expect 'structured: {"a":1.2345678901234568E16,"b":1.1,"c":"Infinity"}'
echo "as described"
