package io.partita.broker.coordinator;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Patterns that clients choose, with the semantics of RE2, which looks at each letter once: none can run for ever, or take much memory. A pattern must fit the
 * whole of what it is held against.
 */
public final class BoundedPattern {

    private static final int LENGTH_MAX = 8_192;
    /** Steps of a program, of which each takes some hundred bytes; a name takes as many looks at most as it has letters times that. */
    private static final int SIZE_MAX = 10_000;

    private final Pattern pattern;

    private BoundedPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * What is wrong with a pattern, null when nothing is.
     *
     * @param field what the client calls it
     */
    public static String problem(String field, String regex) {
        if (regex.length() > LENGTH_MAX) {
            return field + " has " + regex.length() + " characters, more than the " + LENGTH_MAX + " it may have.";
        }
        if (PatternSize.of(regex) > SIZE_MAX) {
            return field + " is too large: what is repeated in it, taken as often as it may be, is longer than " + SIZE_MAX + ".";
        }
        try {
            Pattern.compile(regex);
            return null;
        } catch (PatternSyntaxException e) {
            return field + " `" + regex + "` is not a valid regular expression: " + e.getDescription() + ".";
        }
    }

    /** It must be one that nothing is wrong with. */
    public static BoundedPattern of(String regex) {
        return new BoundedPattern(Pattern.compile(regex));
    }

    public boolean fits(String name) {
        return pattern.matches(name);
    }
}
