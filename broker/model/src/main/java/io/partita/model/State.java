package io.partita.model;

/**
 * One partition, three broker identities (0..2), process 3 = the old process of broker 1 that lives on after a force delete. The object, the logs, what is under way, and
 * what must always hold. Packed into bits to be compared and kept by the million, which is why it is numbers all through.
 */
final class State {
    static final int N = 4, NONE = 3, UNKNOWN = 7, MAXREC = 5;
    static final int DOWN = 0, FOLLOWER = 1, CANDIDATE = 2, LEADER = 3;
    // compare-and-set kinds: 1..3 add, 4..6 remove, 7 elect, 8 remove own lost entry, 9 reclaim own entry.
    // Writes whose sender keeps no state about them (elections on behalf, the operator, other entries of the same shard object) are single
    // steps on the stored object: a compare-and-set that succeeds saw exactly that object. What else their sender knew may be old.
    static final int ELECT = 7, LEAVE = 8, RECLAIM = 9, ANY = 7; // ANY: a leader entry that names no process

    final Rules c;
    int nh;
    final int[] hist = new int[64]; // every value the API object has had
    int nrec;
    final int[] rec = new int[MAXREC + 1]; // ghost: epoch under which record i was appended
    int acked, exposed, maxLed = 1; // ghost: acknowledged to a producer, shown to a consumer
    int crashes, machine, disk, forks, restores, opElections;
    int reassigns, minChanges, bumps, blind, uncleans;
    int cfgMin, force, uncleanEp, post; // minimum last set; ghosts: minimum in force, epoch of the last unclean election, replicas that joined it
    final int[] need = new int[MAXREC + 1], km = new int[N]; // ghost: logs that must hold record i; minimum as a process knows it (minInEntry=false)
    int gone, reports; // the object is lost; replicas that reported and stopped
    int maxInc1; // incarnations handed out for broker 1 (the one that may be doubled)
    final int[] role = new int[N], view = new int[N], len = new int[N], hw = new int[N], fl = new int[N];
    final int[] inc = new int[N], pn = new int[N], est = new int[N], pend = new int[N], pendInc = new int[N], seen = new int[N];
    final int[][] log = new int[N][MAXREC + 1], rem = new int[N][3], remInc = new int[N][3];
    final int[] cas = new int[N], casBase = new int[N], casInc = new int[N], casPn = new int[N];
    final int[] rq = new int[N], rqTo = new int[N], rqEp = new int[N], rqOff = new int[N], rqLast = new int[N], rqInc = new int[N];
    final int[] rs = new int[N], rsEp = new int[N], rsBase = new int[N], rsN = new int[N], rsHw = new int[N];
    final int[][] rsRec = new int[N][MAXREC + 1]; // rs: 0 none, 1 records, 2 diverging (rsN = epoch, rsHw = end offset)
    String bad;

    State twin; // partitions=2: the other entry of the same object; same processes, same versions

    State(Rules c) { this.c = c; }
    State(Rules c, boolean first) { this(c); if (c.partitions == 2) twin = new State(c); }

    // ---- the API object, packed
    static int ob(int epoch, int leader, int lpn, int isr, int elr, int incs, int iver) {
        return epoch | leader << 4 | lpn << 6 | isr << 9 | elr << 12 | incs << 15 | iver << 21;
    }
    static int epoch(int o) { return o & 15; }
    static int leader(int o) { return o >> 4 & 3; }
    static int lpn(int o) { return o >> 6 & 7; }
    static int isr(int o) { return o >> 9 & 7; }
    static int elr(int o) { return o >> 12 & 7; }
    static int incs(int o) { return o >> 15 & 63; }
    static int inc(int o, int j) { return o >> 15 + 2 * j & 3; }
    static int iver(int o) { return o >> 21 & 15; }
    static int reps(int o) { return o >> 25 & 7; }
    static int min(int o) { return o >> 28 & 3; }
    static int rest(int reps, int min) { return reps << 25 | min << 28; }
    static final int REST = 31 << 25;
    static int withInc(int incs, int j, int v) { return incs & ~(3 << 2 * j) | v << 2 * j; }

    int id(int p) { return p == 3 ? 1 : p; }
    int obj() { return hist[nh - 1]; }
    int vo(int p) { return hist[view[p]]; }
    int ep(int p) { return epoch(vo(p)); }
    int lastEpoch(int p) { return len[p] == 0 ? 0 : rec[log[p][len[p] - 1]]; }

    void init() {
        if (twin != null) twin.init();
        nh = 1;
        hist[0] = ob(1, 0, 0, c.initIsr, 0, 0, 0) | rest(c.initReplicas, c.minIsr);
        cfgMin = force = c.minIsr;
        java.util.Arrays.fill(km, c.minIsr);
        for (int p = 0; p < N; p++) { role[p] = p == 3 ? DOWN : FOLLOWER; java.util.Arrays.fill(rem[p], UNKNOWN); }
        role[0] = LEADER;
        for (int p = 0; p < 3; p++) seen[p] = c.initReplicas >> p & 1;
    }

