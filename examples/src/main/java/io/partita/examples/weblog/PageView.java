package io.partita.examples.weblog;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One request for a page.
 *
 * @param page path of the page, without the query
 * @param client address the request came from
 * @param status HTTP status it was answered with
 * @param bytes size of the answer's body
 */
public record PageView(String page, Instant time, String client, int status, long bytes) {

    /** What nginx and Apache write: address, identity, user, time, request line, status, size; what follows is left aside. */
    private static final Pattern COMBINED = Pattern
            .compile("(\\S+) \\S+ \\S+ \\[([^]]+)] \"[A-Z]+ (/[^ ?\"]*)[^ \"]*(?: HTTP/[0-9.]+)?\" ([1-5][0-9]{2}) ([0-9]{1,18}|-)(?: .*)?");

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);

    /**
     * The request that a line of an access log (common or combined format) tells of.
     *
     * @throws IllegalArgumentException when the line is none
     */
    public static PageView parse(String line) {
        Matcher fields = COMBINED.matcher(line);
        if (!fields.matches()) {
            throw new IllegalArgumentException("not a line of an access log: " + line);
        }
        try {
            Instant time = OffsetDateTime.parse(fields.group(2), TIME).toInstant();
            long bytes = fields.group(5).equals("-") ? 0 : Long.parseLong(fields.group(5));
            return new PageView(fields.group(3), time, fields.group(1), Integer.parseInt(fields.group(4)), bytes);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("not the time of an access log: " + fields.group(2), e);
        }
    }

    boolean failed() {
        return status >= 400;
    }
}
