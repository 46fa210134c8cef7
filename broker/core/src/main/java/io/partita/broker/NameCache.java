package io.partita.broker;

import java.security.Security;

/** How long this process believes that a name stands for an address. */
public final class NameCache {

    private static final String SECONDS = "1";

    private NameCache() {}

    /**
     * Makes it a second: a broker that comes back under its name has another address, often, and Java would look for it at the old one for half a minute. For a
     * process that is a broker and nothing else, before it looks up any name.
     */
    public static void shorten() {
        if (Security.getProperty("networkaddress.cache.ttl") == null) {
            Security.setProperty("networkaddress.cache.ttl", SECONDS);
            Security.setProperty("networkaddress.cache.negative.ttl", SECONDS);
        }
    }
}
