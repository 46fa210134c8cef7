package io.partita.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Locale;

/**
 * Breadth-first search over every schedule of the protocol within the bounds of {@link Rules}: all messages delayed, lost or repeated, all views of the object late, all
 * crashes at all times. States are compared exactly, and brokers are interchangeable with {@code symmetry}. From every state one fair schedule is tried as well: does
 * it end with a leader that commits? One thread.
 *
 * <p>By hand: {@code java -cp broker/model/target/classes io.partita.model.Checker [name] rule=value ...}
 */
final class Checker {
    final Rules c;
    final int w;
    final ArrayList<long[]> chunks = new ArrayList<>();
    final ArrayList<int[]> parents = new ArrayList<>();
    static final int CH = 1 << 15;
    int[] table = new int[1 << 20];
    int count;
    final State cur, nx, scratch, swapped;
    final long[] buf;
    long[] other = new long[64];
    int from;
    String label;
    boolean wantLabels;
    long edges;
    String violation;
    int violationAt;
    String lastLabel;
    interface Sink { void take(); }
    Sink sink;

    Checker(Rules c) {
        this.c = c;
        cur = new State(c, true);
        nx = new State(c, true);
        scratch = new State(c, true);
        swapped = new State(c, true);
        long[] probe = new long[64];
        cur.init();
        w = cur.code(probe, true) + 63 >> 6;
        buf = new long[w + 1];
    }

    long word(int i, int k) { return chunks.get(i >> 15)[(i & CH - 1) * w + k]; }
    int hash() {
        long h = 0x9E3779B97F4A7C15L;
        for (int k = 0; k < w; k++) { h ^= buf[k]; h *= 0xff51afd7ed558ccdL; h ^= h >>> 32; }
        return (int) (h ^ h >>> 29);
    }
    /** Index of a new state, or -1 when known. */
    int add(int parent) {
        if (count * 5L > table.length * 3L) grow();
        int mask = table.length - 1, at = hash() & mask;
        for (;; at = at + 1 & mask) {
            int v = table[at];
            if (v == 0) break;
            long[] ch = chunks.get(v - 1 >> 15);
            int off = (v - 1 & CH - 1) * w;
            boolean same = true;
            for (int k = 0; k < w; k++) if (ch[off + k] != buf[k]) { same = false; break; }
            if (same) return -1;
        }
        int i = count++;
        if (i >> 15 == chunks.size()) { chunks.add(new long[CH * w]); parents.add(new int[CH]); }
        System.arraycopy(buf, 0, chunks.get(i >> 15), (i & CH - 1) * w, w);
        parents.get(i >> 15)[i & CH - 1] = parent;
        table[at] = i + 1;
        return i;
    }
    void grow() {
        table = new int[table.length * 2];
        int mask = table.length - 1;
        for (int i = 0; i < count; i++) {
            System.arraycopy(chunks.get(i >> 15), (i & CH - 1) * w, buf, 0, w);
            int at = hash() & mask;
            while (table[at] != 0) at = at + 1 & mask;
            table[at] = i + 1;
        }
        // buf is rebuilt by the caller
        code();
    }
    void load(int i, State s) { System.arraycopy(chunks.get(i >> 15), (i & CH - 1) * w, buf, 0, w); s.code(buf, false); }

    void emit(String l) { if (c.partitions == 2) follow(); label = l; edges++; sink.take(); nx.copy(cur); }
    boolean joint;
    /** What happened to the object or to a process happened to its other entry as well. */
    void follow() {
        State b = nx.twin;
        if (!joint && nx.nh > cur.nh) { b.hist[b.nh] = b.obj(); b.nh++; }
        for (int p = 0; p < 3; p++) {
            if (cur.role[p] != State.DOWN && nx.role[p] == State.DOWN) b.crash(p, 9, false);
            else if (cur.role[p] == State.DOWN && nx.role[p] != State.DOWN) b.restart(p, nx.view[p]);
            else if (nx.view[p] != cur.view[p]) b.look(p, nx.view[p]);
        }
        b.crashes = nx.crashes;
    }
    /** One write that changes both entries. */
    void both() {
        State s = nx;
        joint = true;
        for (int p = 0; p < 3; p++) {
            if (cur.cas[p] != 0 && cur.twin.cas[p] != 0 && s.applyCas(p, c.versions) && s.twin.applyCas(p, c.versions) && s.nh == s.twin.nh)
                emit("has both its requests stored, in one write", p);
            else
                s.copy(cur);
            for (int q = 0; q < 3 && c.behalf; q++)
                if (s.behalf(p, cur.pn[p], State.min(cur.obj()), c.versions, c.epochs)
                        && s.twin.behalf(q, cur.pn[q], State.min(cur.obj()), c.versions, c.epochs))
                    emit(wantLabels ? "Another broker elects " + cur.name(p) + " and " + cur.name(q) + " in one write" : null);
                else
                    s.copy(cur);
        }
        joint = false;
    }
    /** Normal form of nx into buf. */
    void encode() { nx.normalise(); code(); }
    void code() {
        nx.code(buf, true);
        if (c.partitions == 1) return;
        nx.codeSwapped(other);
        for (int k = 0; k < w; k++) if (buf[k] != other[k]) { if (other[k] < buf[k]) System.arraycopy(other, 0, buf, 0, w); return; }
    }
    void successors() {
        one();
        if (c.partitions == 1) return;
        both();
        swapped.copy(cur.twin);
        swapped.twin.copy(cur);
        cur.copy(swapped);
        one();
    }
    void emit(String verb, int p) { emit(wantLabels ? cur.name(p) + " " + verb : null); }

