package io.partita.broker.net;

import io.partita.broker.security.Principal;
import java.net.InetAddress;
import java.util.Objects;

/**
 * Somebody who asks within this process, as handlers see him: who he has proved to be, by whatever way he came. Immutable.
 *
 * @param address that he comes from, by which access rules and quotas may know him
 * @param listener whose clients' addresses of brokers he is told
 * @param clientId by which quotas count him
 */
public record Caller(Principal principal, InetAddress address, String listener, String clientId) {

    public Caller {
        Objects.requireNonNull(principal);
        Objects.requireNonNull(address);
        Objects.requireNonNull(listener);
        Objects.requireNonNull(clientId);
    }
}
