package io.partita.schema;

import java.net.URI;
import java.net.URISyntaxException;

/** Where a registry is. */
public final class RegistryAddress {

    private RegistryAddress() {}

    /**
     * @param text as {@code https://registry.example.com:8081}, with a path where its interface is below one
     * @throws IllegalArgumentException with a sentence, when it is no such address
     */
    public static URI of(String text) {
        try {
            URI address = new URI(text.strip().replaceFirst("/+$", ""));
            boolean isHttp = "http".equalsIgnoreCase(address.getScheme()) || "https".equalsIgnoreCase(address.getScheme());
            // A password in it would be shown with the settings.
            if (isHttp && address.getHost() != null && address.getUserInfo() == null && address.getQuery() == null && address.getFragment() == null) {
                return address;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw new IllegalArgumentException(
                "The address of the schema registry is http://HOST:PORT or https://HOST:PORT, perhaps with a path, and without user and password.");
    }
}