    void one() {
        State s = nx;
        int n = c.maxForks > 0 ? 4 : 3;
        s.copy(cur);
        for (int p = 0; p < n; p++) {
            if (cur.cas[p] != 0 && s.applyCas(p, c.versions))
                emit(cur.cas[p] == State.ELECT ? "is elected by compare-and-set" : "'s ISR change (" + cur.cas[p] + ") is stored", p);
            if (cur.role[p] == State.DOWN) {
                if (p == 3) continue;
                for (int v = Math.max(0, cur.view[p] - c.cacheBack); v <= cur.view[p]; v++) {
                    if (cur.hist[v] == 0) continue;
                    s.restart(p, v);
                    emit(wantLabels ? cur.name(p) + " starts, knowing v" + v : null);
                }
                continue;
            }
            int last = cur.nh - 1, v0 = cur.view[p];
            if (v0 < last) {
                s.look(p, last);
                emit("learns the newest version", p);
                if (v0 + 1 < last) { s.look(p, v0 + 1); emit("learns the next version", p); }
                if (c.fused && State.epoch(cur.hist[last]) != cur.ep(p) && s.leaveRequest(p)) {
                    s.look(p, last);
                    emit("learns the newest version, a fetch of it still under way", p);
                }
            }
            if (cur.role[p] == State.LEADER) {
                if (s.produce(p, c.records)) emit("appends a record", p);
                for (int k = 1; k <= 6; k++)
                    if (s.propose(p, k, c.versions))
                        emit(wantLabels ? cur.name(p) + " asks to " + (k <= 3 ? "add " : "remove ") + "ABC".charAt((k - 1) % 3) : null);
                if (c.forgetPending && cur.pend[p] != 0) { s.pend[p] = 0; s.advanceHw(p); emit("takes the unanswered ISR change as failed", p); }
            } else {
                if (s.elect(p, c.versions, c.epochs)) emit("suspects the leader, becomes candidate", p);
                if (c.fused && cur.role[p] == State.FOLLOWER && s.leaveRequest(p)) {
                    if (s.elect(p, c.versions, c.epochs)) emit("becomes candidate, a fetch of it still under way", p);
                    else s.copy(cur);
                }
                if (cur.role[p] == State.CANDIDATE && c.candidateResumes) { s.role[p] = State.FOLLOWER; emit("follows again, compare-and-set unanswered", p); }
                if (c.leave && s.leave(p, c.versions)) emit("asks to drop its lost entry", p);
                if (s.reclaim(p, c.versions)) emit("asks to reclaim its entry", p);
                if (!c.fused) {
                    if (s.send(p)) emit("sends a fetch", p);
                } else for (int q = 0; q < n; q++) if (cur.role[q] == State.LEADER && q != p) {
                    if (s.fetch(q, p, 0)) emit(wantLabels ? cur.name(p) + " fetches from " + cur.name(q) + " at " + cur.len[p] : null);
                    else s.copy(cur);
                    if (s.fetch(q, p, 1)) emit(wantLabels ? cur.name(p) + " fetches from " + cur.name(q) + " at " + cur.len[p] + ", response lost" : null);
                    else s.copy(cur);
                    if (c.lateResponses) {
                        if (s.fetch(q, p, 2)) emit(wantLabels ? cur.name(p) + " fetches from " + cur.name(q) + " at " + cur.len[p] + ", response late" : null);
                        else s.copy(cur);
                    }
                }
            }
            if (s.flush(p)) emit("flushes", p);
            if ((!c.fused || c.lateResponses) && s.accept(p))
                emit(cur.rs[p] == 2 ? "takes a diverging-epoch response, truncates" : "takes a fetch response", p);
            if (cur.crashes < c.maxCrashes && p != 3) {
                s.crash(p, 9, false);
                s.crashes++;
                emit("'s process crashes, log kept", p);
                if (c.fused && s.leaveRequest(p)) { s.crash(p, 9, false); s.crashes++; emit("'s process crashes, a fetch of it still under way", p); }
            }
            if (cur.machine < c.maxMachine && p != 3)
                for (int k = cur.fl[p]; k <= cur.len[p]; k++) {
                    s.crash(p, k, c.detectMachine, c.epochFileLost);
                    s.machine++;
                    emit(wantLabels ? cur.name(p) + "'s machine crashes, log end " + k : null);
                    if (c.fused && s.leaveRequest(p)) {
                        s.crash(p, k, c.detectMachine, c.epochFileLost);
                        s.machine++;
                        emit(wantLabels ? cur.name(p) + "'s machine crashes, log end " + k + ", a fetch of it still under way" : null);
                    }
                }
            if (cur.disk < c.maxDisk && p != 3) {
                s.crash(p, 0, c.detectDisk, true);
                s.disk++;
                emit("'s disk is lost", p);
                if (c.fused && s.leaveRequest(p)) { s.crash(p, 0, c.detectDisk, true); s.disk++; emit("'s disk is lost, a fetch of it still under way", p); }
            }
            if (p == 1 && cur.forks < c.maxForks) { s.fork(c.forkEmpty); emit("'s pod is force-deleted and started anew, the old process lives on", p); }
        }
        for (int p = 0; p < n; p++)
            if (cur.rq[p] != 0)
                for (int q = 0; q < n; q++) if (cur.role[q] == State.LEADER && s.answer(q, p)) {
                    if (c.fused) s.rs[p] = cur.rs[p] == 0 ? 0 : s.rs[p];
                    emit(wantLabels ? cur.name(q) + " answers the fetch of " + cur.name(p) + " at offset " + cur.rqOff[p] : null);
                }
        if (cur.opElections < c.maxOperator)
            for (int m = 0; m < 3; m++) if (s.operatorElects(m, c.versions, c.epochs)) {
                s.opElections++;
                emit("is elected by the operator", m);
            }
        for (int m = 0; m < 3; m++) for (int back = 0; back < 2; back++) {
            if (back > 0 && (!c.behalfProcess || cur.pn[m] == 0)) continue;
            int k = cur.pn[m] - back;
            for (int min : mins()) {
                if (c.behalf && s.behalf(m, k, min, c.versions, c.epochs))
                    emit(wantLabels ? "Another broker elects " + cur.name(m) + (back > 0 ? ", naming its former process" : "") : null);
                if (c.behalfShrink && back == 0 && s.behalfShrink(m, min, c.versions))
                    emit(wantLabels ? "Another broker drops " + cur.name(m) + " from the ISR" : null);
                if (cur.reassigns < c.maxReassign)
                    for (int j = 0; j < 3; j++)
                        if (s.removeReplica(j, m, k, min, c.versions, c.epochs)) {
                            s.reassigns++;
                            emit(wantLabels
                                    ? "Operator removes replica " + cur.name(j)
                                            + (State.leader(cur.obj()) == j && c.removeMovesLeader ? ", leader " + cur.name(m) : "")
                                    : null);
                        }
            }
        }
        for (int j = 0; j < 3; j++) {
            if (cur.reassigns < c.maxReassign && s.addReplica(j, c.versions, c.epochs)) {
                s.reassigns++;
                emit(wantLabels ? "Operator adds replica " + cur.name(j) : null);
            }
            if (cur.role[j] != State.DOWN && c.maxReassign + c.maxBlind > 0) {
                if (c.fused && s.leaveRequest(j)) {
                    if (s.deleteLog(j)) emit("deletes its log, a fetch of it still under way", j);
                    else s.copy(cur);
                }
                if (s.deleteLog(j)) emit("deletes its log", j);
            }
            if (cur.blind < c.maxBlind) for (int v = 0; v < cur.nh - 1; v++) if (s.blindRemove(j, v, c.versions)) {
                s.blind++;
                emit(wantLabels ? "Operator removes replica " + cur.name(j) + " as of v" + v + ", unguarded" : null);
            }
            if (s.report(j)) emit("reports what it has and stops", j);
            if (s.rebuild(j, c.versions)) emit(wantLabels ? "The object is rebuilt, " + cur.name(j) + " leads" : null);
            if (cur.uncleans < c.maxUnclean && s.unclean(j, c.versions, c.epochs)) {
                s.uncleans++;
                emit(wantLabels ? cur.name(j) + " is elected by the user, unclean" : null);
            }
            if (!c.minInEntry && cur.km[j] != cur.cfgMin) { s.km[j] = cur.cfgMin; emit("hears of the new minimum", j); }
        }
        if (cur.gone < c.maxLost) { s.gone = 1; emit(wantLabels ? "The object is lost" : null); }
        if (cur.minChanges < c.maxMinChanges) for (int k = 1; k <= 2; k++) if (s.setMin(k, c.versions)) {
            s.minChanges++;
            emit(wantLabels ? "Minimum set to " + k : null);
        }
        if (cur.bumps < c.maxBumps && s.bump(c.versions)) { s.bumps++; emit(wantLabels ? "Another entry of the shard is written" : null); }
        if (cur.restores < c.maxRestores && cur.nh < c.versions)
            for (int k = 0; k < cur.nh - 1; k++) {
                s.hist[s.nh++] = cur.hist[k];
                s.restores++;
                emit("ckup: the object is restored to v" + k, 0);
            }
    }

