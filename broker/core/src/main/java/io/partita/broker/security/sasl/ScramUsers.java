package io.partita.broker.security.sasl;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** The users of SCRAM that administrators have made, with their credentials. Immutable. */
public final class ScramUsers {

    /** Nobody. */
    public static final ScramUsers NONE = new ScramUsers(Collections.emptySortedMap());

    private final SortedMap<String, Map<ScramHash, ScramCredential>> byName;

    private ScramUsers(SortedMap<String, Map<ScramHash, ScramCredential>> byName) {
        this.byName = byName;
    }

    /** The credential of a user for one kind of SCRAM, or {@code null} when there is none. */
    public ScramCredential find(ScramHash hash, String user) {
        return byName.getOrDefault(user, Map.of()).get(hash);
    }

    /** The first credentials of one kind by name, so many at most. */
    public List<ScramCredential> some(ScramHash hash, int max) {
        return byName.values().stream().map(of -> of.get(hash)).filter(Objects::nonNull).limit(max).toList();
    }

    /** All of them by name, each with at least one credential. */
    public SortedMap<String, Map<ScramHash, ScramCredential>> byName() {
        return byName;
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof ScramUsers users && byName.equals(users.byName);
    }

    @Override
    public int hashCode() {
        return byName.hashCode();
    }

    /** Without what is kept of them. */
    @Override
    public String toString() {
        return "ScramUsers" + byName.keySet();
    }

    /** The same with other credentials of one user in place of those that were; without any he is gone. */
    public ScramUsers with(String user, Map<ScramHash, ScramCredential> credentials) {
        SortedMap<String, Map<ScramHash, ScramCredential>> next = new TreeMap<>(byName);
        if (credentials.isEmpty()) {
            next.remove(user);
        } else {
            next.put(user, Map.copyOf(credentials));
        }
        return new ScramUsers(Collections.unmodifiableSortedMap(next));
    }
}
