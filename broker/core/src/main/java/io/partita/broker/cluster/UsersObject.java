package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramCredentialText;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.broker.security.sasl.ScramUsers;
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
                    writer.line("scram", String.join(" ", hash.mechanism(), ScramCredentialText.of(credential), name));
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
            Map<ScramHash, ScramCredential> credentials = new EnumMap<>(ScramHash.class);
            credentials.putAll(users.byName().getOrDefault(words[5], Map.of()));
            try {
                credentials.put(hash, ScramCredentialText.read(String.join(" ", words[1], words[2], words[3], words[4])));
            } catch (IllegalArgumentException wrong) {
                throw new UnreadableException("a line of it is no credential");
            }
            users = users.with(words[5], credentials);
        }
        return users;
    }
}
