package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.config.BrokerConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpenListenersTest {

    private static List<String> warnings(String... settings) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return OpenListeners.warnings(BrokerConfig.of(all));
    }

    @Test
    void whatOnlyThisMachineReachesIsNotSaid() {
        assertEquals(List.of(), warnings("listeners", "PLAINTEXT://localhost:9092,B://127.0.0.2:1,C://[::1]:2", "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,B:SSL,C:PLAINTEXT"));
    }

    @Test
    void whatOthersReachIsSaidByWhatItLacks() {
        assertEquals(List.of(
                "The listener PLAINTEXT is open on every address of this machine, port 9092: whoever reaches it is served without being asked who he is,"
                        + " and nothing is encrypted (docs/SECURITY.md)."),
                warnings("listeners", "PLAINTEXT://:9092"));
        assertEquals(List.of(
                "The listener SSL is open on 192.0.2.1, port 1: whoever reaches it is served without being asked who he is (docs/SECURITY.md).",
                "The listener SASL_PLAINTEXT is open on every address of this machine, port 2: nothing is encrypted, so whoever sees the network reads it"
                        + " (docs/SECURITY.md)."),
                warnings("listeners", "SSL://192.0.2.1:1,SASL_PLAINTEXT://0.0.0.0:2,SASL_SSL://:3", "sasl.enabled.mechanisms", "PLAIN"));
    }

    @Test
    void whatIsEncryptedAndAsksWhoConnectsIsNotSaid() {
        assertEquals(List.of(), warnings("listeners", "SSL://:1,SASL_SSL://:3", "sasl.enabled.mechanisms", "PLAIN", "ssl.client.auth", "required"));
    }
}
