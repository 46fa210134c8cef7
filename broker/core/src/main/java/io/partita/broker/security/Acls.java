package io.partita.broker.security;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The access rules of a cluster at one moment, each once. Immutable; a change makes another object.
 *
 * <p>What is asked per request is answered from an index, made by whoever changes the rules: rules by the principal and the address that they name. A client has
 * four entries there at most (its principal or everybody, its address or everywhere), which {@link Access} keeps until the rules change.
 */
public final class Acls {

    public static final Acls NONE = new Acls(Set.of());

    private static final Comparator<AclBinding> ORDER = Comparator.comparing(AclBinding::type).thenComparing(AclBinding::name)
            .thenComparing(AclBinding::pattern).thenComparing(binding -> binding.acl().principal()).thenComparing(binding -> binding.acl().host())
            .thenComparing(binding -> binding.acl().operation()).thenComparing(binding -> binding.acl().permission());

    private final Set<AclBinding> bindings;
    private final Index index;

    private Acls(Set<AclBinding> bindings) {
        this.bindings = bindings;
        this.index = Index.of(bindings);
    }

    /** Rules without problems. */
    public static Acls of(Collection<AclBinding> bindings) {
        return bindings.isEmpty() ? NONE : new Acls(Collections.unmodifiableSet(new LinkedHashSet<>(bindings)));
    }

    /** Every rule once. */
    public Set<AclBinding> bindings() {
        return bindings;
    }

    /** The rules that a filter means, those of one resource side by side. */
    public List<AclBinding> matching(AclFilter filter) {
        List<AclBinding> matching = new ArrayList<>();
        for (AclBinding binding : bindings) {
            if (filter.matches(binding)) {
                matching.add(binding);
            }
        }
        matching.sort(ORDER);
        return matching;
    }

    /** The rules for a client, in the parts in which clients share them. */
    List<RuleSet> of(String principal, String host) {
        List<RuleSet> sets = new ArrayList<>(4);
        for (String who : List.of(principal, Acl.EVERYBODY)) {
            Map<String, RuleSet> byHost = index.byPrincipal.getOrDefault(who, Map.of());
            for (String where : List.of(host, Acl.EVERYWHERE)) {
                RuleSet set = byHost.get(where);
                if (set != null) {
                    sets.add(set);
                }
            }
        }
        return sets;
    }

    /** All rules, whomever they are for. */
    RuleSet all() {
        return index.all;
    }

    /** The rule that denies something to a client, {@code null} when none does. Looks at every rule: for whoever explains a refusal. */
    AclBinding denying(String principal, String host, Operation operation, ResourceType type, String name) {
        return first(principal, host, type, name,
                acl -> acl.permission() == PermissionType.DENY && (acl.operation().deniedBits() & operation.bit()) != 0);
    }

    /** A rule that allows something to a client, whatever others deny; {@code null} when none does. Looks at every rule. */
    AclBinding allowing(String principal, String host, Operation operation, ResourceType type, String name) {
        return first(principal, host, type, name,
                acl -> acl.permission() == PermissionType.ALLOW && (acl.operation().allowedBits() & operation.bit()) != 0);
    }

    private AclBinding first(String principal, String host, ResourceType type, String name, Predicate<Acl> wanted) {
        for (AclBinding binding : bindings) {
            Acl acl = binding.acl();
            if (binding.isAbout(type, name) && wanted.test(acl)
                    && (acl.principal().equals(principal) || acl.principal().equals(Acl.EVERYBODY))
                    && (acl.host().equals(host) || acl.host().equals(Acl.EVERYWHERE))) {
                return binding;
            }
        }
        return null;
    }

    private record Index(Map<String, Map<String, RuleSet>> byPrincipal, RuleSet all) {

        static Index of(Set<AclBinding> bindings) {
            Map<String, Map<String, List<AclBinding>>> grouped = new HashMap<>();
            for (AclBinding binding : bindings) {
                grouped.computeIfAbsent(binding.acl().principal(), who -> new HashMap<>())
                        .computeIfAbsent(binding.acl().host(), where -> new ArrayList<>()).add(binding);
            }
            Map<String, Map<String, RuleSet>> byPrincipal = new HashMap<>();
            grouped.forEach((who, byHost) -> {
                Map<String, RuleSet> sets = new HashMap<>();
                byHost.forEach((where, rules) -> sets.put(where, RuleSet.of(rules)));
                byPrincipal.put(who, sets);
            });
            return new Index(byPrincipal, RuleSet.of(bindings));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Acls acls && bindings.equals(acls.bindings);
    }

    @Override
    public int hashCode() {
        return bindings.hashCode();
    }

    @Override
    public String toString() {
        return bindings.size() + " access rules";
    }
}
