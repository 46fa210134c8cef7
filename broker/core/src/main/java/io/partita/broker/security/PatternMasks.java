package io.partita.broker.security;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Bits for the resources of one type, by literal names, beginnings of names, and all names. Immutable. A look-up allocates nothing: it costs a look at a hash
 * table and a binary search, however many rules there are.
 *
 * <p>Beginnings are sorted, and each knows the longest other one that it begins with itself, its parent. All beginnings of a name are the last entry that is not
 * behind the name, or forebears of it; so the first of them that fits carries the bits of all.
 */
final class PatternMasks {

    static final PatternMasks NONE = new PatternMasks(Map.of(), new TreeMap<>(), 0);

    /** A name, or end of a name, that nothing has: it is not a character. */
    static final String UNUSED_NAME = "\uffff";

    private static final int NO_PARENT = -1;

    private final Map<String, Integer> literals;
    private final String[] prefixes;
    /** Of a prefix and its forebears. */
    private final int[] prefixMasks;
    private final int[] parents;
    private final int ofAll;

    private PatternMasks(Map<String, Integer> literals, TreeMap<String, Integer> byPrefix, int ofAll) {
        this.literals = literals;
        this.ofAll = ofAll;
        this.prefixes = byPrefix.keySet().toArray(new String[0]);
        this.prefixMasks = new int[prefixes.length];
        this.parents = new int[prefixes.length];
        int parent = NO_PARENT;
        for (int i = 0; i < prefixes.length; i++) {
            while (parent != NO_PARENT && !prefixes[i].startsWith(prefixes[parent])) {
                parent = parents[parent];
            }
            parents[i] = parent;
            prefixMasks[i] = byPrefix.get(prefixes[i]) | (parent == NO_PARENT ? 0 : prefixMasks[parent]);
            parent = i;
        }
    }

    /** The bits of everything that applies to the resource of a name. */
    int of(String name) {
        int mask = ofAll;
        Integer literal = literals.get(name);
        if (literal != null) {
            mask |= literal;
        }
        int at = lastNotBehind(name);
        while (at != NO_PARENT && !name.startsWith(prefixes[at])) {
            at = parents[at];
        }
        return at == NO_PARENT ? mask : mask | prefixMasks[at];
    }

    private int lastNotBehind(String name) {
        int low = 0;
        int high = prefixes.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (prefixes[middle].compareTo(name) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** A name for each set of bits that there may be: those of literal rules, and one behind each beginning. Not for the way of a request. */
    List<String> examples() {
        List<String> examples = new ArrayList<>(literals.keySet());
        for (String prefix : prefixes) {
            examples.add(prefix + UNUSED_NAME);
        }
        return examples;
    }

    /** Collects rules. Used by one thread. */
    static final class Builder {
        private final Map<String, Integer> literals = new HashMap<>();
        private final TreeMap<String, Integer> prefixes = new TreeMap<>();
        private int ofAll;

        void add(AclBinding binding, int mask) {
            if (binding.pattern() == PatternType.PREFIXED) {
                prefixes.merge(binding.name(), mask, (a, b) -> a | b);
            } else if (binding.name().equals(AclBinding.ALL_NAMES)) {
                ofAll |= mask;
            } else {
                literals.merge(binding.name(), mask, (a, b) -> a | b);
            }
        }

        PatternMasks build() {
            return new PatternMasks(literals, prefixes, ofAll);
        }
    }
}
