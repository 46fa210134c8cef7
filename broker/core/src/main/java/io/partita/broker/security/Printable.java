package io.partita.broker.security;

/** What somebody says of himself, made fit for a line of the log. */
public final class Printable {

    private static final int LENGTH_MAX = 100;

    private Printable() {}

    /** The text without control characters, cut where it is long. */
    public static String of(String text) {
        return of(text, LENGTH_MAX);
    }

    /** The text without control characters, and no more than so many of them. */
    public static String of(String text, int lengthMax) {
        StringBuilder printable = new StringBuilder(Math.min(text.length(), lengthMax) + 1);
        for (int i = 0; i < text.length() && i < lengthMax; i++) {
            char c = text.charAt(i);
            printable.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? '?' : c);
        }
        return text.length() > lengthMax ? printable.append('\u2026').toString() : printable.toString();
    }
}
