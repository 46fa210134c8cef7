#!/usr/bin/env bash
# Package: io.cloudevents:cloudevents-kafka and cloudevents-json-jackson 4.0.1, org.apache.kafka:kafka-clients 4.4.0 (Maven Central)
# Behaviour: CloudEventSerializer in structured mode pastes the data of an event whose content type is JSON, or is not given, into its JSON as it is. Where the data are not JSON, as an
#   empty array of bytes or a text without a content type, it writes without an error what no reader can parse, its own deserializer neither: the record is in the topic, and
#   each of its readers gets an exception. In binary mode the same event arrives. One would expect data_base64, which the format has for this, or an exception from send().
# Seen: structured: no data -> event, empty data -> "data":} -> EventDeserializationException, data hello -> EventDeserializationException; binary: all three arrive
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
    static void pass(String label, Map<String, ?> settings, byte[] data) {
        try (CloudEventSerializer serializer = new CloudEventSerializer(); CloudEventDeserializer deserializer = new CloudEventDeserializer()) {
            serializer.configure(settings, false);
            CloudEventBuilder builder = CloudEventBuilder.v1().withId("1").withType("type").withSource(URI.create("/source"));
            CloudEvent event = data == null ? builder.build() : builder.withData(data).build();
            RecordHeaders headers = new RecordHeaders();
            byte[] written = serializer.serialize("t", headers, event);
            try {
                CloudEvent read = deserializer.deserialize("t", headers, written);
                System.out.println(label + " -> " + (read.getData() == null ? "event" : "event with " + new String(read.getData().toBytes())));
            } catch (RuntimeException e) {
                System.out.println(label + " -> " + e.getClass().getSimpleName());
            }
        }
    }

    public static void main(String[] args) {
        Map<String, ?> structured = Map.of(CloudEventSerializer.ENCODING_CONFIG, Encoding.STRUCTURED, CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE);
        pass("structured, no data", structured, null);
        pass("structured, empty data", structured, new byte[0]);
        pass("structured, hello", structured, "hello".getBytes());
        pass("binary, no data", Map.of(), null);
        pass("binary, empty data", Map.of(), new byte[0]);
        pass("binary, hello", Map.of(), "hello".getBytes());
    }
}
JAVA
expect 'structured, no data -> event'
expect 'structured, empty data -> EventDeserializationException'
expect 'structured, hello -> EventDeserializationException'
expect 'binary, hello -> event with hello'
echo "as described"
