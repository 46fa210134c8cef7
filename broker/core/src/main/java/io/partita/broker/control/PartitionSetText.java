package io.partita.broker.control;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * A {@link PartitionSet} as lines of text, one for each partition, for a person to read and for an object store to hold as a list of strings: a tenth of what a
 * schema costs the API server of Kubernetes. Written and read here alone.
 *
 * <pre>
 * format 1
 * topic 0 = 0b2c3d4e-...                      each topic id once
 * process 0 = 2 9f3a77                        each process once: broker, name
 * log 0 = 2 7c11d0                            each log once: broker, name
 * 0-3 replicas 2,0,1 leader 0 epoch 7 version 12 isr 0,2 min 2 unclean 0
 * crc32c 9a8b7c6d                             of all lines above, each with a line feed behind it
 * </pre>
 *
 * A partition on its way to other brokers has {@code from 2,0,1 to 3,4,5} at its line's end, and while there is one the form is 2: a release that knows nothing of moves leaves the set alone
 * until it is over.
 *
 * <p>In a partition's line {@code 0-3} is partition 3 of topic 0, {@code leader} the number of a process or {@code -}, {@code isr} numbers of logs or {@code -}.
 * Whoever may write the object can edit it: what cannot be read, or does not fit its checksum, is damaged, is said to be, and is not acted on.
 */
public final class PartitionSetText {

    /** The newest form that is read; written while a partition of the set is on its way to other brokers. */
    public static final int FORMAT = 2;

    private static final int FORMAT_WITHOUT_MOVES = 1;
    private static final int WORDS = 15;
    private static final int WORDS_WITH_MOVE = 19;

    private static final int LINES_MAX = 10_000;
    private static final int LINE_CHARS_MAX = 4_096;
    private static final String NOTHING = "-";

    private PartitionSetText() {}

    /** What was read. */
    public sealed interface Reading {

        /** A whole set. */
        record Whole(PartitionSet set) implements Reading {}

        /** Not to be acted on; the sentence says what is wrong and where. */
        record Damaged(String sentence) implements Reading {}

        /** Written by a later release, to be left alone. */
        record Newer(int format) implements Reading {}
    }

    private static final class Unreadable extends Exception {

        private static final long serialVersionUID = 1;

        Unreadable(String sentence) {
            super(sentence, null, false, false);
        }
    }

    /** Gives each thing a number, in the order of first use. */
    private static final class Numbers<T> {

        private final Map<T, Integer> numbers = new LinkedHashMap<>();

        String of(T thing) {
            return Integer.toString(numbers.computeIfAbsent(thing, ignored -> numbers.size()));
        }
    }

    /** The lines of a set; equal sets have equal lines. */
    public static List<String> write(PartitionSet set) {
        Numbers<UUID> topics = new Numbers<>();
        Numbers<BrokerProcess> processes = new Numbers<>();
        Numbers<InSyncReplica> logs = new Numbers<>();
        List<String> entries = new ArrayList<>();
        set.states().forEach((key, state) -> entries.add(topics.of(key.topicId()) + "-" + key.partition() + " replicas " + numbers(state.replicas())
                + " leader " + (state.leader() == null ? NOTHING : processes.of(state.leader())) + " epoch " + state.epoch() + " version " + state.version()
                + " isr " + (state.isr().isEmpty() ? NOTHING : String.join(",", state.isr().stream().map(logs::of).toList())) + " min " + state.minInSync()
                + " unclean " + state.uncleanEpoch() + (state.reassignment() == null
                        ? ""
                        : " from " + numbers(state.reassignment().from()) + " to " + numbers(state.reassignment().to()))));
        boolean isMoving = set.states().values().stream().anyMatch(state -> state.reassignment() != null);
        List<String> lines = new ArrayList<>();
        lines.add("format " + (isMoving ? FORMAT : FORMAT_WITHOUT_MOVES));
        topics.numbers.forEach((id, number) -> lines.add("topic " + number + " = " + id));
        processes.numbers.forEach((process, number) -> lines.add("process " + number + " = " + process.broker() + " " + process.process()));
        logs.numbers.forEach((log, number) -> lines.add("log " + number + " = " + log.broker() + " " + log.incarnation()));
        lines.addAll(entries);
        lines.add(checksum(lines));
        return lines;
    }

    private static String numbers(List<Integer> numbers) {
        return String.join(",", numbers.stream().map(String::valueOf).toList());
    }