    static final int[][] MINS = {{1}, {2}, {1, 2}};
    /** The minimum as whoever writes on behalf of others may know it. */
    int[] mins() {
        return !c.minInEntry && cur.minChanges > 0 ? MINS[2] : MINS[c.minInEntry ? State.min(cur.obj()) - 1 : cur.cfgMin - 1];
    }

    String run(String name) {
        long t0 = System.nanoTime();
        cur.init();
        cur.normalise();
        cur.code(buf, true);
        nx.copy(cur);
        add(-1);
        int stuckLost = 0, stuck = -1, stuckCount = 0;
        int done = 0;
        String how = null;
        sink = () -> {
            if (violation != null) return;
            String bad = nx.check();
            encode();
            int i = add(from);
            if (bad != null) { violation = bad; violationAt = i < 0 ? from : i; }
        };
        while (done < count && violation == null && count < c.maxStates) {
            from = done;
            load(done, cur);
            successors();
            if (c.live && violation == null) {
                scratch.copy(cur);
                int h = heal(scratch);
                if (h == 0) { scratch.copy(cur); java.util.Arrays.fill(scratch.cas, 0); h = heal(scratch); } // the request under way is lost instead
                if (h == 2) {
                    violation = healBad;
                    violationAt = done;
                    how = "while healing";
                } else if (h == 1 && c.liveDown) for (int d = 0; d < 3; d++) {
                    if (!memberUp(cur, d)) continue;
                    scratch.copy(cur);
                    h = heal(scratch, d);
                    if (h == 2) { violation = healBad; violationAt = done; how = "while healing without " + cur.name(d); break; }
                    if (h == 0) { stuckCount++; if (stuck < 0) { stuck = done; out.append("stuck without " + cur.name(d) + "\n"); } }
                }
                else if (h == 0) {
                    if (lost(cur)) stuckLost++;
                    else {
                        stuckCount++;
                        if (stuck < 0) stuck = done;
                    }
                }
            }
            done++;
        }
        double sec = (System.nanoTime() - t0) / 1e9;
        String verdict = violation != null
                ? violation + (how == null ? "" : " " + how)
                : stuck >= 0 ? "STUCK" : count >= c.maxStates ? "ok so far (cut)" : "ok";
        out.append(String.format(Locale.ROOT, "%-34s %-60s states %,d expanded %,d edges %,d  %.0f s%s%s%n", name, verdict, count, done, edges, sec,
                stuckCount > 0 ? "  stuck " + stuckCount : "", stuckLost > 0 ? "  no log of the ISR left " + stuckLost : ""));
        if (violation != null) trace(violationAt);
        else if (stuck >= 0) trace(stuck);
        return verdict;
    }

