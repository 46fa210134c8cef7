package io.partita.broker.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kafka-python, a client of its own from the protocol up, and confluent-kafka-python, which is librdkafka. Cases are functions of the programs. */
class PythonIT {
    /** Debian's own Python: the packages are installed for it, whatever other Python is first on the path. */
    private static final String PYTHON = "/usr/bin/python3";

    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private static Command python(String program, String module, String packages, String... arguments) {
        if (Command.installed(PYTHON, "python3", List.of("-c", "import " + module)).run().exit() != 0) {
            throw new AssertionError(
                    "Python has no module " + module + ". On Debian: apt-get install " + packages + " (or run .ci/run, which installs all clients)");
        }
        var all = new ArrayList<>(List.of(Repository.testFile("clients/python/" + program).toString(), BROKER.bootstrap()));
        all.addAll(List.of(arguments));
        return Command.installed(PYTHON, packages, all);
    }

    @Test
    void theProducerAndTheConsumerOfAnIntroduction() {
        // Given the consumer, which starts at the end of the topic, with a first value to see that it does
        var packages = "python3-kafka";
        try (var consumer = python("json_consumer.py", "kafka", packages).start()) {
            Await.until("the consumer is ready", () -> {
                python("json_producer.py", "kafka", packages).succeed();
                return consumer.out().contains("hello 9");
            });
            // When the producer runs once more
            var before = consumer.out().lines().count();
            python("json_producer.py", "kafka", packages).succeed();
            // Then its ten values are printed in order
            var expected = IntStream.range(0, 10).mapToObj(i -> "{'key': 'test', 'value': 'hello " + i + "'}").toList();
            Await.until("ten more are printed", () -> consumer.out().lines().toList(),
                    lines -> lines.size() >= before + 10 && lines.subList(lines.size() - 10, lines.size()).equals(expected));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"codec:none", "codec:gzip", "codec:snappy", "codec:lz4", "codec:zstd", "acks:0", "acks:1", "acks:all", "record_fields", "too_large",
        "offsets", "group", "commit", "admin", "groups"})
    void kafkaPython(String name) {
        python("kafka_python.py", "kafka, lz4, snappy, zstandard", "python3-kafka python3-lz4 python3-snappy python3-zstandard", name, Clients.name("kp"))
                .succeed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"codec:none", "codec:gzip", "codec:snappy", "codec:lz4", "codec:zstd", "idempotent", "idempotent_on_a_topic_made_anew",
        "transactions",
        "record_fields", "too_large", "auto_created",
        "offsets", "group:range", "group:roundrobin", "group:cooperative-sticky", "static_member", "admin"})
    void confluentKafkaPython(String name) {
        python("confluent.py", "confluent_kafka", "python3-confluent-kafka", name, Clients.name("ck")).succeed();
    }
}
