package io.partita.broker.security;

import java.util.function.BooleanSupplier;

/** The users that are objects. Any thread, without waiting. */
@FunctionalInterface
public interface KnownUsers {

    /** The user of a name as it is now; {@code null} for none. */
    KnownUser find(String name);

    /** Whether the user of a name is the one that it was: neither deleted nor another one. To be asked whenever users have changed. */
    default BooleanSupplier remains(String name, KnownUser was) {
        return () -> {
            KnownUser now = find(name);
            return now != null && now.id().equals(was.id()) && now.proof() == was.proof();
        };
    }
}
