package io.partita.cli.client;

import io.partita.broker.security.sasl.ScramHash;
import io.partita.cli.client.Failure.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** The client's half of SCRAM (RFC 5802): three messages, and the proof that the broker knows the password too. */
final class ScramDialogue {

    private static final String NO_CHANNEL_BINDING = "n,,";

    private final ScramHash hash;
    private final byte[] password;
    private final String firstBare;
    private final String nonce;
    private byte[] serverSignature;

    ScramDialogue(ScramHash hash, String user, String password) {
        this.hash = hash;
        this.password = password.getBytes(StandardCharsets.UTF_8);
        byte[] random = new byte[18];
        new SecureRandom().nextBytes(random);
        nonce = Base64.getEncoder().withoutPadding().encodeToString(random);
        firstBare = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
    }

    byte[] first() {
        return bytes(NO_CHANNEL_BINDING + firstBare);
    }

    byte[] proof(byte[] challenge) {
        String text = new String(challenge, StandardCharsets.UTF_8);
        Map<Character, String> parts = parts(text);
        String both = parts.get('r');
        int iterations = Integer.parseInt(parts.getOrDefault('i', "0"));
        if (both == null || !both.startsWith(nonce) || iterations < 1) {
            throw new Failure(Kind.NOT_ALLOWED, "The broker's part of the login is not as it should be; it does not continue what was sent.");
        }
        byte[] salted = hash.salted(password, Base64.getDecoder().decode(parts.get('s')), iterations);
        String last = "c=" + Base64.getEncoder().encodeToString(bytes(NO_CHANNEL_BINDING)) + ",r=" + both;
        byte[] signed = bytes(firstBare + "," + text + "," + last);
        byte[] proof = hash.hmac(salted, bytes("Client Key"));
        byte[] signature = hash.hmac(hash.hash(proof), signed);
        for (int i = 0; i < proof.length; i++) {
            proof[i] ^= signature[i];
        }
        serverSignature = hash.hmac(hash.hmac(salted, bytes("Server Key")), signed);
        return bytes(last + ",p=" + Base64.getEncoder().encodeToString(proof));
    }

    void verify(byte[] last) {
        String signature = parts(new String(last, StandardCharsets.UTF_8)).get('v');
        if (signature == null || !MessageDigest.isEqual(serverSignature, Base64.getDecoder().decode(signature))) {
            throw new Failure(Kind.NOT_ALLOWED, "The broker does not know the password it let us in with, so it may be somebody else.");
        }
    }

    private static Map<Character, String> parts(String text) {
        Map<Character, String> parts = new HashMap<>();
        for (String part : text.split(",")) {
            if (part.length() > 2 && part.charAt(1) == '=') {
                parts.put(part.charAt(0), part.substring(2));
            }
        }
        return parts;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
