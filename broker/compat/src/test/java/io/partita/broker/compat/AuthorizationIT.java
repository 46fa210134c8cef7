package io.partita.broker.compat;

import static io.partita.broker.compat.KafkaTool.ACLS;
import static io.partita.broker.compat.KafkaTool.CONFIGS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Access rules and quotas as Kafka's tools make them, and what clients make of them. Everybody is User:ANONYMOUS here, and may do what he likes with resources that no
 * rule is about; so a rule for somebody else is what keeps him out.
 */
class AuthorizationIT {

    @RegisterExtension
    static final Broker BROKER = Broker.perClass().with("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
            .with("allow.everyone.if.no.acl.found", "true");

    private final String address = BROKER.bootstrap();
    private final Clients clients = new Clients(address);

    private String acls(String... words) {
        var all = new ArrayList<>(List.of("--bootstrap-server", address));
        all.addAll(Arrays.asList(words));
        return ACLS.with(all.toArray(new String[0])).succeed().out();
    }

    private String configs(String... words) {
        var all = new ArrayList<>(List.of("--bootstrap-server", address));
        all.addAll(Arrays.asList(words));
        return CONFIGS.with(all.toArray(new String[0])).succeed().out();
    }

    @Test
    void rulesAreAddedListedAndRemoved() {
        // Given rules by name and by the beginning of names
        var topic = clients.topic("ruled", 1);
        var start = topic.substring(0, 6);
        acls("--add", "--allow-principal", "User:alice", "--operation", "Read", "--operation", "Describe", "--topic", topic);
        acls("--add", "--deny-principal", "User:bob", "--deny-host", "10.0.0.1", "--operation", "All", "--topic", start, "--resource-pattern-type", "prefixed");
        acls("--add", "--allow-principal", "User:alice", "--consumer", "--topic", topic, "--group", "readers");
        // Then they are listed, those that apply by the name of the topic, too
        var listed = acls("--list", "--topic", topic);
        assertTrue(listed.contains("Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=" + topic + ", patternType=LITERAL)`"), listed);
        assertTrue(listed.contains("(principal=User:alice, host=*, operation=READ, permissionType=ALLOW)"), listed);
        assertFalse(listed.contains("User:bob"), listed);
        var matching = acls("--list", "--topic", topic, "--resource-pattern-type", "match");
        assertTrue(matching.contains("(principal=User:bob, host=10.0.0.1, operation=ALL, permissionType=DENY)"), matching);
        assertTrue(acls("--list", "--principal", "User:alice").contains("name=readers"));
        // When they are removed
        acls("--remove", "--force", "--topic", topic, "--resource-pattern-type", "match");
        acls("--remove", "--force", "--allow-principal", "User:alice", "--operation", "Read", "--group", "readers");
        // Then there are none
        assertFalse(acls("--list", "--topic", topic, "--resource-pattern-type", "match").contains("principal="));
        assertFalse(acls("--list", "--group", "readers").contains("principal="));
    }

    @Test
    void whoIsNotAllowedIsToldWhichTopic() throws Exception {
        // Given a topic that is for somebody else
        var topic = clients.topic("others", 1);
        acls("--add", "--allow-principal", "User:alice", "--operation", "All", "--topic", topic);
        // Then its records are neither written nor read, nor is it known of
        try (var producer = clients.producer("max.block.ms", 20_000)) {
            var failed = assertThrows(Exception.class, () -> producer.send(new ProducerRecord<>(topic, "x")).get());
            var cause = failed instanceof ExecutionException ? failed.getCause() : failed;
            assertEquals(Set.of(topic), assertInstanceOf(TopicAuthorizationException.class, cause).unauthorizedTopics());
        }
        try (var consumer = clients.consumer()) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            consumer.seek(new TopicPartition(topic, 0), 0);
            var refused = assertThrows(TopicAuthorizationException.class, () -> {
                while (true) {
                    consumer.poll(Duration.ofMillis(500));
                }
            });
            assertEquals(Set.of(topic), refused.unauthorizedTopics());
        }
        try (var admin = clients.admin()) {
            assertFalse(Clients.get(admin.listTopics().names()).contains(topic));
            assertThrows(TopicAuthorizationException.class, () -> Clients.get(admin.deleteTopics(List.of(topic)).all()));
        }
        // When he is let in by the words of introductions
        acls("--add", "--allow-principal", "User:ANONYMOUS", "--producer", "--topic", topic);
        // Then he writes, and still does not read
        try (var producer = clients.producer(); var consumer = clients.consumer()) {
            assertEquals(0, producer.send(new ProducerRecord<>(topic, "x")).get().offset());
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            consumer.seek(new TopicPartition(topic, 0), 0);
            assertThrows(TopicAuthorizationException.class, () -> {
                while (true) {
                    consumer.poll(Duration.ofMillis(500));
                }
            });
        }
        // and is told what he may do
        try (var admin = clients.admin()) {
            var described = Clients.get(admin.describeTopics(List.of(topic), new org.apache.kafka.clients.admin.DescribeTopicsOptions()
                    .includeAuthorizedOperations(true)).allTopicNames()).get(topic);
            assertEquals(Set.of(AclOperation.CREATE, AclOperation.WRITE, AclOperation.DESCRIBE), described.authorizedOperations());
        }
    }