    /** The line that goes behind these, so that whoever edits one of them is noticed. */
    public static String checksum(List<String> lines) {
        CRC32C crc = new CRC32C();
        for (String line : lines) {
            crc.update((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return "crc32c " + Long.toHexString(crc.getValue() | 1L << 32).substring(1);
    }

    /** Reads what {@link #write} has written, or anything else that an object may hold. Bounded; never throws. */
    public static Reading read(List<String> lines) {
        if (lines.isEmpty() || !lines.getFirst().startsWith("format ")) {
            return new Reading.Damaged("it does not begin with 'format " + FORMAT_WITHOUT_MOVES + "'");
        }
        if (lines.size() > LINES_MAX || lines.stream().anyMatch(line -> line == null || line.length() > LINE_CHARS_MAX)) {
            return new Reading.Damaged("it has more than " + LINES_MAX + " lines, or one of more than " + LINE_CHARS_MAX + " characters");
        }
        try {
            int format = number(lines.getFirst().substring("format ".length()));
            if (format > FORMAT) {
                return new Reading.Newer(format);
            }
            String expected = checksum(lines.subList(0, lines.size() - 1));
            if (!lines.getLast().equals(expected)) {
                return new Reading.Damaged("its last line is '" + lines.getLast() + "' and should be '" + expected + "': it was edited or cut");
            }
            return new Reading.Whole(entries(lines, format));
        } catch (Unreadable damaged) {
            return new Reading.Damaged(damaged.getMessage());
        }
    }

    private static PartitionSet entries(List<String> lines, int format) throws Unreadable {
        List<UUID> topics = new ArrayList<>();
        List<BrokerProcess> processes = new ArrayList<>();
        List<InSyncReplica> logs = new ArrayList<>();
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>();
        for (int i = 1; i < lines.size() - 1; i++) {
            String line = lines.get(i);
            try {
                if (line.startsWith("topic ")) {
                    topics.add(UUID.fromString(named(line, "topic", topics.size())));
                } else if (line.startsWith("process ")) {
                    String[] words = words(named(line, "process", processes.size()), 2);
                    processes.add(new BrokerProcess(number(words[0]), words[1]));
                } else if (line.startsWith("log ")) {
                    String[] words = words(named(line, "log", logs.size()), 2);
                    logs.add(new InSyncReplica(number(words[0]), words[1]));
                } else {
                    entry(line, format, topics, processes, logs, states);
                }
            } catch (IllegalArgumentException | Unreadable wrong) {
                throw new Unreadable("line " + (i + 1) + ", '" + line + "': " + wrong.getMessage());
            }
        }
        return new PartitionSet(states);
    }

    private static void entry(String line, int format, List<UUID> topics, List<BrokerProcess> processes, List<InSyncReplica> logs,
            Map<PartitionKey, PartitionState> states) throws Unreadable {
        boolean isMoving = format > FORMAT_WITHOUT_MOVES && line.contains(" to ");
        String[] words = words(line, isMoving ? WORDS_WITH_MOVE : WORDS);
        int dash = words[0].indexOf('-');
        if (dash < 0) {
            throw new Unreadable("it does not begin with TOPIC-PARTITION");
        }
        PartitionKey key = new PartitionKey(at(topics, words[0].substring(0, dash), "topic"), number(words[0].substring(dash + 1)));
        List<Integer> replicas = brokers(value(words, 1, "replicas"));
        String leader = value(words, 3, "leader");
        List<InSyncReplica> isr = new ArrayList<>();
        for (String log : list(value(words, 9, "isr"))) {
            isr.add(at(logs, log, "log"));
        }
        PartitionState state = new PartitionState(replicas, leader.equals(NOTHING) ? null : at(processes, leader, "process"), number(value(words, 5, "epoch")),
                number(value(words, 7, "version")), isr, number(value(words, 11, "min")), number(value(words, 13, "unclean")),
                isMoving ? new Reassignment(brokers(value(words, 15, "from")), brokers(value(words, 17, "to"))) : null);
        if (states.put(key, state) != null) {
            throw new Unreadable("the partition is there twice");
        }
    }

    private static List<Integer> brokers(String numbers) throws Unreadable {
        List<Integer> brokers = new ArrayList<>();
        for (String broker : list(numbers)) {
            brokers.add(number(broker));
        }
        return brokers;
    }

    private static String named(String line, String what, int number) throws Unreadable {
        String begin = what + " " + number + " = ";
        if (!line.startsWith(begin)) {
            throw new Unreadable("it should begin with '" + begin + "'");
        }
        return line.substring(begin.length());
    }

    private static String value(String[] words, int at, String name) throws Unreadable {
        if (!words[at].equals(name)) {
            throw new Unreadable("word " + (at + 1) + " should be '" + name + "'");
        }
        return words[at + 1];
    }

    private static <T> T at(List<T> things, String number, String what) throws Unreadable {
        int index = number(number);
        if (index >= things.size()) {
            throw new Unreadable("there is no " + what + " " + index);
        }
        return things.get(index);
    }

    private static List<String> list(String words) {
        return words.equals(NOTHING) ? List.of() : List.of(words.split(",", -1));
    }

    private static String[] words(String line, int count) throws Unreadable {
        String[] words = line.split(" ", -1);
        if (words.length != count) {
            throw new Unreadable("it should have " + count + " words and has " + words.length);
        }
        return words;
    }

    /** A number as it is written: digits alone, no sign, no zero in front, at most an int. */
    private static int number(String text) throws Unreadable {
        boolean plain = !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && (text.length() == 1 || text.charAt(0) != '0');
        long value = plain ? Long.parseLong(text) : -1;
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new Unreadable("'" + text + "' is no number from 0 to " + Integer.MAX_VALUE);
        }
        return (int) value;
    }
}