    void copy(State s) {
        if (twin != null && s.twin != null) twin.copy(s.twin);
        nh = s.nh;
        System.arraycopy(s.hist, 0, hist, 0, s.nh);
        nrec = s.nrec;
        System.arraycopy(s.rec, 0, rec, 0, rec.length);
        acked = s.acked;
        exposed = s.exposed;
        maxLed = s.maxLed;
        crashes = s.crashes;
        machine = s.machine;
        disk = s.disk;
        forks = s.forks;
        reassigns = s.reassigns;
        minChanges = s.minChanges;
        bumps = s.bumps;
        blind = s.blind;
        uncleans = s.uncleans;
        cfgMin = s.cfgMin;
        force = s.force;
        uncleanEp = s.uncleanEp;
        post = s.post;
        gone = s.gone;
        reports = s.reports;
        cp(s.need, need);
        cp(s.km, km);
        restores = s.restores;
        opElections = s.opElections;
        maxInc1 = s.maxInc1;
        bad = null;
        cp(s.role, role);
        cp(s.view, view);
        cp(s.len, len);
        cp(s.hw, hw);
        cp(s.fl, fl);
        cp(s.inc, inc);
        cp(s.pn, pn);
        cp(s.est, est);
        cp(s.pend, pend);
        cp(s.pendInc, pendInc);
        cp(s.seen, seen);
        cp(s.cas, cas);
        cp(s.casBase, casBase);
        cp(s.casInc, casInc);
        cp(s.casPn, casPn);
        cp(s.rq, rq);
        cp(s.rqTo, rqTo);
        cp(s.rqEp, rqEp);
        cp(s.rqOff, rqOff);
        cp(s.rqLast, rqLast);
        cp(s.rqInc, rqInc);
        cp(s.rs, rs);
        cp(s.rsEp, rsEp);
        cp(s.rsBase, rsBase);
        cp(s.rsN, rsN);
        cp(s.rsHw, rsHw);
        for (int p = 0; p < N; p++) { cp(s.log[p], log[p]); cp(s.rem[p], rem[p]); cp(s.remInc[p], remInc[p]); cp(s.rsRec[p], rsRec[p]); }
    }
    private static void cp(int[] a, int[] b) { System.arraycopy(a, 0, b, 0, a.length); }

    // ---- bits: one pass that writes or reads
    private long[] w;
    private int pos;
    private boolean writing;
    int code(long[] words, boolean write) {
        if (write) java.util.Arrays.fill(words, 0);
        int end = part(words, write, 0);
        return twin == null ? end : twin.part(words, write, end);
    }
    /** The other order: the two entries are interchangeable. */
    void codeSwapped(long[] words) {
        java.util.Arrays.fill(words, 0);
        part(words, true, twin.part(words, true, 0));
    }
    private int part(long[] words, boolean write, int at) {
        w = words;
        pos = at;
        writing = write;
        nh = x(nh, 4);
        for (int i = 0; i < c.versions; i++) { int v = x(i < nh ? hist[i] : 0, 30); if (!write) hist[i] = v; }
        nrec = x(nrec, 3);
        for (int i = 1; i <= c.records; i++) rec[i] = x(rec[i], 3);
        acked = x(acked, c.records);
        exposed = x(exposed, c.records);
        maxLed = x(maxLed, 4);
        crashes = x(crashes, 2);
        machine = x(machine, 2);
        disk = x(disk, 2);
        forks = x(forks, 1);
        restores = x(restores, 1);
        opElections = x(opElections, 2);
        maxInc1 = x(maxInc1, 2);
        if (c.maxReassign > 0) reassigns = x(reassigns, 3);
        if (c.maxBumps > 0) bumps = x(bumps, 3);
        if (c.maxBlind > 0) blind = x(blind, 1);
        if (c.maxMinChanges > 0) { minChanges = x(minChanges, 2); cfgMin = x(cfgMin, 2); }
        if (c.copies) { force = x(force, 2); for (int i = 1; i <= c.records; i++) need[i] = x(need[i], 2); }
        if (c.maxUnclean > 0) { uncleans = x(uncleans, 2); uncleanEp = x(uncleanEp, 4); post = x(post, 3); }
        if (c.maxLost > 0) { gone = x(gone, 2); reports = x(reports, 3); }
        int n = c.maxForks > 0 ? 4 : 3;
        for (int p = 0; p < n; p++) {
            role[p] = x(role[p], 2);
            view[p] = x(view[p], 3);
            len[p] = x(len[p], 3);
            hw[p] = x(hw[p], 3);
            fl[p] = x(fl[p], 3);
            inc[p] = x(inc[p], 2);
            pn[p] = x(pn[p], 3);
            est[p] = x(est[p], 3);
            pend[p] = x(pend[p], 3);
            pendInc[p] = x(pendInc[p], 2);
            if (c.persistEpoch) seen[p] = x(seen[p], 4);
            for (int i = 0; i < c.records; i++) log[p][i] = x(i < len[p] ? log[p][i] : 0, 3);
            for (int j = 0; j < 3; j++) { rem[p][j] = x(rem[p][j], 3); remInc[p][j] = x(remInc[p][j], 2); }
            if (!c.minInEntry) km[p] = x(km[p], 2);
            cas[p] = x(cas[p], 4);
            casBase[p] = x(casBase[p], 3);
            casInc[p] = x(casInc[p], 2);
            casPn[p] = x(casPn[p], 3);
            rq[p] = x(rq[p], 1);
            rqTo[p] = x(rqTo[p], 2);
            rqEp[p] = x(rqEp[p], 3);
            rqOff[p] = x(rqOff[p], 3);
            rqLast[p] = x(rqLast[p], 3);
            rqInc[p] = x(rqInc[p], 2);
            if (!c.fused || c.lateResponses) {
                rs[p] = x(rs[p], 2);
                rsEp[p] = x(rsEp[p], 3);
                rsBase[p] = x(rsBase[p], 3);
                rsN[p] = x(rsN[p], 3);
                rsHw[p] = x(rsHw[p], 3);
                for (int i = 0; i < c.records; i++) rsRec[p][i] = x(rs[p] == 1 && i < rsN[p] ? rsRec[p][i] : 0, 3);
            }
        }
        return pos;
    }
    private int x(int v, int bits) {
        int word = pos >> 6, off = pos & 63;
        pos += bits;
        if (writing) {
            if (v >>> bits != 0) throw new IllegalStateException("field too small: " + v + " in " + bits);
            w[word] |= (long) v << off;
            if (off + bits > 64) w[word + 1] |= (long) v >>> 64 - off;
            return v;
        }
        long r = w[word] >>> off;
        if (off + bits > 64) r |= w[word + 1] << 64 - off;
        return (int) (r & (1L << bits) - 1);
    }

