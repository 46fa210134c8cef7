package io.partita.broker.security.sasl;

import java.util.Base64;

/** A credential as four words: iterations, salt, stored key, server key; bytes in Base64. */
public final class ScramCredentialText {

    private ScramCredentialText() {}

    public static String of(ScramCredential credential) {
        return String.join(" ", Integer.toString(credential.iterations()), base64(credential.salt()), base64(credential.storedKey()),
                base64(credential.serverKey()));
    }

    /** @throws IllegalArgumentException when it is none; the message says nothing of what it is */
    public static ScramCredential read(String text) {
        String[] words = text.split(" ", -1);
        if (words.length != 4) {
            throw new IllegalArgumentException("a credential has four words");
        }
        try {
            int iterations = Integer.parseInt(words[0]);
            if (iterations < ScramHash.ITERATIONS_MIN || iterations > ScramHash.ITERATIONS_MAX) {
                throw new IllegalArgumentException("a credential of too few or too many iterations");
            }
            return new ScramCredential(bytes(words[1]), bytes(words[2]), bytes(words[3]), iterations);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a credential begins with a number");
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] bytes(String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        if (bytes.length == 0) {
            throw new IllegalArgumentException("a part of a credential is missing");
        }
        return bytes;
    }
}
