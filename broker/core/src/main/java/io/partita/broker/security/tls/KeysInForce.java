package io.partita.broker.security.tls;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which certificates a broker shows and trusts on a listener at a time, by the beginnings of their fingerprints: enough for whoever replaces them to know that the broker has taken them, and no
 * secret. As text: {@code NAME=SHOWN+SHOWN/TRUSTED+TRUSTED}, one listener after the other with spaces between. Immutable.
 *
 * @param shown certificates that are shown, one for each key
 * @param trusted certificates by which others are known; empty where nobody is asked
 */
public record KeysInForce(List<String> shown, List<String> trusted) {

    private static final int FINGERPRINT_BYTES = 8;

    public KeysInForce {
        shown = List.copyOf(new TreeSet<>(shown));
        trusted = List.copyOf(new TreeSet<>(trusted));
    }

    /** Of the keys of a listener. */
    public static KeysInForce of(TlsKeys keys) throws TlsKeyException {
        List<String> trusted = List.of();
        if (keys.trusted() != null) {
            try {
                KeyStore store = keys.trusted();
                trusted = Collections.list(store.aliases()).stream().map(alias -> certificate(store, alias)).filter(X509Certificate.class::isInstance)
                        .map(KeysInForce::fingerprint).toList();
            } catch (GeneralSecurityException e) {
                throw new TlsKeyException("A trust store in memory cannot be read: " + e.getMessage() + ".", e);
            }
        }
        return new KeysInForce(keys.certificates().stream().map(KeysInForce::fingerprint).toList(), trusted);
    }

    private static X509Certificate certificate(KeyStore store, String alias) {
        try {
            return store.getCertificate(alias) instanceof X509Certificate certificate ? certificate : null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The store was opened", e);
        }
    }

    /** The beginning of a certificate's SHA-256, in hexadecimal. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()), 0, FINGERPRINT_BYTES);
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** As text. @param byListener by the names of listeners */
    public static String text(Map<String, KeysInForce> byListener) {
        return new TreeMap<>(byListener).entrySet().stream()
                .map(entry -> entry.getKey() + '=' + String.join("+", entry.getValue().shown) + '/' + String.join("+", entry.getValue().trusted))
                .collect(Collectors.joining(" "));
    }

    /** What a text says, by listener; what cannot be read is left out. @param text {@code null} for none */
    public static Map<String, KeysInForce> read(String text) {
        Map<String, KeysInForce> byListener = new TreeMap<>();
        for (String part : text == null ? new String[0] : text.split(" ")) {
            int equals = part.indexOf('=');
            int slash = part.indexOf('/', equals);
            if (equals > 0 && slash > 0) {
                byListener.put(part.substring(0, equals), new KeysInForce(parts(part.substring(equals + 1, slash)), parts(part.substring(slash + 1))));
            }
        }
        return byListener;
    }

    private static List<String> parts(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("\\+"));
    }
}