    /** Forget what can no longer matter, so that equal futures are equal states. */
    void normalise() {
        if (twin != null) twin.normalise();
        boolean restartsLeft = crashes < c.maxCrashes || machine < c.maxMachine || disk < c.maxDisk || forks < c.maxForks;
        for (int p = 0; p < 3; p++) restartsLeft |= role[p] == DOWN;
        int low = nh - 1;
        for (int p = 0; p < N; p++) {
            if (p == 3 && role[p] == DOWN) continue;
            low = Math.min(low, restartsLeft && p != 3 ? Math.max(0, view[p] - c.cacheBack) : view[p]);
            if (cas[p] != 0) low = Math.min(low, casBase[p]);
        }
        if (restores < c.maxRestores || blind < c.maxBlind) low = 0;
        for (int i = 0; i < low; i++) hist[i] = 0;
        for (int p = 0; p < N; p++) {
            if (role[p] != LEADER) { est[p] = 0; pend[p] = 0; for (int j = 0; j < 3; j++) { rem[p][j] = UNKNOWN; remInc[p][j] = 0; } }
            if (pend[p] == 0) pendInc[p] = 0;
            if (cas[p] != 0 && !c.splitObjects && (c.entryGuard ? iver(hist[casBase[p]]) != iver(obj()) : casBase[p] != nh - 1)) cas[p] = 0; // conflict is certain
            if (cas[p] == 0) { casBase[p] = 0; casInc[p] = 0; casPn[p] = 0; }
            if (rs[p] != 0 && (role[p] == DOWN || c.dropInFlight && role[p] != DOWN && ep(p) > rsEp[p])) rs[p] = 0;
            if (rs[p] == 0) { rsEp[p] = rsBase[p] = rsN[p] = rsHw[p] = 0; }
            if (rq[p] != 0 && c.fetchEpoch && c.leaderProcess) {
                boolean dead = true;
                for (int q = 0; q < N; q++) if (id(q) == rqTo[p] && !(q == 3 && role[q] == DOWN)) dead &= ep(q) > rqEp[p];
                if (dead) rq[p] = 0;
            }
            if (rq[p] == 0) { rqTo[p] = rqEp[p] = rqOff[p] = rqLast[p] = rqInc[p] = 0; }
        }
        if (c.symmetry && c.maxForks == 0) canonical();
    }

    // ---- what must always hold
    String check() {
        if (twin != null) { String t = twin.check(); if (t != null) return t; }
        if (bad != null) return bad;
        int best = -1;
        for (int p = 0; p < N; p++) if (role[p] == LEADER) {
            if (best < 0 || ep(p) > ep(best)) best = p;
            for (int q = p + 1; q < N; q++) if (role[q] == LEADER && ep(p) == ep(q)) return "I2 two leaders in epoch " + ep(p);
        }
        if (best >= 0 && ep(best) == maxLed) {
            int has = 0;
            for (int i = 0; i < len[best]; i++) has |= 1 << log[best][i] - 1;
            if ((acked & ~has) != 0) return "I1 acknowledged record missing at leader " + name(best);
            if ((exposed & ~has) != 0) return "I4 record shown to a consumer missing at leader " + name(best);
        }
        if (c.copies && machine + disk + forks == 0) for (int r = 1; r <= nrec; r++) if ((acked >> r - 1 & 1) != 0) {
            int n = 0;
            for (int p = 0; p < 3; p++) for (int i = 0; i < len[p]; i++) if (log[p][i] == r) n++;
            if (n < need[r]) return "I6 acknowledged record r" + r + " on " + n + " logs, " + need[r] + " promised";
        }
        for (int p = 0; p < N; p++)
            for (int q = p + 1; q < N; q++)
                if (uncleanEp == 0 || (post >> id(p) & post >> id(q) & 1) != 0)
                    for (int i = Math.min(hw[p], hw[q]) - 1; i >= 0; i--)
                        if (log[p][i] != log[q][i]) return "I3 logs of " + name(p) + " and " + name(q) + " differ below both high watermarks";
        return null;
    }

    // ---- the leader
    boolean isLeaderOf(int p, int o) {
        return leader(o) == id(p) && (!c.persistEpoch || !c.leadNeedsEpoch || epoch(o) >= seen[p]) && (reps(o) >> id(p) & 1) != 0
                && (!c.isrIncarnation || inc(o, id(p)) == inc[p]) && (!c.leaderProcess || lpn(o) == pn[p] || lpn(o) == ANY);
    }
    /** The minimum a process goes by. */
    int minOf(int p, int o) { return c.minInEntry ? min(o) : km[p]; }
    void advanceHw(int p) {
        int o = vo(p), me = id(p), set = isr(o);
        if (c.maximalIsr && pend[p] >= 1 && pend[p] <= 3) set |= 1 << pend[p] - 1;
        if (c.shrinkEarly && pend[p] >= 4) set &= ~(1 << pend[p] - 4);
        boolean enough = Integer.bitCount(isr(o)) >= minOf(p, o);
        if (c.hwNeedsMinIsr && !enough) return;
        int h = c.sync && c.leaderFlushCounts ? fl[p] : len[p];
        for (int j = 0; j < 3; j++) if (j != me && (set >> j & 1) != 0) {
            if (rem[p][j] == UNKNOWN) return;
            boolean inIsr = (isr(o) >> j & 1) != 0;
            if (c.fetchIncarnation && c.isrIncarnation && inIsr && remInc[p][j] != inc(o, j)) return;
            if (c.fetchIncarnation && c.isrIncarnation && c.pendingIncarnation && !inIsr && remInc[p][j] != pendInc[p]) return;
            h = Math.min(h, rem[p][j]);
        }
        if (h <= hw[p]) return;
        for (int i = hw[p]; i < h; i++) if (ep(p) >= uncleanEp) {
            int r = log[p][i];
            exposed |= 1 << r - 1;
            if (enough && (acked >> r - 1 & 1) == 0) { acked |= 1 << r - 1; need[r] = force; }
        }
        hw[p] = h;
    }
    boolean produce(int p, int maxRec) {
        if (role[p] != LEADER || nrec >= maxRec) return false;
        nrec++;
        rec[nrec] = ep(p);
        log[p][len[p]++] = nrec;
        if (c.acksOne) { if (c.acksOneFlushed) fl[p] = len[p]; acked |= 1 << nrec - 1; }
        advanceHw(p);
        return true;
    }
    boolean flush(int p) {
        if (!c.sync || role[p] == DOWN || fl[p] == len[p]) return false;
        fl[p] = len[p];
        if (role[p] == LEADER) advanceHw(p);
        return true;
    }
    boolean propose(int p, int kind, int maxVer) { // leader adds (1..3) or removes (4..6) a member
        if (role[p] != LEADER || pend[p] != 0 || view[p] + 1 >= maxVer) return false;
        int o = vo(p), j = (kind - 1) % 3;
        if (j == id(p)) return false;
        boolean in = (isr(o) >> j & 1) != 0;
        if (kind <= 3) {
            if (in || rem[p][j] == UNKNOWN || rem[p][j] < hw[p]) return false;
            if (c.addNeedsReplica && (reps(o) >> j & 1) == 0) return false;
            if (c.expandNeedsEpochStart && rem[p][j] < est[p]) return false;
            casInc[p] = c.fetchIncarnation ? remInc[p][j] : inc[j];
        } else {
            if (!in) return false;
            boolean gone = rem[p][j] != UNKNOWN && remInc[p][j] != inc(o, j); // the log of that entry no longer exists
            if (c.shrinkKeepsMin && !gone && Integer.bitCount(isr(o)) <= minOf(p, o)) return false;
            casInc[p] = 0;
        }
        pend[p] = kind;
        pendInc[p] = casInc[p];
        cas[p] = kind;
        casBase[p] = view[p];
        casPn[p] = 0;
        if (c.shrinkEarly) advanceHw(p);
        return true;
    }

