package io.partita.broker.share;

import io.partita.broker.record.QueueHeaders;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs of records by offset, none over another, and which of them may be given out. */
final class Runs {

    private final TreeMap<Long, Run> runs = new TreeMap<>();
    /** By class: the first offsets of runs that are AVAILABLE, save those that are kept back for a while. */
    private final List<TreeSet<Long>> ready = Stream.generate(() -> new TreeSet<Long>()).limit(QueueHeaders.PRIORITY_MAX + 1).toList();
    private long open;
    private long fresh;

    void add(Run run) {
        runs.put(run.first, run);
        count(run, 1);
    }

    void remove(Run run) {
        runs.remove(run.first);
        count(run, -1);
    }

    private void count(Run run, int sign) {
        if (!run.isFinal()) {
            open += sign * run.size();
        }
        if (run.isFresh()) {
            fresh += sign * run.size();
        }
        if (run.isReady() && sign > 0) {
            ready.get(run.priority).add(run.first);
        } else if (run.isReady()) {
            ready.get(run.priority).remove(run.first);
        }
    }

    // ---- what there is

    int size() {
        return runs.size();
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    Run first() {
        return runs.firstEntry().getValue();
    }

    Run last() {
        return runs.lastEntry().getValue();
    }

    /** As they are now. */
    List<Run> all() {
        return List.copyOf(runs.values());
    }

    Iterable<Run> each() {
        return runs.values();
    }

    boolean isThere(Run run) {
        return runs.get(run.first) == run;
    }

    /** The one that a record is in, null when it is in none. */
    Run at(long offset) {
        Map.Entry<Long, Run> floor = runs.floorEntry(offset);
        return floor == null || floor.getValue().last < offset ? null : floor.getValue();
    }

    /** Records that are not done with. */
    long open() {
        return open;
    }

    /** Those of them that nobody was given. */
    long fresh() {
        return fresh;
    }

    /** The first record that may be given out, −1 when there is none. */
    long firstReady() {
        long first = Long.MAX_VALUE;
        for (TreeSet<Long> ofClass : ready) {
            first = ofClass.isEmpty() ? first : Math.min(first, ofClass.first());
        }
        return first == Long.MAX_VALUE ? -1 : first;
    }

    /** The first record of the highest class that may be given out, −1 when there is none. */
    long firstOfHighest() {
        for (int priority = ready.size() - 1; priority >= 0; priority--) {
            if (!ready.get(priority).isEmpty()) {
                return ready.get(priority).first();
            }
        }
        return -1;
    }

    /** As {@link #firstOfHighest}, of those that somebody was given before. */
    long firstReturned() {
        for (int priority = ready.size() - 1; priority >= 0; priority--) {
            for (long first : ready.get(priority)) {
                if (!runs.get(first).isFresh()) {
                    return first;
                }
            }
        }
        return -1;
    }

    // ---- how that changes

    /** The run of exactly these records, which are in one run, with what {@code change} makes of it. */
    Run change(long first, long last, Consumer<Run> change) {
        Run run = cut(first, last);
        count(run, -1);
        change.accept(run);
        count(run, 1);
        return run;
    }

    /** Makes one run of all records in the bounds, which are all in runs. */
    void set(Run run) {
        split(run.first);
        split(run.last + 1);
        for (Run there : List.copyOf(runs.subMap(run.first, true, run.last, true).values())) {
            remove(there);
        }
        add(run);
        merge(run.first, run.last);
    }

    /** The run of exactly these records, which are in one run. */
    Run cut(long first, long last) {
        split(first);
        split(last + 1);
        return runs.get(first);
    }

    /** Makes {@code offset} the first one of a run, if it is within one. */
    private void split(long offset) {
        Map.Entry<Long, Run> around = runs.lowerEntry(offset);
        if (around == null || around.getValue().last < offset) {
            return;
        }
        Run whole = around.getValue();
        count(whole, -1);
        Run rest = whole.rest(offset, whole.last);
        whole.last = offset - 1;
        count(whole, 1);
        add(rest);
    }

    /** Joins the run of these bounds with those beside it that are like it. */
    void merge(long first, long last) {
        Run run = runs.get(first);
        Map.Entry<Long, Run> before = runs.lowerEntry(first);
        if (before != null && before.getValue().last + 1 == first && before.getValue().isLike(run)) {
            remove(run);
            Run grown = before.getValue();
            count(grown, -1);
            grown.last = last;
            count(grown, 1);
            run = grown;
        }
        Run after = runs.get(last + 1);
        if (after != null && after.isLike(run)) {
            remove(after);
            count(run, -1);
            run.last = after.last;
            count(run, 1);
        }
    }
}
