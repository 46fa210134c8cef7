package io.partita.broker.security.sasl;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What is kept of a password for SCRAM: enough to know it when somebody proves to have it, not enough to log in as him. Immutable by agreement: nobody
 * changes the arrays.
 */
public record ScramCredential(byte[] salt, byte[] storedKey, byte[] serverKey, int iterations) {

    private static final byte[] CLIENT_KEY = "Client Key".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SERVER_KEY = "Server Key".getBytes(StandardCharsets.US_ASCII);

    /** The credential of a salted password, which clients of AlterUserScramCredentials make. */
    public static ScramCredential ofSalted(ScramHash hash, byte[] saltedPassword, byte[] salt, int iterations) {
        byte[] clientKey = hash.hmac(saltedPassword, CLIENT_KEY);
        return new ScramCredential(salt, hash.hash(clientKey), hash.hmac(saltedPassword, SERVER_KEY), iterations);
    }

    /** The credential of a password. Takes milliseconds. */
    public static ScramCredential ofPassword(ScramHash hash, String password, byte[] salt, int iterations) {
        return ofSalted(hash, hash.salted(password.getBytes(StandardCharsets.UTF_8), salt, iterations), salt, iterations);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScramCredential credential && iterations == credential.iterations && Arrays.equals(salt, credential.salt)
                && Arrays.equals(storedKey, credential.storedKey) && Arrays.equals(serverKey, credential.serverKey);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(storedKey);
    }

    /** Without what it keeps: this may stand in a log. */
    @Override
    public String toString() {
        return "ScramCredential[" + iterations + " iterations]";
    }
}
