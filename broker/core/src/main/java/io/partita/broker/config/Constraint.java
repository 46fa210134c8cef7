package io.partita.broker.config;

import java.util.List;

/** Which values of its type a setting takes. */
sealed interface Constraint {

    Constraint ANY = new Any();

    /** What is wrong with a value that has the right type and normal form, to be read after "must be"; {@code null} when nothing is. */
    String wanted(String canonical);

    /** The bounds in words for the reference page, or {@code null} when there are none. */
    String describe();

    static Constraint atLeast(long min) {
        return new Range(min, Long.MAX_VALUE);
    }

    static Constraint between(long min, long max) {
        return new Range(min, max);
    }

    static Constraint oneOf(String... values) {
        return new OneOf(List.of(values));
    }

    static Constraint listOf(String... values) {
        return new ListOf(List.of(values));
    }

    record Any() implements Constraint {
        @Override
        public String wanted(String canonical) {
            return null;
        }

        @Override
        public String describe() {
            return null;
        }
    }

    /** A whole number from {@code min} to {@code max}, inclusive; {@link Long#MAX_VALUE} is no upper bound. */
    record Range(long min, long max) implements Constraint {
        @Override
        public String wanted(String canonical) {
            long number = Long.parseLong(canonical);
            return number >= min && number <= max ? null : describe();
        }

        @Override
        public String describe() {
            return max == Long.MAX_VALUE ? "at least " + min : "between " + min + " and " + max;
        }
    }

    /** A whole number from {@code min} to {@code max}, or {@code other}. */
    record RangeOr(long min, long max, long other) implements Constraint {
        @Override
        public String wanted(String canonical) {
            long number = Long.parseLong(canonical);
            return number >= min && number <= max || number == other ? null : describe();
        }

        @Override
        public String describe() {
            return "between " + min + " and " + max + ", or " + other;
        }
    }

    /** Where a reader begins. */
    record Reset() implements Constraint {
        @Override
        public String wanted(String canonical) {
            return OffsetReset.isValid(canonical) ? null : describe();
        }

        @Override
        public String describe() {
            return "earliest, latest, or by_duration: with a duration that is not negative, as in by_duration:PT1H";
        }
    }

    /** A fraction from 0 to 1. */
    record Fraction() implements Constraint {
        @Override
        public String wanted(String canonical) {
            double number = Double.parseDouble(canonical);
            return number >= 0 && number <= 1 ? null : describe();
        }

        @Override
        public String describe() {
            return "between 0 and 1";
        }
    }

    record OneOf(List<String> values) implements Constraint {
        @Override
        public String wanted(String canonical) {
            return values.contains(canonical) ? null : describe();
        }

        @Override
        public String describe() {
            return "one of " + String.join(", ", values.stream().map(value -> value.isEmpty() ? "(empty)" : value).toList());
        }
    }

    record ListOf(List<String> values) implements Constraint {
        @Override
        public String wanted(String canonical) {
            return values.containsAll(ConfigType.elements(canonical)) ? null : describe();
        }

        @Override
        public String describe() {
            return "a list of " + String.join(", ", values);
        }
    }

    /** Replicas to throttle: {@code *}, or {@code partition:broker} pairs. */
    record ThrottledReplicas() implements Constraint {
        @Override
        public String wanted(String canonical) {
            if (canonical.equals("*")) {
                return null;
            }
            for (String pair : ConfigType.elements(canonical)) {
                int colon = pair.indexOf(':');
                if (colon < 1 || !isNumber(pair.substring(0, colon)) || !isNumber(pair.substring(colon + 1))) {
                    return describe();
                }
            }
            return null;
        }

        private static boolean isNumber(String text) {
            String canonical = ConfigType.INT.canonical(text);
            return canonical != null && canonical.charAt(0) != '-';
        }

        @Override
        public String describe() {
            return "* or a list of partition:broker pairs";
        }
    }
}
