package io.partita.broker.coordinator;

/**
 * About how many steps the program of a pattern has, found without making it: repeats within repeats multiply, and soon there is no memory for it.
 * What is written unlike a pattern counts as what it looks like.
 */
final class PatternSize {

    private static final long BOUND = 1L << 30;
    /** Deeper nesting than this has no use, and would take the stack. */
    private static final int DEPTH_MAX = 200;

    private final String regex;
    private int at;

    private PatternSize(String regex) {
        this.regex = regex;
    }

    static long of(String regex) {
        return new PatternSize(regex).alternatives(0);
    }

    /** Up to the bracket that closes what was opened, or the end. */
    private long alternatives(int depth) {
        long size = 0;
        long last = 0;
        while (at < regex.length()) {
            char c = regex.charAt(at++);
            if (c == ')' && depth > 0) {
                return size + 1;
            }
            if (c == '{') {
                long times = repeats();
                size = bounded(size + bounded(last * (times - 1)));
                last = bounded(last * times);
                continue;
            }
            last = switch (c) {
                case '(' -> depth >= DEPTH_MAX ? BOUND : alternatives(depth + 1);
                case '[' -> characterClass();
                case '\\' -> escaped();
                default -> 1;
            };
            size = bounded(size + last);
        }
        return size;
    }

    /** The greatest number in {@code n}}, {@code n,}} or {@code n,m}}; 1 when it is something else, which is left where it is. */
    private long repeats() {
        int start = at;
        long most = 0;
        long number = 0;
        while (at < regex.length()) {
            char c = regex.charAt(at++);
            if (c >= '0' && c <= '9') {
                number = bounded(10 * number + c - '0');
            } else if (c == ',') {
                most = number;
                number = 0;
            } else {
                if (c == '}' && at - 1 > start) {
                    return Math.max(1, Math.max(most, number));
                }
                break;
            }
        }
        at = start;
        return 1;
    }

    private long characterClass() {
        int start = at;
        while (at < regex.length()) {
            char c = regex.charAt(at++);
            if (c == '\\') {
                at++;
            } else if (c == ']' && at - 1 > start && !(at - 2 == start && regex.charAt(start) == '^')) {
                break;
            }
        }
        return 1;
    }

    private long escaped() {
        char c = at < regex.length() ? regex.charAt(at++) : '\\';
        if (c == 'Q') {
            int end = regex.indexOf("\\E", at);
            int length = (end < 0 ? regex.length() : end) - at;
            at = end < 0 ? regex.length() : end + 2;
            return Math.max(1, length);
        }
        if ((c == 'p' || c == 'P' || c == 'x') && at < regex.length() && regex.charAt(at) == '{') {
            int end = regex.indexOf('}', at);
            at = end < 0 ? regex.length() : end + 1;
        }
        return 1;
    }

    private static long bounded(long size) {
        return Math.min(size, BOUND);
    }
}
