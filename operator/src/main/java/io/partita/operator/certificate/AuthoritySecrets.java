package io.partita.operator.certificate;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Authorities as entries of a Secret that nobody but the operator needs: {@code ca.crt} and {@code ca.key} of who issues, and what a succession needs beside. Pure functions. */
public final class AuthoritySecrets {

    /** Whom to trust, in Secrets that others mount. */
    public static final String CERTIFICATE = "ca.crt";
    private static final String KEY = "ca.key";
    private static final String NEXT_CERTIFICATE = "next.crt";
    private static final String NEXT_KEY = "next.key";
    private static final String FORMER = "former.crt";
    private static final String SINCE = "since";
    private static final String ASKED = "asked";
    private static final String HURRIED = "hurried";

    private AuthoritySecrets() {}

    /** The entries of a Secret, as its data has them. */
    public static Map<String, String> of(Authorities authorities) {
        Map<String, String> data = new TreeMap<>();
        data.put(CERTIFICATE, base64(PemText.of(List.of(authorities.issuing().certificate()))));
        if (authorities.issuing().key() != null) {
            data.put(KEY, base64(PemText.of(authorities.issuing().key())));
        }
        if (authorities.next() != null) {
            data.put(NEXT_CERTIFICATE, base64(PemText.of(List.of(authorities.next().certificate()))));
            data.put(NEXT_KEY, base64(PemText.of(authorities.next().key())));
        }
        if (authorities.former() != null) {
            data.put(FORMER, base64(PemText.of(List.of(authorities.former()))));
        }
        data.put(SINCE, base64(authorities.since().toString()));
        if (authorities.asked() != null) {
            data.put(ASKED, base64(authorities.asked()));
        }
        if (authorities.isHurried()) {
            data.put(HURRIED, base64("true"));
        }
        return data;
    }

    /** @throws GeneralSecurityException when the entries are none of these; the message says which */
    public static Authorities read(Map<String, String> data) throws GeneralSecurityException {
        try {
            Authority next = authority(data, NEXT_CERTIFICATE, NEXT_KEY);
            Authority issuing = authority(data, CERTIFICATE, KEY);
            if (issuing == null && next != null && data.containsKey(CERTIFICATE)) {
                issuing = new Authority(one(text(data, CERTIFICATE), CERTIFICATE), null);
            }
            if (issuing == null) {
                throw new GeneralSecurityException(CERTIFICATE + " or " + KEY + " is missing");
            }
            String former = text(data, FORMER);
            String since = text(data, SINCE);
            return new Authorities(issuing, next, former == null ? null : one(former, FORMER),
                    since == null ? issuing.begins() : Instant.parse(since), text(data, ASKED), data.containsKey(HURRIED));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new GeneralSecurityException(e.getMessage(), e);
        }
    }

    private static Authority authority(Map<String, String> data, String certificate, String key) throws GeneralSecurityException {
        String first = text(data, certificate);
        String second = text(data, key);
        return first == null || second == null ? null : new Authority(one(first, certificate), PemText.key(second));
    }

    private static X509Certificate one(String pem, String entry) throws GeneralSecurityException {
        List<X509Certificate> certificates = PemText.certificates(pem);
        if (certificates.size() != 1) {
            throw new GeneralSecurityException(entry + " holds " + certificates.size() + " certificates instead of one");
        }
        return certificates.getFirst();
    }

    /** An entry as text, {@code null} where there is none. */
    public static String text(Map<String, String> data, String entry) {
        String encoded = data.get(entry);
        return encoded == null ? null : new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    }

    /** Text as data of a Secret. */
    public static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
