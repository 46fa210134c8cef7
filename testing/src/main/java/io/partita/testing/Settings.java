package io.partita.testing;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads settings written as {@code name=value}, the way annotations carry them. */
final class Settings {

    private Settings() {}

    static Map<String, String> parse(String... settings) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("A setting is written as name=value, not as '" + setting + "'.");
            }
            values.put(setting.substring(0, equals).trim(), setting.substring(equals + 1).trim());
        }
        return values;
    }
}
