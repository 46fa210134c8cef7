package io.partita.broker.security;

/** A rule: what it is about, and what it says. */
public record AclBinding(ResourceType type, String name, PatternType pattern, Acl acl) {

    /** The literal name that means all resources of a type. */
    public static final String ALL_NAMES = "*";

    /** Why this cannot be a rule, as a sentence; {@code null} when it can. */
    public String problem() {
        if (!type.isConcrete()) {
            return "A rule must be about a type of resource that exists: topic, group, cluster, transactional id, delegation token or user.";
        }
        if (name == null || name.isEmpty()) {
            return "A rule must name a resource: its name, the beginning of names with the pattern type PREFIXED, or * for all.";
        }
        if (!pattern.isConcrete()) {
            return "The pattern type of a rule must be LITERAL or PREFIXED.";
        }
        if (type == ResourceType.CLUSTER && !name.equals(ResourceType.CLUSTER_NAME)) {
            return "The only resource of the type CLUSTER is " + ResourceType.CLUSTER_NAME + ", not '" + name + "'.";
        }
        if (!acl.operation().isConcrete()) {
            return "A rule must be about an operation that exists, or ALL of them.";
        }
        if (!acl.permission().isConcrete()) {
            return "A rule must either allow or deny.";
        }
        if (acl.principal() == null || Principal.parse(acl.principal()) == null) {
            return "'" + acl.principal() + "' is no principal: write its type, a colon and its name, for example User:alice, or User:* for everybody.";
        }
        if (acl.host() == null || acl.host().isEmpty()) {
            return "A rule must say from which address it applies, or * for all.";
        }
        return null;
    }

    /** Whether it is about the resource of a name. */
    boolean isAbout(ResourceType asked, String resource) {
        return type == asked && (pattern == PatternType.PREFIXED ? resource.startsWith(name) : name.equals(resource) || name.equals(ALL_NAMES));
    }

    /** As it stands in log lines. */
    @Override
    public String toString() {
        return acl.permission() + " " + acl.principal() + " from " + acl.host() + " " + acl.operation() + " on " + type + ":" + pattern + ":" + name;
    }
}
