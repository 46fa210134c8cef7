package io.partita.cli.command;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A place in a partition, as people write it. */
sealed interface Position {

    record Beginning() implements Position {}

    record End() implements Position {}

    record Offset(long offset) implements Position {}

    /** So many before the end. */
    record Last(long records) implements Position {}

    /** The first record that is not older. */
    record Time(long millis) implements Position {}

    Pattern AGO = Pattern.compile("(\\d+)(ms|s|m|h|d|w)");

    /** @throws IllegalArgumentException with a sentence, when it is none */
    static Position parse(String text, long nowMillis) {
        String word = text.strip().toLowerCase(Locale.ROOT);
        switch (word) {
            case "beginning", "start", "earliest" -> {
                return new Beginning();
            }
            case "end", "latest" -> {
                return new End();
            }
            default -> {
                // One of those below.
            }
        }
        try {
            if (word.startsWith("@")) {
                return new Time(Long.parseLong(word.substring(1)));
            }
            if (word.startsWith("-")) {
                return new Last(Long.parseLong(word.substring(1)));
            }
            if (word.chars().allMatch(Character::isDigit) && !word.isEmpty()) {
                return new Offset(Long.parseLong(word));
            }
        } catch (NumberFormatException e) {
            throw problem(text);
        }
        Matcher ago = AGO.matcher(word);
        try {
            return new Time(ago.matches()
                    ? Math.subtractExact(nowMillis, duration(Long.parseLong(ago.group(1)), ago.group(2)).toMillis())
                    : time(text).toEpochMilli());
        } catch (NumberFormatException | ArithmeticException e) {
            throw problem(text);
        }
    }

    private static Duration duration(long number, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofDays(Math.multiplyExact(7, number));
        };
    }

    /** A day, a time of this machine's zone, or one that names its own. */
    private static Instant time(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException notWithZone) {
            try {
                return LocalDateTime.parse(text.replace(' ', 'T')).atZone(ZoneId.systemDefault()).toInstant();
            } catch (DateTimeParseException notATime) {
                try {
                    return LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant();
                } catch (DateTimeParseException notADay) {
                    throw problem(text);
                }
            }
        }
    }

    private static IllegalArgumentException problem(String text) {
        return new IllegalArgumentException("'" + text + "' is no position. Write beginning, end, an offset, -N for the last N, 10m for ten minutes ago,"
                + " 2026-01-31T08:00 or @EPOCHMILLIS.");
    }
}
