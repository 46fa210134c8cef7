package io.partita.cli.command;

import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.util.Locale;

/** A rule as it is shown. */
record AclRule(String principal, PermissionType permission, Operation operation, ResourceType resourceType, String resource, PatternType pattern, String host) {

    static AclRule of(byte resourceType, String resource, byte pattern, String principal, String host, byte operation, byte permission) {
        return new AclRule(principal, PermissionType.forId(permission), Operation.forId(operation), ResourceType.forId(resourceType), resource,
                PatternType.forId(pattern), host);
    }

    String resourceText() {
        return word(resourceType) + " " + resource + (pattern == PatternType.PREFIXED ? "*" : "");
    }

    String sentence() {
        return principal + (permission == PermissionType.DENY ? " may not " : " may ") + word(operation) + " " + resourceText()
                + (host.equals("*") ? "" : " from " + host);
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
