package io.partita.broker.compat;

import static io.partita.broker.compat.KafkaTool.CONFIGS;
import static io.partita.broker.compat.KafkaTool.CONSOLE_CONSUMER;
import static io.partita.broker.compat.KafkaTool.CONSUMER_GROUPS;
import static io.partita.broker.compat.KafkaTool.GROUPS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What Kafka's newest tools show and change of groups of the consumer protocol (KIP-848). */
class ConsumerGroupToolsIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final String address = BROKER.bootstrap();
    private final Clients clients = new Clients(address);

    private List<String> run(KafkaTool tool, String... arguments) {
        var all = new ArrayList<>(List.of("--bootstrap-server", address));
        all.addAll(List.of(arguments));
        return tool.with(all.toArray(String[]::new)).succeed().lines().stream().filter(line -> !line.isBlank()).toList();
    }

    @Test
    void groupsAreListedDescribedResetAndDeleted() throws Exception {
        // Given a group with a member and a lag of two
        var topic = clients.topic("groups", 1);
        var group = Clients.name("groups");
        try (var producer = clients.producer()) {
            for (int i = 0; i < 5; i++) {
                producer.send(new ProducerRecord<>(topic, "v" + i)).get();
            }
        }
        try (var consumer = clients.groupConsumer(group, "group.protocol", "consumer", "enable.auto.commit", false, "max.poll.records", 3, "client.id",
                "reader")) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 3);
            consumer.commitSync();
            // Then
            assertTrue(run(CONSUMER_GROUPS, "--list", "--state").stream().anyMatch(line -> line.matches(group + " +Stable *")));
            assertTrue(run(CONSUMER_GROUPS, "--list", "--type", "consumer").stream().anyMatch(line -> line.matches(group + " +Consumer *")));
            assertFalse(run(CONSUMER_GROUPS, "--list", "--type", "classic").stream().anyMatch(line -> line.contains(group)));
            assertTrue(run(GROUPS, "--list").stream().anyMatch(line -> line.matches(group + " +Consumer +consumer *")));
            var described = run(CONSUMER_GROUPS, "--describe", "--group", group);
            assertTrue(described.get(1).matches(group + " +" + topic + " +0 +3 +5 +2 +\\S+ +/127.0.0.1 +reader *"), described.toString());
            var members = run(CONSUMER_GROUPS, "--describe", "--group", group, "--members", "--verbose");
            assertTrue(members.get(1).contains(topic + ":0"), members.toString());
            var state = run(CONSUMER_GROUPS, "--describe", "--group", group, "--state");
            assertTrue(state.get(1).matches(group + " +" + address + " +\\(\\d+\\) +uniform +Stable +1 *"), state.toString());
            var active = CONSUMER_GROUPS
                    .with("--bootstrap-server", address, "--group", group, "--topic", topic, "--reset-offsets", "--to-earliest", "--execute").run();
            assertTrue((active.out() + active.err()).contains("Assignments can only be reset if the group '" + group + "' is inactive"),
                    active.out() + active.err());
        }
        Await.until("the member has left", () -> run(CONSUMER_GROUPS, "--describe", "--group", group, "--state").get(1).contains(" Empty "));
        // When the offsets are reset
        var reset = run(CONSUMER_GROUPS, "--group", group, "--topic", topic, "--reset-offsets", "--to-offset", "1", "--execute");
        assertTrue(reset.get(1).matches(group + " +" + topic + " +0 +1 *"), reset.toString());
        assertTrue(run(CONSUMER_GROUPS, "--delete-offsets", "--group", group, "--topic", topic).toString().contains("Successful"));
        assertEquals(List.of("Deletion of requested consumer groups ('" + group + "') was successful."), run(CONSUMER_GROUPS, "--delete", "--group", group));
        assertFalse(run(CONSUMER_GROUPS, "--list").contains(group));
    }

    @Test
    void aConsoleConsumerReadsByTheNewProtocol() throws Exception {
        // Given
        var topic = clients.topic("console", 3);
        try (var producer = clients.producer()) {
            for (int i = 0; i < 6; i++) {
                producer.send(new ProducerRecord<>(topic, i % 3, null, "v" + i)).get();
            }
        }
        // Then
        var read = run(CONSOLE_CONSUMER, "--topic", topic, "--from-beginning", "--max-messages", "6", "--consumer-property", "group.protocol=consumer");
        assertEquals(List.of("v0", "v1", "v2", "v3", "v4", "v5"), read.stream().filter(line -> line.startsWith("v")).sorted().toList());
    }

    @Test
    void settingsOfAGroupAreChangedAndDescribed() {
        // Given
        var group = Clients.name("settings");
        // When
        run(CONFIGS, "--alter", "--entity-type", "groups", "--entity-name", group, "--add-config", "consumer.session.timeout.ms=50000");
        // Then
        var described = run(CONFIGS, "--describe", "--entity-type", "groups", "--entity-name", group);
        assertTrue(described.toString().contains("consumer.session.timeout.ms=50000"), described.toString());
        // When
        run(CONFIGS, "--alter", "--entity-type", "groups", "--entity-name", group, "--delete-config", "consumer.session.timeout.ms");
        // Then
        assertFalse(run(CONFIGS, "--describe", "--entity-type", "groups", "--entity-name", group).toString().contains("50000"));
    }
}
