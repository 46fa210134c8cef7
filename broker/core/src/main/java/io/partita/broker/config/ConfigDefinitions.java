package io.partita.broker.config;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Definitions by name, in their given order. Immutable. */
public final class ConfigDefinitions {

    private final Map<String, ConfigDefinition> byName;

    ConfigDefinitions(ConfigDefinition[]... groups) {
        Map<String, ConfigDefinition> all = new LinkedHashMap<>(256);
        for (ConfigDefinition[] group : groups) {
            for (ConfigDefinition definition : group) {
                all.put(definition.name(), definition);
            }
        }
        this.byName = Collections.unmodifiableMap(all);
    }

    /** The definition of a name, or {@code null} when there is none. */
    public ConfigDefinition find(String name) {
        return byName.get(name);
    }

    public Collection<ConfigDefinition> all() {
        return byName.values();
    }

    /** The known name closest to a mistyped one, as a sentence to add to an error (" Did you mean …?"), or an empty text. */
    String suggestion(String unknown) {
        String best = null;
        int bestDistance = Math.min(4, unknown.length() / 3 + 1);
        for (String name : byName.keySet()) {
            int distance = distance(unknown, name, bestDistance);
            if (distance < bestDistance) {
                best = name;
                bestDistance = distance;
            }
        }
        return best == null ? "" : " Did you mean " + best + "?";
    }

    /** Letters to insert, delete or change to get from {@code a} to {@code b}; {@code bound} when it is that many or more. */
    private static int distance(String a, String b, int bound) {
        if (Math.abs(a.length() - b.length()) >= bound || a.length() > 200) {
            return bound;
        }
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return Math.min(bound, previous[b.length()]);
    }
}
