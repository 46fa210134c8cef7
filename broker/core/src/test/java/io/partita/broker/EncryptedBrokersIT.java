package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers that know each other by certificates in files, and Kafka's own clients. */
class EncryptedBrokersIT {

    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    Path directory;

    private Path trusted;

    private Path store(int id) {
        return directory.resolve("broker-" + id + ".p12");
    }

    private Map<String, String> settings(int id) {
        return Map.of("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,REPLICATION:SSL",
                "replication.certificate.names", "broker-{node.id}.example",
                "listener.name.replication.ssl.keystore.type", "PKCS12",
                "listener.name.replication.ssl.keystore.location", store(id).toString(),
                "listener.name.replication.ssl.keystore.password", Certificates.PASSWORD,
                "listener.name.replication.ssl.truststore.type", "PEM",
                "listener.name.replication.ssl.truststore.location", trusted.toString());
    }

    private static void send(ReplicatingBrokers brokers, String value) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", brokers.bootstrap()), new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("orders", value)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void recordsAreReplicatedAndKeysRolledOver() throws Exception {
        Certificates authority = new Certificates(directory, "authority");
        trusted = Files.copy(authority.trusted(), directory.resolve("trusted.pem"));
        Path first = authority.keyStore("first", "CN=broker", "EC", "broker-1.example", "broker-2.example", "broker-3.example");
        for (int id = 1; id <= 3; id++) {
            Files.copy(first, store(id));
        }
        try (var brokers = new ReplicatingBrokers(directory, List.of(), this::settings)) {
            brokers.create("orders", 1);
            send(brokers, "one");
            // When another authority takes over: first it is trusted too, then its keys are shown, then it alone is trusted
            Certificates next = new Certificates(directory, "next");
            Files.writeString(trusted, Files.readString(authority.trusted()) + Files.readString(next.trusted()));
            brokers.running().values().forEach(broker -> broker.guards().look());
            Path ofOthers = next.keyStore("others", "CN=broker", "EC", "broker-2.example", "broker-3.example");
            Files.move(next.keyStore("one", "CN=broker-1.example", "EC"), store(1), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(ofOthers, store(2), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(ofOthers, store(3), StandardCopyOption.REPLACE_EXISTING);
            brokers.running().values().forEach(broker -> broker.guards().look());
            Files.copy(next.trusted(), trusted, StandardCopyOption.REPLACE_EXISTING);
            brokers.running().values().forEach(broker -> broker.guards().look());
            // And the keys of another broker change nothing
            Files.copy(store(2), store(1), StandardCopyOption.REPLACE_EXISTING);
            brokers.broker(1).guards().look();
            int leader = brokers.leader("orders", 0);
            int restarted = leader == 2 ? 3 : 2;
            brokers.kill(leader == 1 ? restarted : leader);
            send(brokers, "two");
            brokers.start(leader == 1 ? restarted : leader);
            send(brokers, "three");
            // Then a broker that is started with the keys of another one says so
            brokers.stop(1);
            assertEquals(
                    "The listener between brokers cannot be served: The certificate is for broker, broker-2.example, broker-3.example, and other brokers take this one for broker 1"
                            + " by a certificate for broker-1.example: its CN or one of its DNS names (replication.certificate.names).",
                    assertThrows(BrokerStartException.class, () -> brokers.start(1)).getMessage());
        }
    }

    @Test
    void whoVouchesForBrokersHasToBeSaid() {
        Certificates authority = new Certificates(directory, "authority");
        trusted = authority.trusted();
        authority.keyStore("broker-1", "CN=broker-1.example", "EC");
        assertEquals("The listener between brokers cannot be served: It has to be said who vouches for brokers: set"
                + " listener.name.replication.ssl.truststore.location.",
                assertThrows(BrokerStartException.class,
                        () -> new ReplicatingBrokers(directory, List.of(), id -> {
                            Map<String, String> open = new HashMap<>(settings(id));
                            open.remove("listener.name.replication.ssl.truststore.location");
                            return open;
                        })).getMessage());
    }
}
