package io.partita.cli.command;

import io.partita.cli.client.ClientSettings;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.NearNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Clusters under names of their own, in one file of properties: {@code NAME.bootstrap.servers=…}, {@code NAME.security.protocol=…}; {@code profile=NAME} says which one
 * counts when none is named.
 */
record Profiles(Path file, Map<String, String> entries) {

    private static final String CURRENT = "profile";

    /** {@code PARTITA_PROFILES} names the file; else it is where XDG has it. */
    static Profiles of(Map<String, String> environment) {
        String named = environment.get("PARTITA_PROFILES");
        String home = environment.getOrDefault("XDG_CONFIG_HOME", environment.getOrDefault("HOME", ".") + "/.config");
        Path file = named != null ? Path.of(named) : Path.of(home, "partita", "profiles.properties");
        return new Profiles(file, Files.isRegularFile(file) ? ClientSettings.read(file) : Map.of());
    }

    /** @param name null for the current one, if there is one */
    Map<String, String> settings(String name) {
        String wanted = name != null ? name : entries.get(CURRENT);
        if (wanted == null) {
            return Map.of();
        }
        Map<String, String> settings = new LinkedHashMap<>();
        entries.forEach((key, value) -> {
            if (key.startsWith(wanted + ".")) {
                settings.put(key.substring(wanted.length() + 1), value);
            }
        });
        if (settings.isEmpty()) {
            throw entries.isEmpty()
                    ? new Failure(Kind.USAGE, "There is no profile " + wanted + ", for there is no " + file + ".",
                            "Lines in it are like " + wanted + ".bootstrap.servers=host:9092")
                    : new Failure(Kind.USAGE, new NearNames(names()).unknown("profile", wanted, null).getMessage(),
                            "Profiles are " + names() + " in " + file + ".");
        }
        return settings;
    }

    private Set<String> names() {
        Set<String> names = new TreeSet<>();
        for (String key : entries.keySet()) {
            int dot = key.indexOf('.');
            if (dot > 0) {
                names.add(key.substring(0, dot));
            }
        }
        return names;
    }
}
