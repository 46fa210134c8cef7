package io.partita.broker.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was appended to a log of a compacted topic, and what may and must be left of it. */
final class CompactionModel {

    /** A record, or the marker that ends a transaction (without a key). */
    static final class Entry {
        final long offset;
        final String key;
        final String value;
        final long timestamp;
        /** -1 when no producer id was written. */
        long producerId = -1;
        int sequence = -1;
        boolean transactional;
        boolean marker;
        boolean commit;

        Entry(long offset, String key, String value, long timestamp) {
            this.offset = offset;
            this.key = key;
            this.value = value;
            this.timestamp = timestamp;
        }

        @Override
        public String toString() {
            return offset + ":" + (marker ? commit ? "commit" : "abort" : key + (value == null ? "" : "=" + value))
                    + (producerId < 0 ? "" : " of " + producerId);
        }
    }

    final List<Entry> entries = new ArrayList<>();
    /** What lies before was removed from the log before it was started last: transactions that began there may not be known any more. */
    long forgottenBefore;

    long end() {
        return entries.size();
    }

    void truncate(long end) {
        entries.subList((int) end, entries.size()).clear();
    }

    /** The producers with an open transaction, to where it begins. */
    Map<Long, Long> open() {
        Map<Long, Long> open = new HashMap<>();
        for (Entry entry : entries) {
            if (entry.marker) {
                open.remove(entry.producerId);
            } else if (entry.transactional && entry.offset >= forgottenBefore) {
                open.putIfAbsent(entry.producerId, entry.offset);
            }
        }
        return open;
    }

    /** The sequence a producer goes on with, and its last batch's first entry. */
    Entry last(long producerId) {
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            if (entry.producerId == producerId && !entry.marker) {
                return entry;
            }
        }
        return null;
    }

    /** For each entry whether it was aborted. Undecided ones were not. */
    boolean[] aborted() {
        boolean[] aborted = new boolean[entries.size()];
        Map<Long, Boolean> fate = new HashMap<>();
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            if (entry.marker) {
                fate.put(entry.producerId, entry.commit);
            } else if (entry.transactional) {
                aborted[i] = !fate.getOrDefault(entry.producerId, true);
            }
        }
        return aborted;
    }

    /**
     * Holds the records of a log against what was appended.
     *
     * @param present "offset:key=value" of the records there are, in order
     * @param start where the log begins
     * @param cleanedEnd where it is clean up to
     * @param stableEnd offsets at or behind it cannot have been compacted
     */
    void check(List<String> present, long start, long cleanedEnd, long stableEnd, long nowMillis) {
        boolean[] aborted = aborted();
        Map<String, Entry> lastOfAll = new HashMap<>();
        Map<String, Entry> lastOfCleaned = new HashMap<>();
        for (Entry entry : entries) {
            if (!entry.marker && !aborted[(int) entry.offset] && entry.offset < stableEnd) {
                lastOfAll.put(entry.key, entry);
                if (entry.offset < cleanedEnd) {
                    lastOfCleaned.put(entry.key, entry);
                }
            }
        }
        int next = 0;
        for (Entry entry : entries.subList((int) start, entries.size())) {
            if (entry.marker) {
                continue;
            }
            boolean there = next < present.size() && offset(present.get(next)) == entry.offset;
            if (there) {
                String text = entry.offset + ":" + entry.key + (entry.value == null ? "" : "=" + entry.value);
                require(present.get(next).equals(text), "the log has " + present.get(next), entry);
                next++;
                boolean replaced = entry.offset < cleanedEnd && lastOfCleaned.get(entry.key) != entry;
                require(!replaced, "the log is clean up to " + cleanedEnd + " and has a record that " + lastOfCleaned.get(entry.key)
                        + " replaced, aborted: " + aborted[(int) entry.offset], entry);
                continue;
            }
            boolean replaced = lastOfAll.containsKey(entry.key) && lastOfAll.get(entry.key).offset > entry.offset;
            boolean outlived = entry.value == null && nowMillis - entry.timestamp >= CompactionFixture.DELETE_RETENTION_MILLIS;
            require(entry.offset < stableEnd, "lost, though at or behind " + stableEnd, entry);
            require(replaced || outlived || aborted[(int) entry.offset], "lost", entry);
        }
        if (next < present.size()) {
            throw new AssertionError("the log has " + present.get(next) + ", which was not appended or is out of order");
        }
        checkTombstones(present, start);
    }

    /** No value may come back that a tombstone deleted. */
    private void checkTombstones(List<String> present, long start) {
        boolean[] aborted = aborted();
        Map<String, String> shown = new HashMap<>();
        for (String record : present) {
            if (!aborted[(int) offset(record)]) {
                shown.put(key(record), record);
            }
        }
        Map<String, Entry> last = new HashMap<>();
        for (Entry entry : entries) {
            if (!entry.marker && !aborted[(int) entry.offset]) {
                last.put(entry.key, entry);
            }
        }
        last.forEach((key, entry) -> {
            String record = shown.get(key);
            boolean same = record != null && offset(record) == entry.offset;
            require(same || record == null && (entry.value == null || entry.offset < start), "the newest record shown of the key is " + record, entry);
        });
    }

    static long offset(String record) {
        return Long.parseLong(record.substring(0, record.indexOf(':')));
    }

    private static String key(String record) {
        int equals = record.indexOf('=');
        return record.substring(record.indexOf(':') + 1, equals < 0 ? record.length() : equals);
    }

    private static void require(boolean condition, String what, Entry entry) {
        if (!condition) {
            throw new AssertionError(entry + ": " + what);
        }
    }
}
