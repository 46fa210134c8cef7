package io.partita.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Moving one entry between objects, and why entries stay where they are instead: two writers with old images of some objects, every write one compare-and-set on one object.
 */
final class Move {

    /** How entries are moved, and how far to look. */
    static final class Options {
        int cells = 3;
        int writers = 2;
        int writes = 7;
        /** The entry is written to its new place before it leaves the old one. */
        boolean copyFirst = false;
        /** A forwarding entry is removed once its target is live. */
        boolean clean = true;
        /** Who completes a move read the target before it read the source. */
        boolean sourceLast = true;
        /** No move is completed over a newer version at the target. */
        boolean higherWins = true;
        /** Completing is guarded by the version of the target object as read. */
        boolean targetGuard = true;

        Options set(String nameValue) {
            String[] words = nameValue.split("=");
            switch (words[0]) {
                case "cells" -> cells = Integer.parseInt(words[1]);
                case "writes" -> writes = Integer.parseInt(words[1]);
                case "copyFirst" -> copyFirst = Boolean.parseBoolean(words[1]);
                case "clean" -> clean = Boolean.parseBoolean(words[1]);
                case "sourceLast" -> sourceLast = Boolean.parseBoolean(words[1]);
                case "higherWins" -> higherWins = Boolean.parseBoolean(words[1]);
                case "targetGuard" -> targetGuard = Boolean.parseBoolean(words[1]);
                default -> throw new IllegalArgumentException(nameValue);
            }
            return this;
        }
    }

