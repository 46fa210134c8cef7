package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ListenerConfig;
import io.partita.broker.config.ListenerSettings;
import io.partita.broker.config.SecurityProtocol;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Says which listeners can be reached from other machines by anybody, or by anybody who can see the network. */
final class OpenListeners {

    private OpenListeners() {}

    /** A sentence for each; none for a broker that only its own machine reaches, or that asks who connects and encrypts. */
    static List<String> warnings(BrokerConfig config) {
        List<String> warnings = new ArrayList<>();
        for (ListenerConfig listener : config.listeners()) {
            ListenerSettings settings = config.listenerSettings(listener.name());
            String what = what(settings);
            if (what != null && !isLocal(listener)) {
                String where = listener.isAnyHost() ? "every address of this machine" : listener.host();
                warnings.add("The listener " + listener.name() + " is open on " + where + ", port " + listener.port() + ": " + what + " (docs/SECURITY.md).");
            }
        }
        return warnings;
    }

    private static String what(ListenerSettings settings) {
        SecurityProtocol protocol = settings.protocol();
        return switch (protocol) {
            case PLAINTEXT -> "whoever reaches it is served without being asked who he is, and nothing is encrypted";
            case SASL_PLAINTEXT -> "nothing is encrypted, so whoever sees the network reads it";
            case SSL -> settings.value("ssl.client.auth").equals("required") ? null : "whoever reaches it is served without being asked who he is";
            case SASL_SSL -> null;
        };
    }

    /** Whether only its own machine reaches it. */
    static boolean isLocal(ListenerConfig listener) {
        if (listener.isAnyHost()) {
            return false;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(listener.host())) {
                if (!address.isLoopbackAddress()) {
                    return false;
                }
            }
            return true;
        } catch (UnknownHostException unknown) {
            // The start says so.
            return true;
        }
    }
}
