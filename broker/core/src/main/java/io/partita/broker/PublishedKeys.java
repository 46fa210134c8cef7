package io.partita.broker;

import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.security.sasl.KeySet;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;

/** Gets the keys that tokens are signed with from an address of the web, or from a file. Blocks, within bounds. */
final class PublishedKeys implements KeySet.Source {

    private static final int WAIT_MILLIS = 5_000;
    /** Keys of a hundred signers take a tenth of that. */
    private static final int BYTES_MAX = 1024 * 1024;

    private final URL address;

    private PublishedKeys(URL address) {
        this.address = address;
    }

    static PublishedKeys at(String setting, String address) {
        try {
            URI uri = URI.create(address);
            String scheme = String.valueOf(uri.getScheme());
            if (scheme.equals("https") || scheme.equals("http") || scheme.equals("file")) {
                return new PublishedKeys(uri.toURL());
            }
        } catch (IllegalArgumentException | MalformedURLException unreadable) {
            // Said below.
        }
        throw new InvalidConfigException("Cannot read '" + address + "' of " + setting + ": write https://HOST/PATH, http://HOST/PATH or file:///PATH.");
    }

    @Override
    public String fetch() throws IOException {
        URLConnection connection = address.openConnection();
        connection.setConnectTimeout(WAIT_MILLIS);
        connection.setReadTimeout(WAIT_MILLIS);
        connection.setUseCaches(false);
        if (connection instanceof HttpURLConnection http && http.getResponseCode() != HttpURLConnection.HTTP_OK) {
            throw new IOException("the answer was HTTP " + http.getResponseCode());
        }
        try (InputStream in = connection.getInputStream()) {
            byte[] content = in.readNBytes(BYTES_MAX + 1);
            if (content.length > BYTES_MAX) {
                throw new IOException("the answer is longer than " + BYTES_MAX + " bytes");
            }
            return new String(content, StandardCharsets.UTF_8);
        }
    }
}