    private final Options o;
    // a cell: 0 absent, else version << 3 | forward + 1 (0 = live); per writer and cell: cell and object version as read; order of the last reads
    final int[] cell, rv;
    final int[][] seen, seenRv, at;
    int n;
    Move(Options o) {
        this.o = o;
        cell = new int[o.cells];
        rv = new int[o.cells];
        seen = new int[o.writers][o.cells];
        seenRv = new int[o.writers][o.cells];
        at = new int[o.writers][o.cells];
    }
    Move(Move m) {
        this(m.o);
        n = m.n;
        for (int i = 0; i < o.cells; i++) {
            cell[i] = m.cell[i];
            rv[i] = m.rv[i];
            for (int w = 0; w < o.writers; w++) { seen[w][i] = m.seen[w][i]; seenRv[w][i] = m.seenRv[w][i]; at[w][i] = m.at[w][i]; }
        }
    }
    static int ver(int c) { return c >> 3; }
    static boolean live(int c) { return c != 0 && (c & 7) == 0; }
    static int to(int c) { return (c & 7) - 1; }
    String key() {
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < o.cells; i++) {
            b.append((char) cell[i]).append((char) rv[i]);
            for (int w = 0; w < o.writers; w++) b.append((char) seen[w][i]).append((char) seenRv[w][i]).append((char) at[w][i]);
        }
        return b.append((char) n).toString();
    }
    void put(int i, int c) { cell[i] = c; rv[i]++; n++; }
    String check() { int k = 0; for (int c : cell) if (live(c)) k++; return k > 1 ? "two live entries" : null; }
    static String name(int i) { return "S" + (i + 1); }
    static String show(int c) { return c == 0 ? "-" : "v" + ver(c) + (live(c) ? "" : "->" + name(to(c))); }
    public String toString() {
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < o.cells; i++) b.append(name(i)).append(' ').append(show(cell[i])).append("  ");
        return b.toString();
    }

    void next(List<Move> out, List<String> how) {
        for (int w = 0; w < o.writers; w++) for (int i = 0; i < o.cells; i++) {

            Move m = new Move(this);
            m.seen[w][i] = cell[i];
            m.seenRv[w][i] = rv[i];
            m.at[w][i] = 9;
            Integer[] order = new Integer[o.cells];
            for (int j = 0; j < o.cells; j++) order[j] = j; // order of reads, as ranks
            final int[] a = m.at[w];
            Arrays.sort(order, (x, y) -> a[x] - a[y]);
            int[] r = new int[o.cells];
            for (int j = 0; j < o.cells; j++) r[order[j]] = j;
            System.arraycopy(r, 0, a, 0, o.cells);
            out.add(m);
            how.add("W" + (w + 1) + " reads " + name(i));
            if (n >= o.writes) continue;
            boolean same = seenRv[w][i] == rv[i];
            int c = seen[w][i];
            if (same && live(c)) {
                m = new Move(this);
                m.put(i, ver(c) + 1 << 3);
                out.add(m);
                how.add("W" + (w + 1) + " changes the entry in " + name(i));
                if (!o.copyFirst) for (int j = 0; j < o.cells; j++) if (j != i) {
                    m = new Move(this);
                    m.put(i, ver(c) + 1 << 3 | j + 1);
                    out.add(m);
                    how.add("W" + (w + 1) + " leaves in " + name(i) + " a pointer to " + name(j));
                }
            }
            for (int j = 0; j < o.cells; j++) if (j != i) {
                int t = seen[w][j];
                boolean sameT = seenRv[w][j] == rv[j];
                boolean from = o.copyFirst ? live(c) : c != 0 && to(c) == j;
                if (from && (sameT || !o.targetGuard) && (t == 0 || !o.higherWins || ver(t) < ver(c)) && (!o.sourceLast || at[w][i] > at[w][j])) {
                    m = new Move(this);
                    m.put(j, ver(c) + 1 << 3);
                    out.add(m);
                    how.add("W" + (w + 1) + " o.writes the entry to " + name(j));
                }
                boolean done = t != 0 && live(t) && ver(t) > ver(c);
                if (o.clean && same && done && c != 0 && (o.copyFirst ? live(c) : to(c) == j)) {
                    m = new Move(this);
                    m.put(i, 0);
                    out.add(m);
                    how.add("W" + (w + 1) + " removes what " + name(i) + " holds");
                }
            }
        }
    }
    /** Somebody who reads everything afresh can finish. */
    boolean canFinish() {
        for (int i = 0; i < o.cells; i++) if (live(cell[i])) return true;
        int best = -1;
        for (int i = 0; i < o.cells; i++) if (cell[i] != 0 && (best < 0 || ver(cell[i]) > ver(cell[best]))) best = i;
        return best >= 0 && (cell[to(cell[best])] == 0 || ver(cell[to(cell[best])]) < ver(cell[best]));
    }

    /** Every schedule; returns "ok" or what went wrong, and writes figures and trace to {@code out}. */
    static String run(String name, Options o, StringBuilder out) {
        Move m0 = new Move(o);
        m0.cell[0] = 1 << 3;
        for (int w = 0; w < o.writers; w++) {
            for (int i = 0; i < o.cells; i++) {
                m0.seen[w][i] = m0.cell[i];
                m0.at[w][i] = i;
            }
        }
        Map<String, Integer> known = new HashMap<>();
        List<Move> all = new ArrayList<>();
        List<Integer> parent = new ArrayList<>();
        List<String> label = new ArrayList<>();
        known.put(m0.key(), 0);
        all.add(m0);
        parent.add(-1);
        label.add("");
        int bad = -1;
        String what = null;
        for (int d = 0; d < all.size() && bad < 0; d++) {
            List<Move> next = new ArrayList<>();
            List<String> how = new ArrayList<>();
            all.get(d).next(next, how);
            for (int k = 0; k < next.size() && bad < 0; k++) {
                if (known.putIfAbsent(next.get(k).key(), all.size()) != null) {
                    continue;
                }
                all.add(next.get(k));
                parent.add(d);
                label.add(how.get(k));
                what = next.get(k).check();
                if (what == null && !next.get(k).canFinish()) {
                    what = "nobody can finish";
                }
                if (what != null) {
                    bad = all.size() - 1;
                }
            }
        }
        String verdict = bad < 0 ? "ok" : what;
        out.append(String.format(Locale.ROOT, "%-34s %-60s states %,d%n", name, verdict, all.size()));
        List<Integer> path = new ArrayList<>();
        for (int i = bad; i >= 0; i = parent.get(i)) {
            path.add(i);
        }
        Collections.reverse(path);
        for (int k = 0; k < path.size(); k++) {
            out.append(String.format(Locale.ROOT, "  %2d. %-40s %s%n", k, label.get(path.get(k)), all.get(path.get(k))));
        }
        return verdict;
    }
}
