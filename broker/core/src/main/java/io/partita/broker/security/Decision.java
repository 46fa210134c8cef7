package io.partita.broker.security;

/**
 * What the {@link Authorizer} decides about one question, and what that comes from: for people who ask why.
 *
 * @param rule the rule that it comes from, {@code null} where it comes from none
 */
public record Decision(Reason reason, AclBinding rule) {

    /** In the order in which they are looked for. */
    public enum Reason {
        /** There is no authorizer. */
        NOT_ASKED(true),
        SUPER_USER(true),
        /** A rule denies it, which wins over all that allow it. */
        DENIED(false),
        ALLOWED(true),
        /** {@code allow.everyone.if.no.acl.found} is set, and no rule is about the resource. */
        WITHOUT_RULE(true),
        NOT_ALLOWED(false);

        private final boolean allows;

        Reason(boolean allows) {
            this.allows = allows;
        }
    }

    static Decision of(Reason reason) {
        return new Decision(reason, null);
    }

    public boolean allowed() {
        return reason.allows;
    }

    /** A sentence. */
    public String sentence() {
        return switch (reason) {
            case NOT_ASKED -> "Everybody may do everything: authorizer.class.name is not set.";
            case SUPER_USER -> "It is one of super.users, which may do everything.";
            case DENIED -> "A rule denies it, and that wins over all that allow: " + rule + ".";
            case ALLOWED -> "A rule allows it, and none denies it: " + rule + ".";
            case WITHOUT_RULE -> "No rule is about this resource, and allow.everyone.if.no.acl.found is set.";
            case NOT_ALLOWED -> "No rule allows it.";
        };
    }
}