    // ---- election, leaving, reclaiming
    boolean mayElect(int p, int o) {
        int b = 1 << id(p);
        if ((reps(o) & b) == 0 || gone == 1) return false;
        if (c.isrIncarnation && inc(o, id(p)) != inc[p]) return false;
        if ((isr(o) & b) != 0) return true;
        return c.elr && isr(o) == 0 && (elr(o) & b) != 0;
    }
    boolean elect(int p, int maxVer, int maxEpoch) {
        int o = vo(p);
        if (role[p] != FOLLOWER || view[p] + 1 >= maxVer || epoch(o) + 1 > maxEpoch || !mayElect(p, o) || isLeaderOf(p, o)) return false;
        if (cas[p] == ELECT) return false;
        role[p] = CANDIDATE;
        cas[p] = ELECT;
        casBase[p] = view[p];
        casPn[p] = pn[p];
        casInc[p] = inc[p];
        if (c.stopFetching) { rs[p] = 0; }
        return true;
    }
    boolean leave(int p, int maxVer) { // "the log that entry speaks of is gone"
        int o = vo(p), b = 1 << id(p);
        if (!c.isrIncarnation || p == 3 || role[p] != FOLLOWER || view[p] + 1 >= maxVer || (isr(o) & b) == 0 || inc(o, id(p)) == inc[p]) return false;
        if (isr(o) == b && (!c.elr || elr(o) == 0) || cas[p] != 0) return false;
        cas[p] = LEAVE;
        casBase[p] = view[p];
        casInc[p] = 0;
        casPn[p] = 0;
        return true;
    }
    boolean reclaim(int p, int maxVer) {
        int o = vo(p), b = 1 << id(p);
        if (!c.reclaim || p == 3 || role[p] != FOLLOWER || view[p] + 1 >= maxVer || (isr(o) & b) == 0 || inc(o, id(p)) == inc[p] || cas[p] != 0) return false;
        cas[p] = RECLAIM;
        casBase[p] = view[p];
        casInc[p] = inc[p];
        casPn[p] = 0;
        return true;
    }
    int elected(int o, int j, int newPn, int newInc, int min) {
        int isr = isr(o), elr = elr(o), incs = incs(o);
        if ((isr >> j & 1) == 0) {
            isr = 1 << j;
            elr &= ~isr;
        } else if (c.electMinusLeader && leader(o) != NONE && leader(o) != j && (!c.electKeepsMin || Integer.bitCount(isr) > min)) {
            int gone = 1 << leader(o) & isr;
            isr &= ~gone;
            if (c.elr && Integer.bitCount(isr) < c.minIsr) elr |= gone;
        }
        return fix(ob(epoch(o) + 1, j, newPn, isr, elr, incs, iver(o)) | o & REST);
    }
    int fix(int o) { // ELR is empty while ISR >= min; entries of others carry no number
        int isr = isr(o), elr = elr(o) & ~isr, incs = incs(o);
        if (!c.elr || Integer.bitCount(isr) >= c.minIsr) elr = 0;
        for (int j = 0; j < 3; j++) if (((isr | elr) >> j & 1) == 0) incs = withInc(incs, j, 0);
        return ob(epoch(o), leader(o), lpn(o), isr, elr, incs, c.splitObjects ? iver(o) : 0) | o & REST;
    }
    /** The API server takes the request of p, if it still matches. */
    boolean applyCas(int p, int maxVer) {
        if (cas[p] == 0 || nh >= maxVer || gone == 1) return false;
        int o = obj(), base = hist[casBase[p]], k = cas[p], me = id(p);
        if (c.splitObjects) {
            if (k == ELECT ? epoch(o) != epoch(base) : iver(o) != iver(base)) { cas[p] = 0; return true; }
        } else if (c.entryGuard ? iver(o) != iver(base) : casBase[p] != nh - 1) { cas[p] = 0; return true; }
        int isr = isr(o), elr = elr(o), incs = incs(o), n;
        if (k <= 3) {
            isr |= 1 << k - 1;
            incs = withInc(incs, k - 1, casInc[p]);
            n = ob(epoch(o), leader(o), lpn(o), isr, elr, incs, iver(o) + 1 & 15);
        } else if (k <= 6) {
            int gone = 1 << k - 4;
            isr &= ~gone;
            if (Integer.bitCount(isr) < c.minIsr) elr |= gone;
            n = ob(epoch(o), leader(o), lpn(o), isr, elr, incs, iver(o) + 1 & 15);
        } else if (k == ELECT) n = elected(o, me, casPn[p], casInc[p], minOf(p, o));
        else if (k == LEAVE) {
            isr &= ~(1 << me);
            n = ob(epoch(o), leader(o) == me ? NONE : leader(o), leader(o) == me ? 0 : lpn(o), isr, elr, incs, iver(o) + 1 & 15);
        } else n = ob(epoch(o), leader(o), lpn(o), isr, elr, withInc(incs, me, casInc[p]), iver(o) + 1 & 15);
        if (k != ELECT) n = fix(n | o & REST);
        cas[p] = 0;
        store(n);
        return true;
    }
    /** A new version of the object. */
    void store(int n) {
        int o = obj();
        if (c.maxBumps > 0) n = n & ~(15 << 21) | iver(o) + 1 << 21; // version of the entry, as against that of the object
        hist[nh++] = n;
        int m = c.minInEntry ? min(n) : cfgMin;
        if (Integer.bitCount(isr(n)) >= m) force = m;
        if ((isr(n) & ~reps(n)) != 0 && c.removalInOneWrite) bad = "I7 a member of the ISR is no replica";
    }
    boolean operatorElects(int m, int maxVer, int maxEpoch) {
        int o = obj();
        if (nh >= maxVer || epoch(o) + 1 > maxEpoch || (isr(o) >> m & 1) == 0 || leader(o) == m && lpn(o) == pn[m]) return false;
        store(elected(o, m, pn[m], inc(o, m), min(o)));
        return true;
    }

