package io.partita.operator.certificate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** What clients that read no PEM take: stores in PKCS12 beside their passwords, as entries of Secrets under the names that Strimzi's users have. Each is made with another password. */
public final class Pkcs12 {

    private static final int PASSWORD_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Pkcs12() {}

    /** {@code ca.p12} and {@code ca.password}: whom to trust. */
    public static Map<String, String> trusting(List<X509Certificate> authorities) {
        return store("ca", (store, password) -> {
            for (int i = 0; i < authorities.size(); i++) {
                store.setCertificateEntry("ca-" + i, authorities.get(i));
            }
        });
    }

    /** {@code user.p12} and {@code user.password}: who one is. */
    public static Map<String, String> of(Issued user) {
        return store("user", (store, password) -> store.setKeyEntry("user", user.key(), password, new Certificate[] {user.certificate()}));
    }

    @FunctionalInterface
    private interface Content {
        void addTo(KeyStore store, char[] password) throws GeneralSecurityException;
    }

    private static Map<String, String> store(String name, Content content) {
        byte[] random = new byte[PASSWORD_BYTES];
        RANDOM.nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            content.addTo(store, password.toCharArray());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            store.store(bytes, password.toCharArray());
            return Map.of(name + ".p12", Base64.getEncoder().encodeToString(bytes.toByteArray()), name + ".password", AuthoritySecrets.base64(password));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has PKCS12", e);
        }
    }
}
