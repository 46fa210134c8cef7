package io.partita.broker.metadata;

import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.broker.security.sasl.ScramUsers;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Changes of the credentials of one user, all or none.
 *
 * @param set credentials that he has from now on
 * @param removed kinds of SCRAM for which he has none any more
 */
public record UserAlteration(String user, Map<ScramHash, ScramCredential> set, Set<ScramHash> removed) {

    /** The users as they are with these changes. */
    public ScramUsers applied(ScramUsers users) {
        Map<ScramHash, ScramCredential> credentials = new EnumMap<>(ScramHash.class);
        credentials.putAll(users.byName().getOrDefault(user, Map.of()));
        credentials.keySet().removeAll(removed);
        credentials.putAll(set);
        return users.with(user, credentials);
    }
}