    // ---- writes on behalf of others
    /** Any survivor makes m leader, knowing its process as k (perhaps an older one). */
    boolean behalf(int m, int k, int min, int maxVer, int maxEpoch) {
        int o = obj();
        if (gone == 1 || nh >= maxVer || epoch(o) + 1 > maxEpoch || (isr(o) >> m & 1) == 0 || k < 0 || leader(o) == m && lpn(o) == k) return false;
        int i = inc(o, m);
        if (c.behalfWritesIncarnation) { i = inc[m]; o = o & ~(3 << 15 + 2 * m) | i << 15 + 2 * m; }
        store(elected(o, m, c.behalfProcess ? k : ANY, i, min));
        return true;
    }
    /** Any survivor drops a dead follower from an ISR it does not lead; no new epoch. */
    boolean behalfShrink(int j, int min, int maxVer) {
        int o = obj();
        if (gone == 1 || nh >= maxVer || (isr(o) >> j & 1) == 0 || leader(o) == j || Integer.bitCount(isr(o)) <= min) return false;
        store(fix(o & ~(1 << 9 + j)));
        return true;
    }
    /** Another entry of the same shard object changes. */
    boolean bump(int maxVer) {
        if (gone == 1 || nh >= maxVer) return false;
        hist[nh] = obj();
        nh++;
        return true;
    }

    // ---- the operator
    boolean addReplica(int j, int maxVer, int maxEpoch) {
        int o = obj(), up = c.addRaisesEpoch ? 1 : 0;
        if (gone == 1 || nh >= maxVer || epoch(o) + up > maxEpoch || (reps(o) >> j & 1) != 0) return false;
        store(o + up | 1 << 25 + j);
        return true;
    }
    /** Replica j goes. If it leads, m takes over in the same write. */
    boolean removeReplica(int j, int m, int k, int min, int maxVer, int maxEpoch) {
        int o = obj(), b = 1 << j;
        if (gone == 1 || nh >= maxVer || (reps(o) & b) == 0 || k < 0) return false;
        boolean leads = leader(o) == j, moved = leads && c.removeMovesLeader;
        if (!moved && m != 0) return false; // no choice to make
        if (moved && (m == j || (isr(o) >> m & 1) == 0 || epoch(o) + 1 > maxEpoch)) return false;
        if (c.removeKeepsMin && Integer.bitCount(isr(o) & ~b) < min) return false;
        int n = moved ? o & ~15 & ~(3 << 4) & ~(7 << 6) | epoch(o) + 1 | m << 4 | k << 6 : o;
        n &= ~(b << 25);
        if (c.removalInOneWrite) n &= ~(b << 9);
        store(fix(n));
        return true;
    }
    /** The operator writes what it worked out from an older version, without a version guard. */
    boolean blindRemove(int j, int from, int maxVer) {
        int o = obj(), old = hist[from], b = 1 << j;
        if (gone == 1 || nh >= maxVer || from >= nh - 1 || (reps(old) & b) == 0 || leader(o) == j || leader(old) == j
                || Integer.bitCount(isr(old) & ~b) < min(old))
            return false;
        int n = o & ~(7 << 9) & ~(63 << 15) & ~(b << 25) | (isr(old) & ~b) << 9 | incs(old) << 15;
        store(fix(n));
        return true;
    }
    boolean setMin(int k, int maxVer) {
        int o = obj();
        if (gone == 1 || k == cfgMin || c.minInEntry && nh >= maxVer) return false;
        boolean lower = k < cfgMin;
        cfgMin = k;
        if (lower) { force = Math.min(force, k); for (int i = 1; i <= MAXREC; i++) need[i] = Math.min(need[i], k); }
        if (c.minInEntry) store(o & ~(3 << 28) | k << 28);
        else if (Integer.bitCount(isr(o)) >= k) force = k;
        return true;
    }
    /** A broker that sees itself no longer among the replicas deletes the log. */
    boolean deleteLog(int p) {
        int o = vo(p), b = 1 << id(p);
        if (role[p] != FOLLOWER || gone == 1 || (reps(o) & b) != 0 || len[p] == 0 && seen[p] == 0) return false;
        if (c.deleteNeedsEpoch && epoch(o) < seen[p]) return false;
        len[p] = hw[p] = fl[p] = 0;
        seen[p] = 0;
        rs[p] = 0;
        if (c.logName) inc[p]++;
        return true;
    }
    /** The user lets m lead although it is no member of the ISR; what it lacks is given up. */
    boolean unclean(int m, int maxVer, int maxEpoch) {
        int o = obj();
        if (gone == 1 || nh >= maxVer || epoch(o) + 1 > maxEpoch || (isr(o) >> m & 1) != 0 || (reps(o) >> m & 1) == 0) return false;
        int has = 0;
        for (int i = 0; i < len[m]; i++) has |= 1 << log[m][i] - 1;
        acked &= has;
        exposed &= has;
        uncleanEp = epoch(o) + 1;
        post = 0;
        int isr = c.uncleanResetsIsr ? 1 << m : isr(o) | 1 << m;
        store(fix(ob(epoch(o) + 1, m, pn[m], isr, 0, withInc(c.uncleanResetsIsr ? 0 : incs(o), m, inc[m]), iver(o)) | o & REST));
        return true;
    }

