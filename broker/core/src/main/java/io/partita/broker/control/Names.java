package io.partita.broker.control;

/** What names of processes and logs may be, so that they go into a line of text and into an object as they are. */
final class Names {

    private static final int CHARS_MAX = 128;

    private Names() {}

    static void check(int broker, String name) {
        boolean plain = !name.isEmpty() && name.length() <= CHARS_MAX
                && name.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.');
        if (broker < 0 || !plain) {
            throw new IllegalArgumentException(
                    "a broker's id is 0 or above, and a name has 1 to " + CHARS_MAX + " letters, digits, '-', '_' or '.': " + broker + ", '" + name + "'");
        }
    }
}
