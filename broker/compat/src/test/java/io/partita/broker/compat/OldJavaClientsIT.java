package io.partita.broker.compat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Java clients of other releases, each in a JVM of its own: 0.9 asks for no versions and writes message sets of format 0, 0.10 of format 1. */
class OldJavaClientsIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());

    @ParameterizedTest
    @MethodSource("releasesAndCodecs")
    void recordsAreWrittenReadAndCommitted(String release, String codec) {
        JavaProgram.of(release, "RoundTrip", BROKER.bootstrap(), clients.topic("round-trip", 1), codec).succeed();
    }

    static List<Arguments> releasesAndCodecs() {
        // Kafka 4 has done away with what clients before 2.1 speak
        var releases = BROKER.isKafka() ? List.of("kafka-2.4", "kafka-3.9") : List.of("kafka-0.9", "kafka-0.10", "kafka-2.4", "kafka-3.9");
        var cases = new ArrayList<Arguments>();
        for (var release : releases) {
            for (var codec : release.startsWith("kafka-0") ? List.of("none", "gzip", "snappy", "lz4") : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
                cases.add(Arguments.of(release, codec));
            }
        }
        return cases;
    }

    @ParameterizedTest
    @ValueSource(strings = {"kafka-2.4", "kafka-3.9"})
    void idempotenceHeadersTimesGroupsAndAdministration(String release) {
        JavaProgram.of(release, "Features", BROKER.bootstrap(), Clients.name("features")).succeed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void oldClientsReadWhatTheNewestWrote(String codec) {
        // Given records of the newest format with headers, compressed in every way, and an old reader
        var topic = clients.topic("down-converted", 1);
        try (var producer = clients.producer("compression.type", codec, "linger.ms", 20)) {
            for (int i = 0; i < 200; i++) {
                var record = new ProducerRecord<>(topic, "key" + i, "value " + i);
                record.headers().add("h", new byte[] {1});
                producer.send(record);
            }
        }
        // Then clients of both old formats read them; Kafka 4 has done away with these
        for (var release : BROKER.isKafka() ? List.of("kafka-2.4") : List.of("kafka-0.9", "kafka-0.10")) {
            JavaProgram.of(release, "Read", BROKER.bootstrap(), topic, "200").succeed();
        }
    }
}