    // ---- the object is lost as a whole, and rebuilt from what replicas have on disk
    /** p reports what it has, and (for ever, on disk) acts under no older epoch any more. */
    boolean report(int p) {
        if (gone != 1 || role[p] == DOWN || (reports >> p & 1) != 0) return false;
        reports |= 1 << p;
        if (c.rebuildFence) { role[p] = FOLLOWER; seen[p] = Math.max(seen[p], c.rebuildJump ? c.epochs + 1 : ep(p) + 1); rs[p] = 0; }
        return true;
    }
    /** Its log can lack nothing it ever vouched for. */
    private boolean whole(int p) {
        int o = vo(p);
        return inc[p] == 0 || !c.rebuildWhole || (isr(o) >> p & 1) != 0 && inc(o, p) == inc[p];
    }
    boolean rebuild(int m, int maxVer) {
        if (gone != 1 || nh >= maxVer || (reports >> m & 1) == 0 || !whole(m)) return false;
        int n = 0, top = 0, newest = m;
        for (int p = 0; p < 3; p++) if ((reports >> p & 1) != 0 && whole(p)) {
            n++;
            top = Math.max(top, ep(p));
            if (ep(p) > ep(newest) || ep(p) == ep(newest) && view[p] > view[newest]) newest = p;
            if (!c.rebuildByImage && (lastEpoch(p) > lastEpoch(m) || lastEpoch(p) == lastEpoch(m) && len[p] > len[m])) return false;
        }
        if (n < c.rebuildReports) return false;
        int o = vo(newest);
        if (c.rebuildByImage && ((isr(o) >> m & 1) == 0 || inc(o, m) != inc[m])) return false;
        gone = 2;
        java.util.Arrays.fill(cas, 0); // the new object is another one: no old request matches it
        store(fix(ob(c.rebuildJump ? c.epochs + 1 : top + 1, m, pn[m], 1 << m, 0, withInc(0, m, inc[m]), 0) | rest(reps(o) | 1 << m, min(o))));
        return true;
    }

    // ---- learning of the object
    void look(int p, int v) {
        int before = ep(p);
        boolean led = role[p] == LEADER;
        int was = iver(vo(p));
        view[p] = v;
        int o = vo(p);
        if (!c.pendingByEntry || iver(o) != was || epoch(o) != before) pend[p] = 0;
        if ((reps(o) >> id(p) & 1) != 0) seen[p] = Math.max(seen[p], epoch(o));
        if (c.forgetRemoved && led) for (int j = 0; j < 3; j++) if ((reps(o) >> j & 1) == 0) { rem[p][j] = UNKNOWN; remInc[p][j] = 0; }
        if (isLeaderOf(p, o)) {
            if (led && before == epoch(o)) advanceHw(p);
            else lead(p);
        } else {
            boolean fresh = epoch(o) != before || led;
            role[p] = FOLLOWER;
            if (c.truncateToHw && fresh) { len[p] = Math.min(len[p], hw[p]); fl[p] = Math.min(fl[p], len[p]); }
        }
    }
    private void lead(int p) {
        role[p] = LEADER;
        est[p] = len[p];
        pend[p] = 0;
        if (uncleanEp > 0 && ep(p) >= uncleanEp) post |= 1 << id(p);
        maxLed = Math.max(maxLed, ep(p));
        for (int j = 0; j < 3; j++) { rem[p][j] = UNKNOWN; remInc[p][j] = 0; }
        if (c.hwIsEnd) { for (int i = hw[p]; i < len[p]; i++) exposed |= 1 << log[p][i] - 1; hw[p] = len[p]; }
        advanceHw(p);
    }

