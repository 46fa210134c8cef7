package io.partita.mock;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** Tokens of ServiceAccounts as an API server makes them for pods, and the document in which it publishes the key that they are signed with. */
public final class AccountTokens {

    /** Bytes of a coordinate on the curve P-256. */
    private static final int COORDINATE_BYTES = 32;

    private final String keyId;
    private final KeyPair keys;

    /** @param keyId names the key in tokens and in what is published */
    public AccountTokens(String keyId) {
        this.keyId = keyId;
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is published (JWKS). */
    public String published() {
        ECPublicKey key = (ECPublicKey) keys.getPublic();
        return "{\"keys\":[{\"use\":\"sig\",\"kty\":\"EC\",\"kid\":\"" + keyId + "\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"x\":\""
                + coordinate(key.getW().getAffineX())
                + "\",\"y\":\"" + coordinate(key.getW().getAffineY()) + "\"}]}";
    }

    private static String coordinate(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[COORDINATE_BYTES];
        int length = Math.min(bytes.length, COORDINATE_BYTES);
        System.arraycopy(bytes, bytes.length - length, fixed, COORDINATE_BYTES - length, length);
        return base64(fixed);
    }

    /** The token of an account. @param life how long it is good from now on */
    public String token(String namespace, String account, String audience, Duration life) {
        Instant now = Instant.now();
        String subject = "system:serviceaccount:" + namespace + ":" + account;
        String signed = base64("{\"alg\":\"ES256\",\"kid\":\"" + keyId + "\"}") + '.'
                + base64("{\"aud\":[\"" + audience + "\"],\"exp\":" + now.plus(life).getEpochSecond()
                        + ",\"iat\":" + now.getEpochSecond() + ",\"nbf\":" + now.getEpochSecond()
                        + ",\"iss\":\"https://kubernetes.default.svc.cluster.local\",\"sub\":\"" + subject + "\",\"kubernetes.io\":{\"namespace\":\""
                        + namespace
                        + "\",\"serviceaccount\":{\"name\":\"" + account + "\",\"uid\":\"u\"}}}");
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + '.' + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
