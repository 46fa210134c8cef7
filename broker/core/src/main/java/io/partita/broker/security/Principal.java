package io.partita.broker.security;

import java.util.Objects;

/**
 * Who is at the other end of a connection, as Kafka's access rules and quotas name it. Immutable.
 *
 * @param type kind of principal; {@link #USER} for everybody who authenticates
 * @param name its name, exactly as it authenticated
 */
public record Principal(String type, String name) {

    /** The type of everybody who is authenticated by a password, a token or a certificate, and of {@link #ANONYMOUS}. */
    public static final String USER = "User";

    /** Whoever came by a listener that asks nobody who he is. */
    public static final Principal ANONYMOUS = user("ANONYMOUS");

    public Principal {
        Objects.requireNonNull(type);
        Objects.requireNonNull(name);
    }

    public static Principal user(String name) {
        return new Principal(USER, name);
    }

    /**
     * Reads {@code User:alice}, as settings and access rules write it.
     *
     * @return null when there is no type before a colon
     */
    public static Principal parse(String text) {
        int colon = text.indexOf(':');
        return colon <= 0 || colon == text.length() - 1 ? null : new Principal(text.substring(0, colon), text.substring(colon + 1));
    }

    /** As Kafka writes it: {@code User:alice}. */
    @Override
    public String toString() {
        return type + ':' + name;
    }
}
