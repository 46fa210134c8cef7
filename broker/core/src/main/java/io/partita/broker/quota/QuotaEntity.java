package io.partita.broker.quota;

/**
 * Whom a quota is for. What is {@code null} is not part of it: a quota for a user alone holds for all that the user's clients take together, one for user and
 * client id for each such pair.
 */
public record QuotaEntity(Name user, Name clientId, Name ip) {

    /** A name, or with {@code null} all that have no quota of their own, each by itself. */
    public record Name(String value) {

        public boolean isDefault() {
            return value == null;
        }
    }

    public static final Name DEFAULT = new Name(null);

    public static QuotaEntity user(String name) {
        return new QuotaEntity(new Name(name), null, null);
    }

    public static QuotaEntity client(String id) {
        return new QuotaEntity(null, new Name(id), null);
    }

    /** Why there can be no quota for it, as a sentence; {@code null} when there can. */
    public String problem() {
        if (user == null && clientId == null && ip == null) {
            return "A quota is for a user, a client id, both, or an address (ip): none is given.";
        }
        return ip != null && (user != null || clientId != null) ? "A quota for an address (ip) is for nothing else: give the user or client id its own." : null;
    }

    /** Why it cannot have a quota of this kind, as a sentence; {@code null} when it can. */
    public String problem(QuotaKey key) {
        return (key == QuotaKey.CONNECTION_CREATION_RATE) != (ip != null)
                ? "The quota " + key.title() + " is " + (ip == null ? "for addresses (ip) alone." : "not for addresses (ip), but for users and client ids.")
                : null;
    }
}
