package io.partita.broker.net;

import io.partita.broker.security.sasl.SaslMechanism;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the clients of a listener prove who they are.
 *
 * @param mechanisms those they may choose from, by preference
 * @param maxReceiveBytes largest request before a client has done so ({@code sasl.server.max.receive.size})
 * @param failureDelayMillis a client that failed is told after so long ({@code connection.failed.authentication.delay.ms})
 * @param maxReauthMillis after so long a client is to do it anew, by mechanism ({@code connections.max.reauth.ms}); 0 for never
 */
public record SaslSettings(List<SaslMechanism> mechanisms, int maxReceiveBytes, int failureDelayMillis, Map<String, Long> maxReauthMillis) {

    public SaslSettings {
        mechanisms = List.copyOf(mechanisms);
        maxReauthMillis = Map.copyOf(maxReauthMillis);
    }

    SaslMechanism find(String name) {
        for (SaslMechanism mechanism : mechanisms) {
            if (mechanism.name().equals(name)) {
                return mechanism;
            }
        }
        return null;
    }

    List<String> names() {
        List<String> names = new ArrayList<>(mechanisms.size());
        mechanisms.forEach(mechanism -> names.add(mechanism.name()));
        return names;
    }
}
