package io.partita.broker.sim;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What clients know of one partition: what was sent, acknowledged and shown. */
final class PartitionModel {

    private static final int EVENTS_MAX = 60;

    private final int partition;
    /** Every value on its way to the log, with the idempotent producer it is of, or null. */
    private final Map<String, String> sent = new HashMap<>();
    private final TreeMap<Long, String> acknowledged = new TreeMap<>();
    private final TreeMap<Long, String> shown = new TreeMap<>();
    /** What happened last, for whoever has to find out why a check failed. */
    private final ArrayDeque<String> events = new ArrayDeque<>();

    PartitionModel(int partition) {
        this.partition = partition;
    }

    void note(String event) {
        if (events.size() == EVENTS_MAX) {
            events.poll();
        }
        events.add(event);
    }

    void sent(String value, String producer) {
        sent.put(value, producer);
    }

    void acknowledged(long baseOffset, List<String> values) {
        for (int i = 0; i < values.size(); i++) {
            put(acknowledged, baseOffset + i, values.get(i), "acknowledged");
        }
    }

    void shown(long offset, String value) {
        put(shown, offset, value, "shown");
        check(value.equals(acknowledged.getOrDefault(offset, value)), "offset " + offset + " has " + value + ", acknowledged was " + acknowledged.get(offset));
    }

    private void put(TreeMap<Long, String> known, long offset, String value, String how) {
        String before = known.put(offset, value);
        check(before == null || before.equals(value), how + " at offset " + offset + " are " + before + " and " + value);
    }

    /** All that was acknowledged and shown is there, nothing came twice, or out of its producer's order, or from nowhere. */
    void check(List<String> content) {
        acknowledged.forEach((offset, value) -> check(offset < content.size() && value.equals(content.get(offset.intValue())),
                value + " was acknowledged at offset " + offset + " and is lost; the log ends at " + content.size()));
        shown.forEach((offset, value) -> check(offset < content.size() && value.equals(content.get(offset.intValue())),
                value + " was shown at offset " + offset + " and is gone; the log ends at " + content.size()));
        Set<String> once = new HashSet<>();
        Map<String, Integer> last = new HashMap<>();
        for (String value : content) {
            if (value == null) {
                continue;
            }
            check(sent.containsKey(value), value + " is in the log and was never sent");
            check(once.add(value), value + " is in the log twice");
            String producer = sent.get(value);
            if (producer != null) {
                int sequence = Integer.parseInt(value.substring(value.lastIndexOf('#') + 1));
                Integer before = last.put(producer, sequence);
                check(before == null || before < sequence, value + " comes behind #" + before + " of its producer");
            }
        }
    }

    /** A machine lost what was not flushed: nothing is expected any more but what lies between. */
    void keeps(long start, long end) {
        for (TreeMap<Long, String> known : List.of(acknowledged, shown)) {
            known.headMap(start).clear();
            known.tailMap(end).clear();
        }
    }

    /** One behind the last offset that was acknowledged. */
    long acknowledgedEnd() {
        return acknowledged.isEmpty() ? 0 : acknowledged.lastKey() + 1;
    }

    private void check(boolean condition, String message) {
        if (!condition) {
            throw new AssertionError("partition " + partition + ": " + message + "\n  " + String.join("\n  ", events));
        }
    }

    /** Checks that a log was only continued, or lost some of its end; where nothing was flushed, its beginning too (null). */
    static void continued(int partition, List<String> before, List<String> after) {
        for (int offset = 0; offset < Math.min(before.size(), after.size()); offset++) {
            if (after.get(offset) != null && !after.get(offset).equals(before.get(offset))) {
                throw new AssertionError("partition " + partition + ": a restart changed its records\nbefore " + before + "\nafter  " + after);
            }
        }
    }

    /** The first offset that is there. */
    static int start(List<String> content) {
        int start = 0;
        while (start < content.size() && content.get(start) == null) {
            start++;
        }
        return start;
    }
}
