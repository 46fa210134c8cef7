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

    /** Parses {@code host:port} as the address of the listener of that name. */
    static ListenerConfig address(String setting, String name, String value) {
        ListenerConfig address = address(name, value);
        if (address == null) {
            throw new InvalidConfigException("Cannot read '" + value + "' in " + setting + ": write host:port, for example localhost:9095, or :0.");
        }
        return address;
    }

    private static ListenerConfig address(String name, String value) {
        int colon = value.lastIndexOf(':');
        String port = colon < 0 ? null : ConfigType.INT.canonical(value.substring(colon + 1));
        if (port == null || Integer.parseInt(port) < 0 || Integer.parseInt(port) > 65535) {
            return null;
        }
        String host = value.substring(0, colon);
        boolean inBrackets = host.startsWith("[") && host.endsWith("]");
        return new ListenerConfig(name, inBrackets ? host.substring(1, host.length() - 1) : host, Integer.parseInt(port));
    }

    private static ListenerConfig parseOne(String setting, String element) {
        int scheme = element.indexOf("://");
        if (scheme > 0) {
            ListenerConfig address = address(element.substring(0, scheme).toUpperCase(Locale.ROOT), element.substring(scheme + 3));
            if (address != null) {
                return address;
            }
        }
        throw new InvalidConfigException("Cannot read '" + element + "' in " + setting + ": write NAME://host:port, for example PLAINTEXT://localhost:9092.");
    }
}
