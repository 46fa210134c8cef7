package io.partita.broker.group;

import java.util.Objects;

/**
 * Who sent a request.
 *
 * @param clientId the header's client id, empty when it had none
 * @param host the peer's address as Kafka writes it: {@code /127.0.0.1}
 * @param softwareName what the client called itself in its ApiVersions request, empty when it did not (KIP-511: version 3 and later)
 * @param softwareVersion the same, its version
 */
public record Client(String clientId, String host, String softwareName, String softwareVersion) {
    public Client {
        Objects.requireNonNull(clientId);
        Objects.requireNonNull(host);
        Objects.requireNonNull(softwareName);
        Objects.requireNonNull(softwareVersion);
    }
}
