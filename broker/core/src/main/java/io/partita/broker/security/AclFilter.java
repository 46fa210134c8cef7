package io.partita.broker.security;

/**
 * Which rules are meant when rules are listed or deleted.
 *
 * @param name of resources, {@code null} for any
 * @param pattern how {@code name} is compared: {@link PatternType#MATCH} means the rules that apply to a resource of that name, others those that say it
 * @param principal {@code null} for any
 * @param host {@code null} for any
 */
public record AclFilter(
        ResourceType type, String name, PatternType pattern, String principal, String host, Operation operation, PermissionType permission) {

    /** All rules. */
    public static final AclFilter ALL = new AclFilter(ResourceType.ANY, null, PatternType.ANY, null, null, Operation.ANY, PermissionType.ANY);

    /** Why it cannot be used, as a sentence; {@code null} when it can. */
    public String problem() {
        return type == ResourceType.UNKNOWN || pattern == PatternType.UNKNOWN || operation == Operation.UNKNOWN || permission == PermissionType.UNKNOWN
                ? "The filter has a type, an operation or a permission that does not exist here."
                : null;
    }

    public boolean matches(AclBinding binding) {
        Acl acl = binding.acl();
        return (type == ResourceType.ANY || type == binding.type())
                && matchesName(binding)
                && (principal == null || principal.equals(acl.principal()))
                && (host == null || host.equals(acl.host()))
                && (operation == Operation.ANY || operation == acl.operation())
                && (permission == PermissionType.ANY || permission == acl.permission());
    }

    private boolean matchesName(AclBinding binding) {
        return switch (pattern) {
            case MATCH -> name == null || binding.isAbout(binding.type(), name);
            case ANY -> name == null || name.equals(binding.name());
            default -> pattern == binding.pattern() && (name == null || name.equals(binding.name()));
        };
    }
}
