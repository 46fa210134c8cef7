package io.partita.broker.config;

import java.util.List;

/**
 * One setting: its name, type, default, bounds and meaning.
 *
 * @param name Kafka's name, or ours where Kafka has none
 * @param type type of its values
 * @param defaultValue the value without any setting, in normal form; {@code null} for none
 * @param constraint which values of the type it takes
 * @param update when a change of a broker setting takes effect; topic settings always change at once
 * @param synonyms the broker settings that give a topic setting its default, the first that has a value wins; for a broker setting the older
 *     spellings of the same thing
 * @param internal left out of what clients see unless they ask for it by name
 * @param documentation what it does, unit and special values, in whole sentences
 */
public record ConfigDefinition(
        String name,
        ConfigType type,
        String defaultValue,
        Constraint constraint,
        Update update,
        List<Synonym> synonyms,
        boolean internal,
        String documentation) {

    /** When a change takes effect. */
    public enum Update {
        /** At the next start: only from the properties a broker is started with. */
        RESTART,
        /** At once, set for one broker or for all. */
        AT_ONCE
    }

    /** Another setting for the same thing, in a unit {@code factor} times as large. */
    public record Synonym(String name, long factor) {

        /** The other setting's value in this setting's unit. Negative values mean "none" and stay as they are. */
        String convert(String value) {
            if (factor == 1) {
                return value;
            }
            long number = Long.parseLong(value);
            return Long.toString(number < 0 ? number : Math.multiplyExact(number, factor));
        }
    }

    static ConfigDefinition of(String name, ConfigType type, String defaultValue, Constraint constraint, String documentation) {
        return new ConfigDefinition(name, type, defaultValue, constraint, Update.RESTART, List.of(), false, documentation);
    }

    /** The same setting, changeable while the broker runs. */
    ConfigDefinition atOnce() {
        return new ConfigDefinition(name, type, defaultValue, constraint, Update.AT_ONCE, synonyms, internal, documentation);
    }

    /** The same setting with one more synonym in the same unit. */
    ConfigDefinition or(String synonym) {
        return or(synonym, 1);
    }

    /** The same setting with one more synonym, whose unit is {@code factor} times as large. */
    ConfigDefinition or(String synonym, long factor) {
        List<Synonym> more = switch (synonyms.size()) {
            case 0 -> List.of(new Synonym(synonym, factor));
            case 1 -> List.of(synonyms.get(0), new Synonym(synonym, factor));
            default -> List.of(synonyms.get(0), synonyms.get(1), new Synonym(synonym, factor));
        };
        return new ConfigDefinition(name, type, defaultValue, constraint, update, more, internal, documentation);
    }

    /** The same setting, kept from clients that do not ask for it by name. */
    ConfigDefinition hidden() {
        return new ConfigDefinition(name, type, defaultValue, constraint, update, synonyms, true, documentation);
    }

    /** Whether its value must never be shown. */
    public boolean sensitive() {
        return type == ConfigType.PASSWORD;
    }

    /** Why {@code value} cannot be taken, as a sentence that names the setting and says what it takes; {@code null} when it can. */
    public String problem(String value) {
        String canonical = value == null ? null : type.canonical(value);
        String wanted = canonical == null ? type.wanted() : constraint.wanted(canonical);
        if (wanted == null) {
            return null;
        }
        if (canonical == null && constraint.describe() != null) {
            wanted = wanted + ", " + constraint.describe();
        }
        return "Invalid value " + (sensitive() ? "[hidden]" : value) + " for configuration " + name + ": it must be " + wanted + ".";
    }

    /** The normal form of a value without {@link #problem}. */
    public String canonical(String value) {
        return type.canonical(value);
    }
}
