package io.partita.broker.security.sasl;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The kinds of SCRAM that Kafka has, with the functions of RFC 5802, section 3. Any thread. */
public enum ScramHash {
    SHA_256("SCRAM-SHA-256", 1, "SHA-256", "HmacSHA256", 32),
    SHA_512("SCRAM-SHA-512", 2, "SHA-512", "HmacSHA512", 64);

    /** Fewer iterations are refused, more would be a way to keep clients busy: Kafka's numbers. */
    public static final int ITERATIONS_MIN = 4096;
    public static final int ITERATIONS_MAX = 16384;

    private final String mechanism;
    private final byte id;
    private final String digest;
    private final String mac;
    private final int bytes;

    ScramHash(String mechanism, int id, String digest, String mac, int bytes) {
        this.mechanism = mechanism;
        this.id = (byte) id;
        this.digest = digest;
        this.mac = mac;
        this.bytes = bytes;
    }

    /** The kind with this number in Kafka's requests, or {@code null}. */
    public static ScramHash forId(int id) {
        return id == 1 ? SHA_256 : id == 2 ? SHA_512 : null;
    }

    /** The kind of a mechanism's name, or {@code null}. */
    public static ScramHash forMechanism(String name) {
        return name.equals(SHA_256.mechanism) ? SHA_256 : name.equals(SHA_512.mechanism) ? SHA_512 : null;
    }

    /** Name of the mechanism. */
    public String mechanism() {
        return mechanism;
    }

    /** Its number in Kafka's requests. */
    public byte id() {
        return id;
    }

    /** Length of keys and proofs in bytes. */
    public int bytes() {
        return bytes;
    }

    /** RFC 5802: {@code H}. */
    public byte[] hash(byte[] data) {
        try {
            return MessageDigest.getInstance(digest).digest(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM has no " + digest, e);
        }
    }

    /** RFC 5802: {@code HMAC}. */
    public byte[] hmac(byte[] key, byte[] data) {
        return keyed(key).doFinal(data);
    }

    private Mac keyed(byte[] key) {
        try {
            Mac function = Mac.getInstance(mac);
            function.init(new SecretKeySpec(key, mac));
            return function;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM has no " + mac, e);
        }
    }

    /** The salted password (RFC 5802: {@code Hi}). Takes milliseconds, which is what it is for. */
    public byte[] salted(byte[] password, byte[] salt, int iterations) {
        Mac function = keyed(password);
        function.update(salt);
        byte[] last = function.doFinal(new byte[] {0, 0, 0, 1});
        byte[] all = last.clone();
        for (int i = 1; i < iterations; i++) {
            last = function.doFinal(last);
            for (int j = 0; j < all.length; j++) {
                all[j] ^= last[j];
            }
        }
        return all;
    }
}
