package io.partita.broker.security.sasl;

import java.util.function.BooleanSupplier;

/** Where the credentials of SCRAM's users are. Any thread, without waiting. */
@FunctionalInterface
public interface ScramCredentialSource {

    /** The credential of a user for one kind of SCRAM, or {@code null} when there is none. */
    ScramCredential find(ScramHash hash, String user);

    /** Whether the user who is there now is there still, whatever his password is by then. To be called before {@link #find}, and asked whenever users have changed. */
    default BooleanSupplier remains(ScramHash hash, String user) {
        return () -> find(hash, user) != null;
    }
}