    // ---- fetching
    boolean send(int p) {
        if (!(role[p] == FOLLOWER || role[p] == CANDIDATE && !c.stopFetching)) return false;
        int o = vo(p);
        if (leader(o) == NONE || leader(o) == id(p) || (reps(o) >> id(p) & 1) == 0) return false;
        if (c.refuseLowerEpoch && epoch(o) < lastEpoch(p) || c.persistEpoch && epoch(o) < seen[p]) return false;
        if (c.sync && c.flushTail && fl[p] < len[p]) return false;
        int off = len[p], last = lastEpoch(p);
        if (rq[p] == 1 && rqTo[p] == leader(o) && rqEp[p] == epoch(o) && rqOff[p] == off && rqLast[p] == last && rqInc[p] == inc[p]) return false;
        rq[p] = 1;
        rqTo[p] = leader(o);
        rqEp[p] = epoch(o);
        rqOff[p] = off;
        rqLast[p] = last;
        rqInc[p] = inc[p];
        return true;
    }
    /** Leader q answers the request of p. */
    boolean answer(int q, int p) {
        if (rq[p] == 0 || role[q] != LEADER || id(q) != rqTo[p] || q == p) return false;
        if (c.fetchEpoch && ep(q) != rqEp[p]) return false;
        int j = id(p);
        if (j == id(q)) return false;
        if (c.addNeedsReplica && (reps(vo(q)) >> j & 1) == 0) return false;
        if (c.fetchIncarnation && c.orderedIncarnations && rem[q][j] != UNKNOWN && rqInc[p] < remInc[q][j]) { rq[p] = 0; return true; }
        int off = rqOff[p], last = rqLast[p];
        rq[p] = 0;
        if (!c.truncateToHw && c.divergenceCheck && off > 0) {
            int e = 0, end = 0;
            for (int i = 0; i < len[q]; i++) if (rec[log[q][i]] <= last) { e = rec[log[q][i]]; end = i + 1; }
            if (e < last || end < off) { rs[p] = 2; rsEp[p] = rqEp[p]; rsBase[p] = off; rsN[p] = e; rsHw[p] = end; return true; }
        }
        if (off > len[q]) { rs[p] = 2; rsEp[p] = ep(q); rsBase[p] = off; rsN[p] = 7; rsHw[p] = len[q]; return true; }
        rem[q][j] = off;
        remInc[q][j] = rqInc[p];
        advanceHw(q);
        rs[p] = 1;
        rsEp[p] = ep(q);
        rsBase[p] = off;
        rsN[p] = len[q] - off;
        rsHw[p] = hw[q];
        for (int i = off; i < len[q]; i++) rsRec[p][i - off] = log[q][i];
        return true;
    }
    boolean accept(int p) {
        if (rs[p] == 0 || role[p] == DOWN) return false;
        if (c.dropInFlight) {
            if (role[p] == LEADER || rsEp[p] != ep(p) || role[p] == CANDIDATE && c.stopFetching) return false;
        }
        if (rsBase[p] != len[p]) { rs[p] = 0; return true; }
        if (rs[p] == 2) {
            int own = 0;
            for (int i = 0; i < len[p]; i++) if (rec[log[p][i]] <= rsN[p]) own = i + 1;
            int to = Math.min(own, rsHw[p]);
            if (to < hw[p] && ep(p) >= uncleanEp && uncleanEp > 0) { hw[p] = to; }
            if (to < hw[p]) { bad = "I5 " + name(p) + " must cut below its own high watermark"; hw[p] = to; }
            len[p] = Math.min(len[p], to);
            fl[p] = Math.min(fl[p], len[p]);
        } else {
            if (len[p] + rsN[p] > MAXREC) { rs[p] = 0; return true; }
            for (int i = 0; i < rsN[p]; i++) log[p][len[p]++] = rsRec[p][i];
            if (len[p] > c.records) { bad = "I3 " + name(p) + " appended what another leader sent"; len[p] = c.records; }
            if (c.sync && c.flushBeforeFetch) fl[p] = len[p];
            if (role[p] != LEADER) hw[p] = Math.max(hw[p], Math.min(rsHw[p], len[p]));
            if (uncleanEp > 0 && rsEp[p] >= uncleanEp) post |= 1 << id(p);
        }
        rs[p] = 0;
        return true;
    }

    // ---- the same with fewer steps: valid while responses of another epoch are dropped
    /** Send, answer and accept in one step. A response that is not lost may as well be taken when it is written: only the follower's
     *  own steps could come between, and each of these drops it. So a response is taken at once or lost. */
    boolean fetch(int q, int p, int how) { // how: 0 taken, 1 lost, 2 late
        int a = rq[p], b = rqTo[p], d = rqEp[p], e = rqOff[p], f = rqLast[p], g = rqInc[p];
        int ra = rs[p], rb = rsEp[p], rd = rsBase[p], re = rsN[p], rf = rsHw[p];
        int[] rg = c.lateResponses ? rsRec[p].clone() : null;
        rq[p] = 0;
        boolean ok = role[q] == LEADER && send(p) && answer(q, p);
        rq[p] = a;
        rqTo[p] = b;
        rqEp[p] = d;
        rqOff[p] = e;
        rqLast[p] = f;
        rqInc[p] = g;
        if (!ok) return false;
        if (how == 2) return ra == 0 && rs[p] != 0;
        if (how == 1) ok = rs[p] == 1;
        else if (rs[p] != 0) accept(p);
        rs[p] = ra;
        if (ra != 0) { rsEp[p] = rb; rsBase[p] = rd; rsN[p] = re; rsHw[p] = rf; cp(rg, rsRec[p]); }
        return ok;
    }
    /** A request sent before the step that comes now stays in the network and may arrive at any later time. */
    boolean leaveRequest(int p) {
        return c.staleRequests && (rq[0] | rq[1] | rq[2] | rq[3]) == 0 && send(p);
    }

    State other;
    void canonical() {
        int k0 = key(0), k1 = key(1), k2 = key(2), a = 0, b = 1, d = 2, t;
        int[] k = {k0, k1, k2};
        if (k[a] < k[b]) { t = a; a = b; b = t; }
        if (k[b] < k[d]) { t = b; b = d; d = t; }
        if (k[a] < k[b]) { t = a; a = b; b = t; }
        if (a == 0 && b == 1) return;
        if (other == null) other = new State(c);
        other.copy(this);
        other.bad = bad;
        int[] to = new int[4];
        to[a] = 0;
        to[b] = 1;
        to[d] = 2;
        to[3] = 3;
        State s = other;
        for (int i = 0; i < nh; i++) {
            int o = s.hist[i];
            if (o == 0) continue;
            int incs = 0;
            for (int j = 0; j < 3; j++) incs = withInc(incs, to[j], inc(o, j));
            hist[i] = ob(epoch(o), to[leader(o)], lpn(o), mask(isr(o), to), mask(elr(o), to), incs, iver(o)) | rest(mask(reps(o), to), min(o));
        }
        post = mask(s.post, to);
        reports = mask(s.reports, to);
        for (int p = 0; p < 3; p++) {
            int n = to[p];
            role[n] = s.role[p];
            view[n] = s.view[p];
            len[n] = s.len[p];
            hw[n] = s.hw[p];
            fl[n] = s.fl[p];
            inc[n] = s.inc[p];
            pn[n] = s.pn[p];
            est[n] = s.est[p];
            seen[n] = s.seen[p];
            pend[n] = kind(s.pend[p], to);
            pendInc[n] = s.pendInc[p];
            km[n] = s.km[p];
            cp(s.log[p], log[n]);
            for (int j = 0; j < 3; j++) { rem[n][to[j]] = s.rem[p][j]; remInc[n][to[j]] = s.remInc[p][j]; }
            cas[n] = kind(s.cas[p], to);
            casBase[n] = s.casBase[p];
            casInc[n] = s.casInc[p];
            casPn[n] = s.casPn[p];
            rq[n] = s.rq[p];
            rqTo[n] = s.rq[p] == 0 ? 0 : to[s.rqTo[p]];
            rqEp[n] = s.rqEp[p];
            rqOff[n] = s.rqOff[p];
            rqLast[n] = s.rqLast[p];
            rqInc[n] = s.rqInc[p];
            rs[n] = s.rs[p];
            rsEp[n] = s.rsEp[p];
            rsBase[n] = s.rsBase[p];
            rsN[n] = s.rsN[p];
            rsHw[n] = s.rsHw[p];
            cp(s.rsRec[p], rsRec[n]);
        }
    }
    private static int mask(int m, int[] to) { int r = 0; for (int j = 0; j < 3; j++) if ((m >> j & 1) != 0) r |= 1 << to[j]; return r; }
    private static int kind(int k, int[] to) { return k == 0 || k > 6 ? k : k <= 3 ? to[k - 1] + 1 : to[k - 4] + 4; }
    private int key(int p) {
        int o = obj(), h = role[p] == LEADER ? 1 : 0;
        h = h << 1 | (leader(o) == p ? 1 : 0);
        h = h << 1 | isr(o) >> p & 1;
        h = h << 3 | view[p];
        h = h << 3 | len[p];
        h = h << 2 | role[p];
        h = h << 3 | hw[p];
        h = h << 2 | inc[p];
        h = h << 2 | pn[p] & 3;
        h = h << 1 | elr(o) >> p & 1;
        h = h << 1 | (cas[p] != 0 ? 1 : 0);
        h = h << 1 | rq[p];
        h = h << 1 | isr(hist[view[p]]) >> p & 1;
        int l = 0;
        for (int i = 0; i < len[p]; i++) l = l * 7 + log[p][i];
        return h << 7 | l % 127;
    }

