package io.partita.broker.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;

/** Where a share group begins: earliest, latest, or so long ago. */
public final class OffsetReset {

    private static final String BY_DURATION = "by_duration:";

    private OffsetReset() {}

    static boolean isValid(String value) {
        return value.equals("earliest") || value.equals("latest") || backMillis(value) >= 0;
    }

    /** How many milliseconds ago, −1 when it is no duration. */
    public static long backMillis(String value) {
        if (!value.startsWith(BY_DURATION)) {
            return -1;
        }
        try {
            return Math.max(-1, Duration.parse(value.substring(BY_DURATION.length())).toMillis());
        } catch (DateTimeParseException | ArithmeticException e) {
            return -1;
        }
    }
}
