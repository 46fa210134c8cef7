package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions by clients of other releases, and by Kafka's tool for them. */
class TransactionsIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());

    @ParameterizedTest
    @ValueSource(strings = {"kafka-2.4", "kafka-3.9"})
    void olderClientsCommitAbortAndFence(String release) {
        JavaProgram.of(release, "Transactions", BROKER.bootstrap(), Clients.name("transactions")).succeed();
    }

    /** A listener whose transaction is rolled back gets its records again, and what it had sent is not there. */
    @Test
    void springCopiesWithinTransactions() {
        var name = Clients.name("spring");
        for (var end : List.of("-in", "-out")) {
            try (var admin = clients.admin()) {
                Clients.get(admin.createTopics(List.of(new NewTopic(name + end, 1, (short) 1))).all());
            }
        }
        JavaProgram.of("spring-4.1", "SpringTransactions", BROKER.bootstrap(), name).succeed();
    }

    private static List<String> tool(String... arguments) {
        var all = new java.util.ArrayList<>(List.of("--bootstrap-server", BROKER.bootstrap()));
        all.addAll(List.of(arguments));
        return KafkaTool.TRANSACTIONS.with(all.toArray(new String[0])).succeed().lines();
    }

    @Test
    void theToolListsDescribesFindsAndAborts() throws Exception {
        // Given a transaction that its producer does not end
        var topic = clients.topic("tool", 1);
        try (var producer = clients.producer("transactional.id", topic, "transaction.timeout.ms", 600_000)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "value")).get();
            // Then
            var listed = tool("list").stream().filter(line -> line.startsWith(topic)).toList();
            assertEquals(1, listed.size());
            assertTrue(listed.getFirst().contains("Ongoing"), listed.getFirst());
            var described = tool("describe", "--transactional-id", topic);
            assertTrue(described.getLast().contains("Ongoing") && described.getLast().contains(topic + "-0"), described.toString());
            var producers = tool("describe-producers", "--topic", topic, "--partition", "0");
            assertTrue(producers.getLast().trim().endsWith("0"), producers.toString());
            assertEquals(1, tool("find-hanging", "--topic", topic).size(), "a transaction that its coordinator knows does not hang");
            // When
            tool("abort", "--topic", topic, "--partition", "0", "--start-offset", "0");
            // Then
            producers = tool("describe-producers", "--topic", topic, "--partition", "0");
            assertTrue(producers.getLast().trim().endsWith("None"), producers.toString());
        }
    }
}
