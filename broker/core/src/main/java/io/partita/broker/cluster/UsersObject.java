package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.broker.security.sasl.ScramUsers;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;

/** The object {@code users}: the users of SCRAM that administrators have made, a line for each credential. */
final class UsersObject {

    static final String NAME = "users";

    private UsersObject() {}

    static String text(ScramUsers users) {
        ObjectText.Writer writer = new ObjectText.Writer();
        users.byName().forEach((name, credentials) -> {
            for (ScramHash hash : ScramHash.values()) {
                ScramCredential credential = credentials.get(hash);
                if (credential != null) {
                    writer.line("scram", String.join(" ", hash.mechanism(), Integer.toString(credential.iterations()), base64(credential.salt()),
                            base64(credential.storedKey()), base64(credential.serverKey()), name));
                }
            }
        });
        return writer.text();
    }

    static ScramUsers read(String text) throws UnreadableException {
        ScramUsers users = ScramUsers.NONE;
        for (Line line : ObjectText.read(text)) {
            if (!line.word().equals("scram")) {
                throw new UnreadableException("nobody knows what '" + line.word() + "' is");
            }
            // The name is last, for it may hold anything.
            String[] words = line.says().split(" ", 6);
            ScramHash hash = ScramHash.forMechanism(words[0]);
            if (words.length < 6 || hash == null || words[5].isEmpty()) {
                // Without the line, which would be a credential in the log.
                throw new UnreadableException("a line of it is no credential");
            }
            int iterations = ObjectText.number(words[1]);
            Map<ScramHash, ScramCredential> credentials = new EnumMap<>(ScramHash.class);
            credentials.putAll(users.byName().getOrDefault(words[5], Map.of()));
            credentials.put(hash, new ScramCredential(bytes(words[2]), bytes(words[3]), bytes(words[4]), iterations));
            users = users.with(words[5], credentials);
        }
        return users;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] bytes(String base64) throws UnreadableException {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException wrong) {
            throw new UnreadableException("a line of it is no credential");
        }
    }
}
