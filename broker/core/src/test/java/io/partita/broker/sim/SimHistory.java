package io.partita.broker.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What transactional producers did and were told, and what readers of committed records saw; says what must not be: aborted reads, lost and duplicated writes,
 * torn transactions, records out of their order, transactions out of theirs (a cycle of writes: one was complete before the other began, and is behind it in some
 * partition), offsets that were committed and are not there. Any thread.
 */
public final class SimHistory {

    enum Outcome {
        /** Its end was not asked for, or an abort. */
        ABORTED,
        /** A commit was asked for, and nobody said what became of it. */
        UNKNOWN,
        COMMITTED
    }

    /** One transaction of one producer. */
    static final class Transaction {
        final int number;
        final String id;
        Outcome outcome = Outcome.ABORTED;
        /** What was acknowledged, by partition. */
        final Map<Integer, List<String>> written = new TreeMap<>();
        /** Whether it committed its number as the offset of its id's group. */
        boolean hasOffset;
        /** When it began, in steps of the history. */
        private final int begun;
        /** When its commit was answered; never, as far as is known, before that. */
        private int complete = Integer.MAX_VALUE;

        private Transaction(int number, String id, int begun) {
            this.number = number;
            this.id = id;
            this.begun = begun;
        }

        String value(int record) {
            return number + "." + record;
        }
    }

    private final List<Transaction> transactions = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<Integer, Set<String>> seen = new TreeMap<>();
    private int steps;

    synchronized Transaction begin(String id) {
        Transaction transaction = new Transaction(transactions.size(), id, steps++);
        transactions.add(transaction);
        return transaction;
    }

    /** Its commit is about to be asked for. */
    synchronized void commits(Transaction transaction) {
        if (transaction.outcome == Outcome.ABORTED) {
            transaction.outcome = Outcome.UNKNOWN;
        }
    }

    /** Its commit was answered. */
    synchronized void committed(Transaction transaction) {
        transaction.outcome = Outcome.COMMITTED;
        transaction.complete = steps++;
    }

    /** Something happened; told when only one seed is run. */
    public synchronized void note(String what) {
        notes.add(what);
    }

    /** What happened. */
    public List<String> notes() {
        return notes;
    }

    /** How many commits were answered. */
    public synchronized int committed() {
        return (int) transactions.stream().filter(transaction -> transaction.outcome == Outcome.COMMITTED).count();
    }

    /** A reader of committed records saw these values in a partition, from its beginning on. */
    public synchronized void saw(int partition, List<String> values) {
        Set<String> now = new HashSet<>(values);
        for (String before : seen.getOrDefault(partition, Set.of())) {
            if (!now.contains(before)) {
                throw new AssertionError("lost read: " + before + " was seen in partition " + partition + " and is not there any more");
            }
        }
        seen.put(partition, now);
        if (now.size() < values.size()) {
            throw new AssertionError("duplicate in partition " + partition + ": " + values);
        }
        for (String value : values) {
            if (of(value).outcome == Outcome.ABORTED) {
                throw new AssertionError("aborted read: " + value + " in partition " + partition);
            }
        }
    }

    private Transaction of(String value) {
        return transactions.get(Integer.parseInt(value.substring(0, value.indexOf('.'))));
    }

    /** Nothing is under way: what is in the partitions, and what each id has committed as its group's offset (-1 for nothing). */
    public synchronized void check(Map<Integer, List<String>> content, Map<String, Long> offsets) {
        content.forEach(this::saw);
        Map<Integer, Set<String>> there = new LinkedHashMap<>();
        content.forEach((partition, values) -> there.put(partition, new HashSet<>(values)));
        Map<String, Long> lastOffsets = new TreeMap<>();
        Map<String, Set<Long>> possible = new TreeMap<>();
        for (Transaction transaction : transactions) {
            boolean all = true;
            boolean none = true;
            for (var written : transaction.written.entrySet()) {
                for (String value : written.getValue()) {
                    boolean present = there.get(written.getKey()).contains(value);
                    all &= present;
                    none &= !present;
                }
            }
            if (transaction.outcome == Outcome.COMMITTED && !all) {
                throw new AssertionError("lost write: transaction " + transaction.number + " wrote " + transaction.written);
            }
            if (!all && !none) {
                throw new AssertionError("torn transaction " + transaction.number + ": " + transaction.written);
            }
            boolean counts = transaction.outcome == Outcome.COMMITTED || transaction.outcome == Outcome.UNKNOWN && all && !transaction.written.isEmpty();
            if (transaction.hasOffset && counts) {
                lastOffsets.put(transaction.id, (long) transaction.number);
                possible.put(transaction.id, new HashSet<>());
            } else if (transaction.hasOffset && transaction.outcome == Outcome.UNKNOWN && transaction.written.isEmpty()) {
                possible.computeIfAbsent(transaction.id, id -> new HashSet<>()).add((long) transaction.number);
            }
        }
        for (var offset : offsets.entrySet()) {
            long expected = lastOffsets.getOrDefault(offset.getKey(), -1L);
            if (offset.getValue() != expected && !possible.getOrDefault(offset.getKey(), Set.of()).contains(offset.getValue())) {
                throw new AssertionError("offset of " + offset.getKey() + ": " + offset.getValue() + " where " + expected + " was committed");
            }
        }
        for (var values : content.entrySet()) {
            int lastOfSame = -1;
            Transaction last = null;
            for (String value : values.getValue()) {
                Transaction transaction = of(value);
                int record = Integer.parseInt(value.substring(value.indexOf('.') + 1));
                if (transaction == last && record <= lastOfSame) {
                    throw new AssertionError("order: " + value + " after record " + lastOfSame + " in partition " + values.getKey());
                }
                last = transaction;
                lastOfSame = record;
            }
        }
        content.forEach(this::checkCycles);
    }

    /** Of two transactions of which one was complete when the other began, the one that was is first wherever both have written. */
    private void checkCycles(int partition, List<String> values) {
        // Going back from the end: the earliest completion of all that is behind.
        Transaction first = null;
        for (String value : values.reversed()) {
            Transaction transaction = of(value);
            if (first != null && first.complete < transaction.begun) {
                throw new AssertionError(
                        "write cycle: transaction " + first.number + " was complete when " + transaction.number + " began, and is behind it in partition "
                                + partition);
            }
            if (first == null || transaction.complete < first.complete) {
                first = transaction;
            }
        }
    }
}
