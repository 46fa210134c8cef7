package io.partita.broker.security.sasl;

/** What a client says of itself, made fit for a line of the log. */
final class Printable {

    private static final int LENGTH_MAX = 100;

    private Printable() {}

    /** The text without control characters, cut where it is long. */
    static String of(String text) {
        StringBuilder printable = new StringBuilder(Math.min(text.length(), LENGTH_MAX) + 1);
        for (int i = 0; i < text.length() && i < LENGTH_MAX; i++) {
            char c = text.charAt(i);
            printable.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? '?' : c);
        }
        return text.length() > LENGTH_MAX ? printable.append('\u2026').toString() : printable.toString();
    }
}
