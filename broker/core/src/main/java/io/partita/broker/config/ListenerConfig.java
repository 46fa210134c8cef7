package io.partita.broker.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One address to listen on or to tell clients.
 *
 * @param name name of the listener, upper case
 * @param host host name or address; empty for every address of the machine
 * @param port port, 0 for any free one
 */
public record ListenerConfig(String name, String host, int port) {

    /** Whether it is on every address of the machine. */
    public boolean isAnyHost() {
        return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
    }

    /** Parses a {@code listeners} or {@code advertised.listeners} value. */
    static List<ListenerConfig> parse(String setting, String value) {
        List<ListenerConfig> listeners = new ArrayList<>(2);
        Set<String> names = new HashSet<>();
        for (String element : ConfigType.elements(value)) {
            ListenerConfig listener = parseOne(setting, element);
            if (!names.add(listener.name)) {
                throw new InvalidConfigException(setting + " names the listener " + listener.name + " twice: give each listener its own name,"
                        + " and map the names to protocols by " + BrokerSettings.LISTENER_SECURITY_PROTOCOL_MAP + ".");
            }
            listeners.add(listener);
        }
        return listeners;
    }

    private static ListenerConfig parseOne(String setting, String element) {
        int scheme = element.indexOf("://");
        int colon = element.lastIndexOf(':');
        if (scheme > 0 && colon >= scheme + 3) {
            String port = ConfigType.INT.canonical(element.substring(colon + 1));
            if (port != null && Integer.parseInt(port) >= 0 && Integer.parseInt(port) <= 65535) {
                String host = element.substring(scheme + 3, colon);
                if (host.startsWith("[") && host.endsWith("]")) {
                    host = host.substring(1, host.length() - 1);
                }
                return new ListenerConfig(element.substring(0, scheme).toUpperCase(Locale.ROOT), host, Integer.parseInt(port));
            }
        }
        throw new InvalidConfigException("Cannot read '" + element + "' in " + setting + ": write NAME://host:port, for example PLAINTEXT://localhost:9092.");
    }
}
