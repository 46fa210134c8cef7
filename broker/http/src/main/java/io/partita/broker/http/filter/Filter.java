package io.partita.broker.http.filter;

import java.util.Map;

/**
 * A filter of records: an expression in a part of CEL that is true of those that are wanted. Immutable, thread-safe.
 *
 * <p>It has literals, variables, fields and elements, arithmetic, comparison, {@code in}, logic, {@code ?:}, and the functions {@code size}, {@code has}, {@code contains}, {@code startsWith},
 * {@code endsWith}, {@code matches} (RE2), {@code lowerAscii}, {@code int}, {@code double} and {@code string}. It has none of the macros that go through lists, so an evaluation takes no more steps than the text has
 * parts; texts are compared and looked through, and made longer only as far as {@link Evaluation#TEXT_MAX}.
 */
public final class Filter {

    /** Longest text. */
    public static final int CHARS_MAX = 1_000;

    private final Node root;

    private Filter(Node root) {
        this.root = root;
    }

    /**
     * @param variables the names that there are
     * @throws FilterException when the text is no filter
     */
    public static Filter of(String text, Iterable<String> variables) {
        if (text.length() > CHARS_MAX) {
            throw new FilterException("A filter has " + CHARS_MAX + " characters at most.");
        }
        return new Filter(new Parser(text, variables).whole());
    }

    /** Whether it is true. What cannot be said, because there is no such field or it is of another kind, is not. */
    public boolean isTrue(Map<String, Object> variables) {
        try {
            return Boolean.TRUE.equals(Evaluation.of(root, variables));
        } catch (Evaluation.NoValue unknown) {
            return false;
        }
    }
}
