package io.partita.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrokerConfigTest {

    /** What would stay open though somebody has set keys for it. */
    @Test
    void keysBetweenBrokersWithoutEncryptionAreRefused() {
        assertEquals(
                "The setting listener.name.replication.ssl.keystore.location is given, and the listener between brokers does not encrypt: add REPLICATION:SSL to"
                        + " listener.security.protocol.map, or take the setting away.",
                assertThrows(InvalidConfigException.class, () -> BrokerConfig.of(Map.of("listener.name.replication.ssl.keystore.location", "/keys")))
                        .getMessage());
        assertEquals("The listener REPLICATION cannot be SASL_SSL: brokers know each other by their certificates. Write REPLICATION:SSL in"
                + " listener.security.protocol.map.",
                assertThrows(InvalidConfigException.class,
                        () -> BrokerConfig.of(Map.of("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,REPLICATION:SASL_SSL"))).getMessage());
        BrokerConfig encrypted = BrokerConfig.of(Map.of("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,replication:SSL",
                "listener.name.replication.ssl.keystore.location", "/keys"));
        assertEquals("/keys", encrypted.listenerSettings(BrokerSettings.REPLICATION).value("ssl.keystore.location"));
        assertEquals(SecurityProtocol.SSL, encrypted.listenerSettings(BrokerSettings.REPLICATION).protocol());
        assertEquals(SecurityProtocol.PLAINTEXT, BrokerConfig.of(Map.of()).listenerSettings(BrokerSettings.REPLICATION).protocol());
    }

    @Test
    void everyDefaultIsAValueInNormalForm() {
        for (ConfigDefinition definition : BrokerSettings.definitions().all()) {
            if (definition.defaultValue() != null) {
                assertNull(definition.problem(definition.defaultValue()), definition.name());
                assertEquals(definition.canonical(definition.defaultValue()), definition.defaultValue(), definition.name());
            }
            for (ConfigDefinition.Synonym synonym : definition.synonyms()) {
                assertTrue(BrokerSettings.definitions().find(synonym.name()) != null, synonym.name());
            }
        }
    }

    @Test
    void takesTheServerPropertiesOfTheSeeds() {
        // Given the keys of the server.properties that Kafka 2.4 ships
        BrokerConfig config = BrokerConfig.of(Map.ofEntries(
                Map.entry("broker.id", "3"),
                Map.entry("num.network.threads", "3"),
                Map.entry("num.io.threads", "8"),
                Map.entry("socket.send.buffer.bytes", "102400"),
                Map.entry("socket.receive.buffer.bytes", "102400"),
                Map.entry("socket.request.max.bytes", "104857600"),
                Map.entry("log.dirs", "/tmp/kafka-logs"),
                Map.entry("num.partitions", "1"),
                Map.entry("num.recovery.threads.per.data.dir", "1"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("log.retention.hours", "168"),
                Map.entry("log.segment.bytes", "1073741824"),
                Map.entry("log.retention.check.interval.ms", "300000"),
                Map.entry("zookeeper.connect", "localhost:2181"),
                Map.entry("zookeeper.connection.timeout.ms", "6000"),
                Map.entry("group.initial.rebalance.delay.ms", "0")));

        // Then what means something is in force, and what does not is named
        assertEquals(3, config.nodeId());
        assertEquals(List.of("/tmp/kafka-logs"), config.dataDirectories());
        assertEquals(0, config.intValue("group.initial.rebalance.delay.ms"));
        assertEquals(3, config.warnings().size(), config.warnings().toString());
        assertTrue(config.warnings().contains("The setting zookeeper.connect has no effect, because there is no ZooKeeper here."));
    }

    @Test
    void leavesOutTheListenersOfKafkasControllers() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "process.roles", "broker,controller",
                "node.id", "1",
                "listeners", "PLAINTEXT://:9092,CONTROLLER://:9093",
                "advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
                "controller.listener.names", "CONTROLLER",
                "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"));

        assertEquals(List.of(new ListenerConfig("PLAINTEXT", "", 9092)), config.listeners());
        assertEquals(List.of(new ListenerConfig("PLAINTEXT", "localhost", 9092)), config.advertisedListeners());
    }

    @Test
    void namesEveryProblemAtOnce() {
        InvalidConfigException refused = assertThrows(InvalidConfigException.class,
                () -> BrokerConfig.of(Map.of("num.partitions", "0", "log.segment.bytes", "big")));

        assertTrue(refused.getMessage().contains("Invalid value 0 for configuration num.partitions: it must be at least 1."), refused.getMessage());
        assertTrue(refused.getMessage().contains("Invalid value big for configuration log.segment.bytes"), refused.getMessage());
    }

    @Test
    void refusesListenersItCannotServe() {
        refused("listeners", "PLAINTEXT://:9092,SASL_PLAINTEXT://:9093", "no SASL mechanism is enabled");
        refused("listeners", "PLAINTEXT://:9092,SSL://h:9092", "have the same port, 9092");
        refused("advertised.listeners", "PLAINTEXT://0.0.0.0:9092", "no address that one can connect to");
        refused("listener.security.protocol.map", "PLAINTEXT:PLAIN", "There is no security protocol 'PLAIN'");
        refused("listeners", "EXTERNAL://:9092", "has no security protocol");
        refused("listeners", "PLAINTEXT://:9092,PLAINTEXT://:9093", "names the listener PLAINTEXT twice");
        refused("listeners", "localhost:9092", "write NAME://host:port");
        refused("listeners", "PLAINTEXT://:99999", "write NAME://host:port");
        refused("listeners", "", "names no listener");
        refused("advertised.listeners", "OTHER://:1", "which is not in listeners");
        refused("listener.security.protocol.map", "nonsense", "write NAME:PROTOCOL");
    }

    @Test
    void refusesMechanismsItDoesNotHave() {
        refusedMechanism("GSSAPI", "Kerberos is not served");
        refusedMechanism("SCRAM-SHA-512,DIGEST-MD5", "names DIGEST-MD5, which is not served");
        refusedMechanism("OAUTHBEARER", "nothing says whose tokens are good");
    }

    private static void refusedMechanism(String mechanisms, String because) {
        InvalidConfigException refused = assertThrows(InvalidConfigException.class,
                () -> BrokerConfig.of(Map.of("listeners", "SASL_SSL://:9092", "sasl.enabled.mechanisms", mechanisms)));
        assertTrue(refused.getMessage().contains(because), refused.getMessage());
    }

    @Test
    void aListenerHasSettingsOfItsOwn() {
        BrokerConfig config = BrokerConfig.of(Map.of(
                "listeners", "INSIDE://:9092,OUTSIDE://:9093", "listener.security.protocol.map", "INSIDE:SASL_PLAINTEXT,OUTSIDE:SASL_SSL",
                "sasl.enabled.mechanisms", "PLAIN", "connections.max.reauth.ms", "1",
                "listener.name.outside.sasl.enabled.mechanisms", "SCRAM-SHA-256, PLAIN",
                "listener.name.outside.connections.max.reauth.ms", "2",
                "listener.name.outside.scram-sha-256.connections.max.reauth.ms", "3"));
        ListenerSettings inside = config.listenerSettings("INSIDE");
        ListenerSettings outside = config.listenerSettings("OUTSIDE");
        assertEquals(SecurityProtocol.SASL_PLAINTEXT, inside.protocol());
        assertEquals(List.of("PLAIN"), inside.listValue("sasl.enabled.mechanisms"));
        assertEquals(List.of("SCRAM-SHA-256", "PLAIN"), outside.listValue("sasl.enabled.mechanisms"));
        assertEquals("1", inside.value("PLAIN", "connections.max.reauth.ms"));
        assertEquals("2", outside.value("PLAIN", "connections.max.reauth.ms"));
        assertEquals("3", outside.value("SCRAM-SHA-256", "connections.max.reauth.ms"));
        assertTrue(config.warnings().isEmpty(), config.warnings().toString());
    }

    @Test
    void settingsOfListenersThatMeanNothingAreNamed() {
        assertEquals(List.of(
                "The setting listener.name.other.ssl.keystore.type has no effect, because there is no listener OTHER in listeners.",
                "The setting listener.name.plaintext.num.partitions is unknown and has no effect.",
                "The setting listener.name.plaintext.ssl.provider has no effect, because there is one implementation of TLS."),
                BrokerConfig.of(Map.of("listener.name.other.ssl.keystore.type", "PEM", "listener.name.plaintext.num.partitions", "3",
                        "listener.name.plaintext.ssl.provider", "x")).warnings().stream().sorted().toList());
    }

    private static void refused(String name, String value, String because) {
        InvalidConfigException refused = assertThrows(InvalidConfigException.class, () -> BrokerConfig.of(Map.of(name, value)));
        assertTrue(refused.getMessage().contains(because), refused.getMessage());
    }

    @Test
    void readsAddressesOfBothKinds() {
        BrokerConfig config = BrokerConfig.of(Map.of("listeners", "a://[::1]:1, b://127.0.0.1:0", "listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"));
        assertEquals(List.of(new ListenerConfig("A", "::1", 1), new ListenerConfig("B", "127.0.0.1", 0)), config.listeners());
    }

    @Test
    void aMistypedNameIsNamedWithTheLikelyOne() {
        assertEquals(List.of("The setting log.segment.byte is unknown and has no effect. Did you mean log.segment.bytes?"),
                BrokerConfig.of(Map.of("log.segment.byte", "1")).warnings());
    }

    @Test
    void layersOfTheBrokerComeBeforeThoseOfAllAndOfTheStart() {
        BrokerConfig config = BrokerConfig.of(Map.of("message.max.bytes", "1000", "log.retention.ms", "5"))
                .overlaid(Map.of("message.max.bytes", "2000", "log.retention.ms", "6"), Map.of("message.max.bytes", "3000"));
        assertEquals("3000", config.value("message.max.bytes"));
        assertEquals("6", config.value("log.retention.ms"));
        assertEquals("1000", config.overlaid(Map.of(), Map.of()).value("message.max.bytes"));
    }

    @Test
    void nodeIdHasTwoNames() {
        assertEquals(0, BrokerConfig.of(Map.of()).nodeId());
        assertEquals(0, BrokerConfig.of(Map.of("broker.id", "-1")).nodeId());
        assertEquals(7, BrokerConfig.of(Map.of("broker.id", "5", "node.id", "7")).nodeId());
    }
}
