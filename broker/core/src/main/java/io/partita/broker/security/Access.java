package io.partita.broker.security;

/** What one client may do. Thread-safe; asked for every request, so a question costs neither locks nor memory. */
public sealed interface Access permits Access.Everything, Authorizer.ClientAccess {

    /** Of everybody, where there is no authorizer. */
    Access EVERYTHING = new Everything();

    boolean allows(Operation operation, ResourceType type, String name);

    /** Whether there can be a resource of the type with which it may be done: what Kafka asks instead of IDEMPOTENT_WRITE. */
    boolean allowsSome(Operation operation, ResourceType type);

    /** Those of the operations in {@code bits} that are allowed, as bits. */
    int allowed(int bits, ResourceType type, String name);

    /** An object that stays the same as long as all answers do. No two clients have the same one, unless everything is allowed to both. */
    Object version();

    /** Writes down that something was not allowed, and why. */
    void refused(Audit.Who who, String api, Operation operation, ResourceType type, String name);

    /** Whether there are rules at all. */
    default boolean isRestricted() {
        return this != EVERYTHING;
    }

    /** There is no authorizer. */
    final class Everything implements Access {

        private Everything() {}

        @Override
        public boolean allows(Operation operation, ResourceType type, String name) {
            return true;
        }

        @Override
        public boolean allowsSome(Operation operation, ResourceType type) {
            return true;
        }

        @Override
        public int allowed(int bits, ResourceType type, String name) {
            return bits;
        }

        @Override
        public Object version() {
            return this;
        }

        @Override
        public void refused(Audit.Who who, String api, Operation operation, ResourceType type, String name) {
            throw new IllegalStateException("nothing is refused where everything is allowed");
        }
    }
}
