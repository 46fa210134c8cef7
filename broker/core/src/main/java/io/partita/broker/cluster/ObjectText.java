package io.partita.broker.cluster;

import io.partita.broker.control.PartitionSetText;
import java.util.ArrayList;
import java.util.List;

/**
 * An object as lines for a person to read, each a word and what it says, as {@link PartitionSetText} has partitions: a format in front, a checksum at the end. What does not fit its
 * checksum was edited or cut, and is not acted on.
 */
final class ObjectText {

    /** The form that is written, and the newest that is read. */
    static final int FORMAT = 1;

    private static final String FORMAT_LINE = "format " + FORMAT;

    private ObjectText() {}

    /** It cannot be read; the sentence says why. */
    static final class UnreadableException extends Exception {

        private static final long serialVersionUID = 1;

        UnreadableException(String sentence) {
            super(sentence, null, false, false);
        }
    }

    /** A word and what it says. */
    record Line(String word, String says) {

        /** What it says as so many words. */
        String[] words(int count) throws UnreadableException {
            String[] words = says.split(" ", count);
            if (words.length != count) {
                throw new UnreadableException("'" + word + " " + says + "' should have " + count + " words more");
            }
            return words;
        }

        int number() throws UnreadableException {
            return ObjectText.number(says);
        }
    }

    /** Writes lines one after the other. */
    static final class Writer {

        private final List<String> lines = new ArrayList<>(List.of(FORMAT_LINE));

        Writer line(String word, Object says) {
            lines.add(word + " " + escaped(String.valueOf(says)));
            return this;
        }

        String text() {
            lines.add(PartitionSetText.checksum(lines));
            return join(lines);
        }
    }

    /** The lines between format and checksum. */
    static List<Line> read(String text) throws UnreadableException {
        List<String> lines = split(text);
        if (!lines.getFirst().equals(FORMAT_LINE)) {
            throw new UnreadableException("it does not begin with '" + FORMAT_LINE + "', so a later release has written it, or somebody else");
        }
        String expected = PartitionSetText.checksum(lines.subList(0, lines.size() - 1));
        if (lines.size() < 2 || !lines.getLast().equals(expected)) {
            throw new UnreadableException("its last line is '" + lines.getLast() + "' and should be '" + expected + "': it was edited or cut");
        }
        List<Line> read = new ArrayList<>();
        for (String line : lines.subList(1, lines.size() - 1)) {
            int space = line.indexOf(' ');
            if (space < 1) {
                throw new UnreadableException("the line '" + line + "' says nothing");
            }
            read.add(new Line(line.substring(0, space), unescaped(line.substring(space + 1))));
        }
        return read;
    }

    static int number(String word) throws UnreadableException {
        try {
            return Integer.parseInt(word);
        } catch (NumberFormatException e) {
            throw new UnreadableException("'" + word + "' is no number");
        }
    }

    static long longNumber(String word) throws UnreadableException {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new UnreadableException("'" + word + "' is no number");
        }
    }

    static List<Integer> numbers(String words) throws UnreadableException {
        List<Integer> numbers = new ArrayList<>();
        for (String word : words.split(",", -1)) {
            numbers.add(number(word));
        }
        return numbers;
    }

    static String numbers(List<Integer> numbers) {
        return String.join(",", numbers.stream().map(String::valueOf).toList());
    }

    /** Lines as one text. */
    static String join(List<String> lines) {
        return String.join("\n", lines) + "\n";
    }

    /** A text as lines; at least one. */
    static List<String> split(String text) {
        String whole = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        return List.of(whole.split("\n", -1));
    }

    /** Values of settings may hold anything; a line must not end in the middle of one. */
    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescaped(String value) {
        if (value.indexOf('\\') < 0) {
            return value;
        }
        StringBuilder plain = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '\\' || i + 1 == value.length()) {
                plain.append(c);
                continue;
            }
            char next = value.charAt(++i);
            plain.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
        }
        return plain.toString();
    }
}
