package io.partita.broker.metadata;

import java.util.List;

/**
 * A broker of the cluster.
 *
 * @param id its number
 * @param endpoints what clients connect to, one for each listener
 * @param rack where it stands, or {@code null} when that is not known
 */
public record BrokerImage(int id, List<Endpoint> endpoints, String rack) {

    /** Name of the listener that other brokers connect to; no client comes by it, so none is told of it. */
    public static final String REPLICATION = "REPLICATION";

    /** The address that clients of one listener connect to. */
    public record Endpoint(String listener, String host, int port) {}

    public BrokerImage {
        endpoints = List.copyOf(endpoints);
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
