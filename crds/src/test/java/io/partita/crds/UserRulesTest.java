package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.crds.UserSpec.PermissionSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class UserRulesTest {

    private static UserSpec spec(Consumer<PermissionSpec> change) {
        PermissionSpec permission = new PermissionSpec();
        permission.resource = "Topic";
        permission.name = "orders";
        permission.operations = List.of("Read", "DescribeConfigs");
        change.accept(permission);
        UserSpec spec = new UserSpec();
        spec.cluster = "main";
        spec.permissions = List.of(permission);
        return spec;
    }

    private static void wrong(String message, Consumer<PermissionSpec> change) {
        assertTrue(UserRules.problem(spec(change)).message().startsWith("spec.permissions[0]: " + message), () -> UserRules.problem(spec(change)).message());
    }

    @Test
    void whatIsReadableIsTaken() {
        assertNull(UserRules.problem(spec(permission -> {})));
        assertNull(UserRules.problem(spec(permission -> {
            permission.resource = "Cluster";
            permission.name = null;
            permission.operations = List.of("IdempotentWrite", "All");
            permission.effect = "Deny";
        })));
    }

    /** Words are strings, so that those of a newer release do not keep anybody from reading the other objects. */
    @Test
    void whatNobodyKnowsIsSaid() {
        wrong("resource is 'Queue'", permission -> permission.resource = "Queue");
        wrong("there is one cluster", permission -> permission.resource = "Cluster");
        wrong("name is missing", permission -> permission.name = null);
        wrong("pattern is 'Regex'", permission -> permission.pattern = "Regex");
        wrong("effect is 'Maybe'", permission -> permission.effect = "Maybe");
        wrong("operations are missing", permission -> permission.operations = List.of());
        wrong("there is no operation 'READ'", permission -> permission.operations = List.of("READ"));
        UserSpec spec = spec(permission -> {});
        spec.authentication = "Kerberos";
        assertEquals("UnknownValue", UserRules.problem(spec).reason());
    }

    @Test
    void rolesAreUsersOfTheSameClusterThatAreRoles() {
        UserSpec user = spec(permission -> {});
        user.roles = List.of("reader");
        UserSpec role = spec(permission -> {});
        role.authentication = "Role";
        assertNull(UserRules.problem(user, Map.of("reader", role)::get));
        assertEquals("RoleNotFound", UserRules.problem(user, Map.of("writer", role)::get).reason());
        assertEquals("RoleNotFound", UserRules.problem(user, Map.of("reader", spec(permission -> {}))::get).reason());
        role.cluster = "another";
        assertEquals("RoleNotFound", UserRules.problem(user, Map.of("reader", role)::get).reason());
        role.cluster = "main";
        role.permissions.getFirst().effect = "Maybe";
        assertTrue(UserRules.problem(user, Map.of("reader", role)::get).message().startsWith("The role 'reader' cannot be understood: spec.permissions[0]:"));
    }

    @Test
    void namesBecomeThoseOfTheProtocol() {
        assertEquals("DESCRIBE_CONFIGS", UserRules.protocolName("DescribeConfigs"));
        assertEquals("TRANSACTIONAL_ID", UserRules.protocolName("TransactionalId"));
        assertEquals("READ", UserRules.protocolName("Read"));
    }
}
