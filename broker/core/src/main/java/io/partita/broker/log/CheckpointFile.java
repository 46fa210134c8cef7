package io.partita.broker.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Kafka's small text files: a line with the version 0, a line with the number of entries, one line per entry. Used for the checkpoints of a
 * data directory ({@code topic partition offset}) and for a log's leader epochs ({@code epoch startOffset}).
 */
final class CheckpointFile {

    private static final String VERSION = "0";

    private CheckpointFile() {}

    /** The content of a file with these entry lines. */
    static byte[] format(List<String> lines) {
        StringBuilder text = new StringBuilder(16 + lines.size() * 24);
        text.append(VERSION).append('\n').append(lines.size()).append('\n');
        for (String line : lines) {
            text.append(line).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The entry lines of a file, or {@code null} when it is damaged: every checkpoint can be done without. */
    static List<String> parse(byte[] content) {
        List<String> lines = lines(content);
        if (lines.size() < 2 || !lines.get(0).equals(VERSION)) {
            return null;
        }
        long expected = number(lines.get(1));
        if (expected < 0 || expected != lines.size() - 2) {
            return null;
        }
        return lines.subList(2, lines.size());
    }

    /** A decimal number ≥ 0, or -1 when {@code text} is none. */
    static long number(String text) {
        if (text.isEmpty() || text.length() > 19) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static List<String> lines(byte[] content) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < content.length; i++) {
            if (content[i] == '\n') {
                int end = i > start && content[i - 1] == '\r' ? i - 1 : i;
                lines.add(new String(content, start, end - start, StandardCharsets.UTF_8));
                start = i + 1;
            }
        }
        if (start < content.length) {
            lines.add(new String(content, start, content.length - start, StandardCharsets.UTF_8));
        }
        return lines;
    }
}
