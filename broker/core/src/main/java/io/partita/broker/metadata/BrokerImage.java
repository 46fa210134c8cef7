package io.partita.broker.metadata;

import java.util.List;

/**
 * A broker of the cluster.
 *
 * @param id its number
 * @param endpoints what clients connect to, one for each listener
 * @param rack where it stands, or {@code null} when that is not known
 * @param standing what it says of itself
 */
public record BrokerImage(int id, List<Endpoint> endpoints, String rack, Standing standing) {

    /** Name of the listener that other brokers connect to; no client comes by it, so none is told of it. */
    public static final String REPLICATION = "REPLICATION";

    /** The address that clients of one listener connect to. */
    public record Endpoint(String listener, String host, int port) {}

    /** Whether it does its part. */
    public enum Standing {
        SERVING,
        /** It stops, and leaves in-sync sets before that. */
        STOPPING,
        /** Its disks lack space or fail. */
        HINDERED
    }

    public BrokerImage {
        endpoints = List.copyOf(endpoints);
    }

    /** A broker that does its part. */
    public BrokerImage(int id, List<Endpoint> endpoints, String rack) {
        this(id, endpoints, rack, Standing.SERVING);
    }

    /** The same, when it says otherwise of itself. */
    public BrokerImage as(Standing now) {
        return now == standing ? this : new BrokerImage(id, endpoints, rack, now);
    }

    /** The address for clients of {@code listener}, or {@code null} when this broker does not have that listener. */
    public Endpoint endpoint(String listener) {
        for (int i = 0; i < endpoints.size(); i++) {
            if (endpoints.get(i).listener.equals(listener)) {
                return endpoints.get(i);
            }
        }
        return null;
    }
}