    /** True when no replica that still exists holds every acknowledged record, or nothing the object names survives. */
    boolean lost(State s) {
        int o = s.obj();
        for (int p = 0; p < State.N; p++) {
            if (p == 3 && s.role[3] == State.DOWN) continue;
            int b = 1 << s.id(p);
            if (((State.isr(o) | State.elr(o)) & b) != 0 && State.inc(o, s.id(p)) == s.inc[p]) return false;
        }
        return true;
    }

    boolean memberUp(State s, int d) {
        int o = s.obj();
        for (int p = 0; p < 3; p++) if (p != d && (State.isr(o) >> p & 1) != 0 && State.inc(o, p) == s.inc[p]) return true;
        return false;
    }

    /** What the run has to say: one line of figures, and the trace that leads to a failure. */
    final StringBuilder out = new StringBuilder();

    String healBad;
    /** One fair schedule: all brokers up, API reachable. 1 commits, 0 stuck, 2 broke an invariant on the way. */
    int heal(State s) { return heal(s, -1); }
    /** The same while broker d stays down for good. */
    int heal(State s, int d) {
        if (d >= 0) { if (s.role[d] != State.DOWN) s.crash(d, 9, false); s.cas[d] = 0; s.rq[d] = 0; }
        if (s.role[3] != State.DOWN) s.crash(3, 0, false);
        for (int p = 0; p < 3; p++) if (p != d && s.role[p] == State.DOWN) s.restart(p, s.view[p]);
        for (int round = 0; round < 40; round++) {
            for (int p = 0; p < 3; p++) { s.applyCas(p, 60); if ((healBad = s.check()) != null) return 2; }
            for (int p = 0; p < 3; p++) if (p != d) {
                if (s.role[p] == State.CANDIDATE) s.role[p] = State.FOLLOWER;
                if (s.view[p] < s.nh - 1) s.look(p, s.nh - 1);
                if ((healBad = s.check()) != null) return 2;
            }
            boolean again = false;
            for (int p = 0; p < 3 && !again; p++) again = p != d && (c.leave && s.leave(p, 60) || s.reclaim(p, 60));
            if (again) continue;
            int l = -1;
            for (int p = 0; p < 3; p++) if (s.role[p] == State.LEADER && s.view[p] == s.nh - 1) l = p;
            if (l < 0) {
                for (int p = 0; p < 3 && !again; p++) again = p != d && s.elect(p, 60, 15);
                if (!again) return 0;
                continue;
            }
            s.flush(l);
            for (int k = 0; k < 6; k++) for (int p = 0; p < 3; p++) if (p != l && p != d) {
                s.send(p);
                s.answer(l, p);
                s.accept(p);
                s.flush(p);
                if ((healBad = s.check()) != null) return 2;
            }
            for (int k = 1; k <= 3 && !again; k++) again = s.propose(l, k, 60);
            if (again) continue;
            for (int j = 0; j < 3 && !again; j++)
                if (j != l && (State.isr(s.obj()) >> j & 1) != 0 && (s.rem[l][j] != s.len[l] || c.isrIncarnation && State.inc(s.obj(), j) != s.remInc[l][j]))
                    again = s.propose(l, 4 + j, 60);
            if (again) continue;
            if (Integer.bitCount(State.isr(s.obj())) >= s.minOf(l, s.obj()) && s.hw[l] == s.len[l]) return 1;
        }
        return 0;
    }

    void trace(int at) {
        ArrayList<Integer> path = new ArrayList<>();
        for (int i = at; i >= 0; i = parents.get(i >> 15)[i & CH - 1]) path.add(i);
        Collections.reverse(path);
        wantLabels = true;
        load(path.get(0), cur);
        out.append("      " + cur.show()).append("\n");
        for (int k = 1; k < path.size(); k++) {
            load(path.get(k - 1), cur);
            final int want = path.get(k);
            lastLabel = null;
            sink = () -> {
                if (lastLabel != null) return;
                encode();
                for (int q = 0; q < w; q++) if (word(want, q) != buf[q]) return;
                lastLabel = label;
            };
            successors();
            load(want, scratch);
            out.append(String.format(Locale.ROOT, "  %2d. %-58s %s%n", k, lastLabel, scratch.show()));
        }
        if (violation != null) out.append("      => " + violation).append("\n");
        else out.append("      => stuck").append("\n");
        out.append("\n");
    }

    public static void main(String[] a) {
        Rules r = new Rules();
        String name = "run";
        for (String s : a) if (s.contains("=")) r.set(s);
        else name = s;
        Checker checker = new Checker(r);
        checker.run(name);
        System.out.print(checker.out);
    }
}
