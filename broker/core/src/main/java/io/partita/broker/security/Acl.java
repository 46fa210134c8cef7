package io.partita.broker.security;

/**
 * Who may do, or may not do, something from where.
 *
 * @param principal as {@link Principal#toString} writes it; {@link #EVERYBODY} for all
 * @param host the address a client comes from; {@link #EVERYWHERE} for all
 */
public record Acl(String principal, String host, Operation operation, PermissionType permission) {

    /** Stands for every principal, of whatever type. */
    public static final String EVERYBODY = "User:*";
    public static final String EVERYWHERE = "*";
}
