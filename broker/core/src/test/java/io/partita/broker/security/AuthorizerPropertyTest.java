package io.partita.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.env.TestClock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The authorizer against a model that looks at every rule, by Kafka's words: hundreds of random sets of rules, each asked many questions. */
class AuthorizerPropertyTest {

    private static final List<String> NAMES = List.of("a", "ab", "abc", "abd", "b", "ba", "orders", "orders-eu", "orders-eu-1", "o", "*", "", "\uffff", "aa");
    private static final List<String> PRINCIPALS = List.of("User:alice", "User:bob", "User:*", "Group:alice");
    private static final List<String> HOSTS = List.of("*", "10.0.0.1", "10.0.0.2");
    private static final List<ResourceType> TYPES = List.of(ResourceType.TOPIC, ResourceType.GROUP);
    private static final List<Operation> OPERATIONS = List.of(Operation.values()).subList(2, Operation.values().length);
    private static final List<Operation> ASKED = List.of(Operation.values()).subList(3, Operation.values().length);

    @Test
    void decidesAsTheModelDoes() throws UnknownHostException {
        for (long seed = 0; seed < 600; seed++) {
            Random random = new Random(seed);
            List<AclBinding> rules = new ArrayList<>();
            int count = random.nextInt(12);
            for (int i = 0; i < count; i++) {
                rules.add(rule(random));
            }
            boolean everyoneWithoutRule = random.nextBoolean();
            Set<Principal> superUsers = random.nextInt(5) == 0 ? Set.of(Principal.user("alice")) : Set.of();
            Acls acls = Acls.of(rules);
            Authorizer authorizer = Authorizer.of(() -> acls, superUsers, everyoneWithoutRule, new Audit(new TestClock()));
            for (String name : List.of("User:alice", "User:bob", "Group:alice", "User:eve")) {
                for (String host : List.of("10.0.0.1", "10.0.0.3")) {
                    Principal principal = Principal.parse(name);
                    Access access = authorizer.of(principal, InetAddress.getByName(host));
                    Model model = new Model(rules, superUsers, everyoneWithoutRule, principal, host);
                    for (ResourceType type : TYPES) {
                        for (Operation operation : ASKED) {
                            for (String resource : NAMES) {
                                long of = seed;
                                Supplier<String> what = () -> "seed " + of + ": " + name + " from " + host + " " + operation + " " + type + ":" + resource
                                        + " by " + rules;
                                assertEquals(model.allows(operation, type, resource), access.allows(operation, type, resource), what);
                                assertEquals(access.allows(operation, type, resource),
                                        authorizer.explain(principal, host, operation, type, resource).allowed(), what);
                                int bits = Operation.ALTER.bit() | operation.bit();
                                assertEquals(access.allows(operation, type, resource), (access.allowed(bits, type, resource) & operation.bit()) != 0, what);
                            }
                        }
                        assertEquals(model.allowsSomeWrite(type), access.allowsSome(Operation.WRITE, type), "seed " + seed + ": " + name + " by " + rules);
                    }
                }
            }
        }
    }

    private static AclBinding rule(Random random) {
        String name = "";
        while (name.isEmpty()) {
            name = NAMES.get(random.nextInt(NAMES.size() - 2));
        }
        PermissionType permission = random.nextInt(3) == 0 ? PermissionType.DENY : PermissionType.ALLOW;
        return new AclBinding(pick(TYPES, random), name, random.nextBoolean() ? PatternType.LITERAL : PatternType.PREFIXED,
                new Acl(pick(PRINCIPALS, random), pick(HOSTS, random), pick(OPERATIONS, random), permission));
    }

    private static <T> T pick(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    /** Kafka's rules as its documentation has them, one look at a time. */
    private record Model(List<AclBinding> rules, Set<Principal> superUsers, boolean everyoneWithoutRule, Principal principal, String host) {

        boolean allows(Operation operation, ResourceType type, String resource) {
            if (superUsers.contains(principal)) {
                return true;
            }
            List<AclBinding> about = rules.stream().filter(rule -> isAbout(rule, type, resource)).toList();
            if (about.isEmpty()) {
                return everyoneWithoutRule;
            }
            boolean allowed = false;
            for (AclBinding rule : about) {
                if (isForMe(rule)) {
                    Operation said = rule.acl().operation();
                    if (rule.acl().permission() == PermissionType.DENY) {
                        if (said == operation || said == Operation.ALL) {
                            return false;
                        }
                    } else {
                        allowed |= implies(said, operation);
                    }
                }
            }
            // Rules about the resource that are for others: it is as if there were none for this one, but not as if there were none at all.
            return allowed;
        }

        private static boolean implies(Operation said, Operation asked) {
            if (said == Operation.ALL || said == asked) {
                return true;
            }
            return switch (asked) {
                case DESCRIBE -> Set.of(Operation.READ, Operation.WRITE, Operation.DELETE, Operation.ALTER).contains(said);
                case DESCRIBE_CONFIGS -> said == Operation.ALTER_CONFIGS;
                default -> false;
            };
        }

        private static boolean isAbout(AclBinding rule, ResourceType type, String resource) {
            if (rule.type() != type) {
                return false;
            }
            return rule.pattern() == PatternType.PREFIXED
                    ? resource.startsWith(rule.name())
                    : rule.name().equals("*") || rule.name().equals(resource);
        }

        private boolean isForMe(AclBinding rule) {
            return (rule.acl().principal().equals("User:*") || rule.acl().principal().equals(principal.toString()))
                    && (rule.acl().host().equals("*") || rule.acl().host().equals(host));
        }

        /** Kafka's authorizeByResourceType. */
        boolean allowsSomeWrite(ResourceType type) {
            if (allows(Operation.WRITE, type, "\uffff")) {
                return true;
            }
            List<AclBinding> mine = rules.stream()
                    .filter(rule -> rule.type() == type && isForMe(rule) && Set.of(Operation.WRITE, Operation.ALL).contains(rule.acl().operation())).toList();
            List<AclBinding> denying = mine.stream().filter(rule -> rule.acl().permission() == PermissionType.DENY).toList();
            if (denying.stream().anyMatch(rule -> rule.pattern() == PatternType.LITERAL && rule.name().equals("*"))) {
                return false;
            }
            return mine.stream().filter(rule -> rule.acl().permission() == PermissionType.ALLOW)
                    .anyMatch(rule -> denying.stream().noneMatch(deny -> deny.pattern() == PatternType.PREFIXED
                            ? rule.name().startsWith(deny.name())
                            : rule.pattern() == PatternType.LITERAL && rule.name().equals(deny.name())));
        }
    }
}