    // ---- crashes
    void crash(int p, int keep, boolean newIncarnation) { crash(p, keep, newIncarnation, false); }
    void crash(int p, int keep, boolean newIncarnation, boolean lostEpoch) {
        role[p] = DOWN;
        len[p] = Math.min(len[p], keep);
        hw[p] = Math.min(hw[p], len[p]);
        fl[p] = Math.min(fl[p], len[p]);
        rs[p] = 0;
        if (newIncarnation) { inc[p] = c.maxForks > 0 && id(p) == 1 ? ++maxInc1 : inc[p] + 1; hw[p] = 0; }
        if (lostEpoch) seen[p] = lastEpoch(p);
        if (p == 3) { seen[p] = 0; len[p] = hw[p] = fl[p] = 0; view[p] = 0; inc[p] = pn[p] = 0; rq[p] = 0; cas[p] = 0; }
    }
    void restart(int p, int v) {
        view[p] = v;
        pn[p]++;
        role[p] = FOLLOWER;
        if (c.truncateToHw) { len[p] = Math.min(len[p], hw[p]); }
        if (isLeaderOf(p, vo(p))) lead(p); // only without rule 8, or where the object names no process
    }
    void fork(boolean empty) { // the pod of broker 1 is force-deleted; its process lives on as process 3
        forks++;
        int a = 1, z = 3;
        role[z] = role[a];
        view[z] = view[a];
        len[z] = len[a];
        hw[z] = hw[a];
        fl[z] = fl[a];
        inc[z] = inc[a];
        pn[z] = pn[a];
        est[z] = est[a];
        seen[z] = seen[a];
        pend[z] = pend[a];
        pendInc[z] = pendInc[a];
        cp(log[a], log[z]);
        cp(rem[a], rem[z]);
        cp(remInc[a], remInc[z]);
        cas[z] = cas[a];
        casBase[z] = casBase[a];
        casInc[z] = casInc[a];
        casPn[z] = casPn[a];
        rq[z] = rq[a];
        rqTo[z] = rqTo[a];
        rqEp[z] = rqEp[a];
        rqOff[z] = rqOff[a];
        rqLast[z] = rqLast[a];
        rqInc[z] = rqInc[a];
        rs[z] = rs[a];
        rsEp[z] = rsEp[a];
        rsBase[z] = rsBase[a];
        rsN[z] = rsN[a];
        rsHw[z] = rsHw[a];
        cp(rsRec[a], rsRec[z]);
        rq[a] = 0;
        rs[a] = 0;
        cas[a] = 0;
        pend[a] = 0;
        if (c.forkNewIncarnation) inc[a] = ++maxInc1;
        if (empty) { len[a] = hw[a] = fl[a] = 0; }
        role[a] = DOWN;
        restart(a, view[a]);
    }

    // ---- printing
    String name(int p) { return p == 3 ? "B(old)" : "ABC".substring(p, p + 1); }
    static String set(int m) {
        StringBuilder b = new StringBuilder("{");
        for (int j = 0; j < 3; j++) if ((m >> j & 1) != 0) b.append("ABC".charAt(j));
        return b.append('}').toString();
    }
    String show() {
        int o = obj();
        StringBuilder b = new StringBuilder();
        b.append("v").append(nh - 1).append(" e").append(epoch(o)).append(" leader ")
                .append(leader(o) == NONE ? "-" : "ABC".substring(leader(o), leader(o) + 1)).append(" isr ").append(set(isr(o)));
        if (elr(o) != 0) b.append(" elr ").append(set(elr(o)));
        if (c.maxReassign + c.maxBlind > 0) b.append(" replicas ").append(set(reps(o)));
        if (c.maxMinChanges > 0) b.append(" min ").append(cfgMin);
        for (int p = 0; p < N; p++) {
            if (p == 3 && role[p] == DOWN) continue;
            b.append(" | ").append(name(p)).append(inc[p] > 0 ? "#" + inc[p] : "").append(' ').append("-fcL".charAt(role[p])).append(" v").append(view[p])
                    .append(" [");
            for (int i = 0; i < len[p]; i++) { b.append('r').append(log[p][i]).append('e').append(rec[log[p][i]]).append(i + 1 == hw[p] ? "^" : " "); }
            b.append("]hw").append(hw[p]);
        }
        b.append(" acked ").append(Integer.toBinaryString(acked));
        return twin == null ? b.toString() : b.append("  ||  ").append(twin.show()).toString();
    }
}
