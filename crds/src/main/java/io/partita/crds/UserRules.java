package io.partita.crds;

import io.partita.crds.UserSpec.Authentication;
import io.partita.crds.UserSpec.Effect;
import io.partita.crds.UserSpec.Pattern;
import io.partita.crds.UserSpec.PermissionSpec;
import io.partita.crds.UserSpec.Resource;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** What is wrong with a User. Pure functions. One with something wrong may do nothing: what could not be read might have been a denial. */
public final class UserRules {

    /** Kafka's operations, as its tools write them. */
    private static final List<String> OPERATIONS = List.of("All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction", "DescribeConfigs",
            "AlterConfigs", "IdempotentWrite");

    private static final String INVALID = "InvalidUser";

    private UserRules() {}

    /** {@code null} for nothing. */
    public static Problem problem(UserSpec spec) {
        if (!names(Authentication.values()).contains(spec.authentication)) {
            return new Problem("UnknownValue",
                    "spec.authentication is '" + spec.authentication + "': use one of " + String.join(", ", names(Authentication.values()))
                            + ", or bring operator and brokers to the version that knows it.");
        }
        for (int i = 0; i < spec.permissions.size(); i++) {
            String problem = problem(spec.permissions.get(i));
            if (problem != null) {
                return new Problem(INVALID, "spec.permissions[" + i + "]: " + problem);
            }
        }
        return null;
    }

    /**
     * What is wrong with a user's roles, {@code null} for nothing. Who lacks one may do nothing either: it might deny.
     *
     * @param byName gives the spec of the User of a name, {@code null} for none
     */
    public static Problem problem(UserSpec spec, Function<String, UserSpec> byName) {
        for (String name : spec.roles) {
            UserSpec role = byName.apply(name);
            if (role == null || !role.isBy(Authentication.Role) || !spec.cluster.equals(role.cluster)) {
                return new Problem("RoleNotFound",
                        "spec.roles names '" + name + "', and there is no User of this name with authentication Role of the same Cluster: make it, or take it"
                                + " out.");
            }
            Problem problem = problem(role);
            if (problem != null) {
                return new Problem(problem.reason(), "The role '" + name + "' cannot be understood: " + problem.message());
            }
        }
        return null;
    }

    private static String problem(PermissionSpec permission) {
        if (!names(Resource.values()).contains(permission.resource)) {
            return "resource is '" + permission.resource + "': use one of " + String.join(", ", names(Resource.values())) + ".";
        }
        boolean isCluster = Resource.Cluster.name().equals(permission.resource);
        if (isCluster == (permission.name != null)) {
            return isCluster ? "there is one cluster: leave name out." : "name is missing: give a name, or * for all.";
        }
        if (!names(Pattern.values()).contains(permission.pattern)) {
            return "pattern is '" + permission.pattern + "': use one of " + String.join(", ", names(Pattern.values())) + ".";
        }
        if (!names(Effect.values()).contains(permission.effect)) {
            return "effect is '" + permission.effect + "': use one of " + String.join(", ", names(Effect.values())) + ".";
        }
        if (permission.operations.isEmpty()) {
            return "operations are missing: use some of " + String.join(", ", OPERATIONS) + ".";
        }
        for (String operation : permission.operations) {
            if (!OPERATIONS.contains(operation)) {
                return "there is no operation '" + operation + "': use some of " + String.join(", ", OPERATIONS) + ".";
            }
        }
        return null;
    }

    private static List<String> names(Enum<?>[] values) {
        return Stream.of(values).map(Enum::name).toList();
    }

    /** A name of ours as Kafka's protocol has it: {@code DESCRIBE_CONFIGS} for DescribeConfigs. */
    public static String protocolName(String name) {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            words.append(i > 0 && Character.isUpperCase(c) ? "_" : "").append(c);
        }
        return words.toString().toUpperCase(Locale.ROOT);
    }
}
