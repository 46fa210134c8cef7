package io.partita.broker.security.sasl;

import java.util.List;
import java.util.function.BooleanSupplier;

/** Where the credentials of SCRAM's users are. Any thread, without waiting. */
@FunctionalInterface
public interface ScramCredentialSource {

    /** The credential of a user for one kind of SCRAM, or {@code null} when there is none. */
    ScramCredential find(ScramHash hash, String user);

    /**
     * Some of the credentials that there are, the same on every broker that has the same users: users that do not exist are made to look like them. As many as are looked at for whoever comes with a
     * name; none where there are no users.
     */
    default List<ScramCredential> some(ScramHash hash) {
        return List.of();
    }

    /** Whether the user who is there now is there still, whatever his password is by then. To be called before {@link #find}, and asked whenever users have changed. */
    default BooleanSupplier remains(ScramHash hash, String user) {
        return () -> find(hash, user) != null;
    }
}
