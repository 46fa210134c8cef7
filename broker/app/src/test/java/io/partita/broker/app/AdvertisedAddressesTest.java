package io.partita.broker.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.metadata.BrokerImage.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdvertisedAddressesTest {

    private static final Map<String, String> LISTENERS = Map.of("listeners", "PLAIN://:9092,EXTERNAL://:9094", "listener.security.protocol.map",
            "PLAIN:PLAINTEXT,EXTERNAL:PLAINTEXT");

    @TempDir
    Path directory;

    @Test
    void whatTheFileSaysNowIsToldWithTheNodesAddress() throws IOException {
        Path file = Files.writeString(directory.resolve("c-0.properties"),
                "config_ordinal=500\nkafka.node.id=0\nkafka.advertised.listeners=PLAIN://c-0.c-brokers.n.svc:9092,EXTERNAL://${HOST_IP}:30001\n");

        String value = AdvertisedAddresses.value(file, Map.of("HOST_IP", "10.0.0.7", "KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://localhost:9092"));

        assertEquals(List.of(new Endpoint("PLAIN", "c-0.c-brokers.n.svc", 9092), new Endpoint("EXTERNAL", "10.0.0.7", 30_001)),
                AdvertisedAddresses.endpoints(value, LISTENERS));
    }

    @Test
    void aFileThatIsAwayOrSilentChangesNothing() throws IOException {
        assertNull(AdvertisedAddresses.value(directory.resolve("none.properties"), Map.of()));
        assertNull(AdvertisedAddresses.value(Files.writeString(directory.resolve("c-0.properties"), "kafka.node.id=0\n"), Map.of()));
    }

    @Test
    void anAddressThatIsNoneIsRefused() {
        assertThrows(InvalidConfigException.class, () -> AdvertisedAddresses.endpoints("EXTERNAL://:", LISTENERS));
    }
}
