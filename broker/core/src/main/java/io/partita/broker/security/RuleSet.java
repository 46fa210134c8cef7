package io.partita.broker.security;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What some rules allow and deny, by resource. Immutable. In a mask the lower 16 bits are operations that are allowed, the upper ones those that are denied.
 */
final class RuleSet {

    static final RuleSet NONE = new RuleSet(Collections.nCopies(ResourceType.values().length, PatternMasks.NONE).toArray(new PatternMasks[0]));

    private static final int DENIED_SHIFT = 16;

    private final PatternMasks[] byType;

    private RuleSet(PatternMasks[] byType) {
        this.byType = byType;
    }

    static RuleSet of(Collection<AclBinding> rules) {
        PatternMasks.Builder[] builders = new PatternMasks.Builder[ResourceType.values().length];
        for (AclBinding rule : rules) {
            int type = rule.type().ordinal();
            if (builders[type] == null) {
                builders[type] = new PatternMasks.Builder();
            }
            Operation operation = rule.acl().operation();
            builders[type].add(rule, rule.acl().permission() == PermissionType.ALLOW ? operation.allowedBits() : operation.deniedBits() << DENIED_SHIFT);
        }
        PatternMasks[] masks = new PatternMasks[builders.length];
        for (int type = 0; type < masks.length; type++) {
            masks[type] = builders[type] == null ? PatternMasks.NONE : builders[type].build();
        }
        return new RuleSet(masks);
    }

    /** What is said of a resource, to be joined with what other rules say of it. Zero when nothing is. */
    int maskOf(ResourceType type, String name) {
        return byType[type.ordinal()].of(name);
    }

    /** The operations that masks joined with {@code |} leave: allowed by one and denied by none. */
    static int permitted(int mask) {
        return mask & ~(mask >>> DENIED_SHIFT) & Operation.EVERYTHING;
    }

    /** Names of resources of which these rules may say something different than of others. */
    Set<String> examples(ResourceType type) {
        return new LinkedHashSet<>(byType[type.ordinal()].examples());
    }
}