    @Test
    void groupsAndTransactionalIdsAreForThoseTheyAreFor() {
        var topic = clients.topic("free", 1);
        var group = Clients.name("others-group");
        var transaction = Clients.name("others-transaction");
        acls("--add", "--allow-principal", "User:alice", "--operation", "Read", "--group", group);
        acls("--add", "--allow-principal", "User:alice", "--operation", "Write", "--transactional-id", transaction);
        for (var protocol : List.of("classic", "consumer")) {
            try (var consumer = clients.groupConsumer(group, "group.protocol", protocol)) {
                consumer.subscribe(List.of(topic));
                var refused = assertThrows(GroupAuthorizationException.class, () -> {
                    while (true) {
                        consumer.poll(Duration.ofMillis(500));
                    }
                });
                assertEquals(group, refused.groupId());
            }
        }
        try (KafkaProducer<String, String> producer = clients.producer("transactional.id", transaction)) {
            assertThrows(TransactionalIdAuthorizationException.class, producer::initTransactions);
        }
    }

    @Test
    void quotasOfUsersClientsAndAddressesAreSetDescribedAndDeleted() {
        // Given
        assertEquals("Completed updating config for user alice.\n",
                configs("--alter", "--entity-type", "users", "--entity-name", "alice", "--add-config", "producer_byte_rate=1024,consumer_byte_rate=2048"));
        configs("--alter", "--entity-type", "clients", "--entity-name", "app", "--add-config", "request_percentage=50");
        configs("--alter", "--entity-type", "users", "--entity-name", "alice", "--entity-type", "clients", "--entity-name", "app", "--add-config",
                "controller_mutation_rate=5");
        configs("--alter", "--entity-type", "clients", "--entity-default", "--add-config", "producer_byte_rate=4096");
        configs("--alter", "--entity-type", "ips", "--entity-name", "10.1.2.3", "--add-config", "connection_creation_rate=7");
        // Then
        var user = configs("--describe", "--entity-type", "users", "--entity-name", "alice");
        assertTrue(user.contains("Quota configs for user-principal 'alice' are"), user);
        assertTrue(user.contains("producer_byte_rate=1024.0"), user);
        assertTrue(user.contains("consumer_byte_rate=2048.0"), user);
        assertTrue(configs("--describe", "--entity-type", "clients", "--entity-name", "app").contains("request_percentage=50.0"));
        assertTrue(configs("--describe", "--entity-type", "clients", "--entity-default").contains("producer_byte_rate=4096.0"));
        var pair = configs("--describe", "--entity-type", "users", "--entity-name", "alice", "--entity-type", "clients", "--entity-name", "app");
        assertTrue(pair.contains("Quota configs for user-principal 'alice', client-id 'app' are controller_mutation_rate=5.0"), pair);
        assertTrue(configs("--describe", "--entity-type", "ips").contains("connection_creation_rate=7.0"));
        // When one is deleted
        configs("--alter", "--entity-type", "users", "--entity-name", "alice", "--delete-config", "producer_byte_rate");
        // Then the other is left
        var left = configs("--describe", "--entity-type", "users", "--entity-name", "alice");
        assertTrue(left.contains("consumer_byte_rate=2048.0") && !left.contains("producer_byte_rate"), left);
        for (var words : List.of(List.of("clients", "--entity-default"), List.of("ips", "--entity-name", "10.1.2.3"))) {
            var all = new ArrayList<>(List.of("--alter", "--entity-type"));
            all.addAll(words);
            all.addAll(List.of("--delete-config", words.getFirst().equals("ips") ? "connection_creation_rate" : "producer_byte_rate"));
            configs(all.toArray(new String[0]));
        }
    }
}
