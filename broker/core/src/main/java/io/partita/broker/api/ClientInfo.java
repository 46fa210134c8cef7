package io.partita.broker.api;

import io.partita.broker.security.Principal;
import java.net.InetAddress;

/** Who is at the other end of a connection, as far as it is known. */
public interface ClientInfo {

    /**
     * Who the client is: {@link Principal#ANONYMOUS} where the listener asks nobody. It may be another object after the client has authenticated anew,
     * though never another user; so whoever needs it later keeps what this returned for the request.
     */
    Principal principal();

    /** The address the connection comes from. */
    InetAddress address();

    /** Name of the listener the connection was accepted on, for example {@code PLAINTEXT}. */
    String listenerName();

    /** The client library as it named itself in ApiVersions v3+ (KIP-511), for example {@code apache-kafka-java}; empty when unknown. */
    String softwareName();

    /** The version it named there; empty when unknown. */
    String softwareVersion();

    /** Runs {@code task} on the connection's event loop when the connection has closed. To be called on that loop. */
    default void onDisconnect(Runnable task) {}

    /** Whether there is no connection whose end would tell that the client is gone. */
    default boolean isPassing() {
        return false;
    }

    /** Keeps what an ApiVersions request said about the client. */
    void identify(String softwareName, String softwareVersion);
}
