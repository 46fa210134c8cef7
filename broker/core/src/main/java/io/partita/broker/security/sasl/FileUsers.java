package io.partita.broker.security.sasl;

import io.partita.broker.env.Entropy;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * Users and passwords of a file, a line {@code NAME=PASSWORD} for each, for PLAIN and for SCRAM. What SCRAM needs of a password is worked out when the file
 * is read. Immutable.
 */
public final class FileUsers {

    /** Nobody. */
    public static final FileUsers NONE = new FileUsers(Map.of(), Map.of());

    private static final int SALT_BYTES = 24;

    private final Map<String, String> passwords;
    private final Map<ScramHash, Map<String, ScramCredential>> credentials;

    private FileUsers(Map<String, String> passwords, Map<ScramHash, Map<String, ScramCredential>> credentials) {
        this.passwords = passwords;
        this.credentials = credentials;
    }

    /**
     * Reads the content of a file. Takes milliseconds for each user and kind of SCRAM.
     *
     * @param hashes the kinds of SCRAM that may be asked for
     * @throws IllegalArgumentException when it cannot be read; the message says in which line, and has no password in it
     */
    public static FileUsers parse(String text, Iterable<ScramHash> hashes, Entropy entropy) {
        Map<String, String> passwords = new HashMap<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            if (equals < 1 || equals == line.length() - 1) {
                throw new IllegalArgumentException("line " + number + " is not NAME=PASSWORD");
            }
            if (passwords.put(line.substring(0, equals).trim(), line.substring(equals + 1)) != null) {
                throw new IllegalArgumentException("line " + number + " names a user for the second time");
            }
        }
        Map<ScramHash, Map<String, ScramCredential>> credentials = new EnumMap<>(ScramHash.class);
        for (ScramHash hash : hashes) {
            Map<String, ScramCredential> ofHash = new HashMap<>();
            passwords.forEach((name, password) -> ofHash.put(name,
                    ScramCredential.ofPassword(hash, password, ScramMechanism.bytes(entropy, SALT_BYTES), ScramHash.ITERATIONS_MIN)));
            credentials.put(hash, ofHash);
        }
        return new FileUsers(passwords, credentials);
    }

    /** The password of a user, or {@code null}. */
    public String password(String user) {
        return passwords.get(user);
    }

    /** The credential of a user, or {@code null}. */
    public ScramCredential credential(ScramHash hash, String user) {
        return credentials.getOrDefault(hash, Map.of()).get(user);
    }
}
