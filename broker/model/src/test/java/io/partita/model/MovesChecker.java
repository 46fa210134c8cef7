package io.partita.model;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Decision;
import io.partita.broker.control.Elections;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.Moves;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.Reassignment;
import io.partita.broker.control.Reassignments;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Breadth-first search over every schedule of moves of one partition among four brokers, with the very functions that brokers use ({@link Moves} and what it is made of): replicas are added, catch up,
 * join, leaders are handed over, others leave; the move is called back or sent elsewhere; brokers die and come back; each knows the state of some time. What fetches that are late or lost can do is
 * {@link Checker}'s affair: here a fetch and its answer are one step. One thread.
 *
 * <p>Checked after every step: whoever leads has what was acknowledged; what was acknowledged is on as many replicas as promised; a move makes nobody wait and leaves no partition without a leader; when it is
 * over the partition is where it was wanted. And from every state a fair schedule brings the move to its end.
 */
final class MovesChecker {

    static final int BROKERS = 4;

    /** Rules of moves, each of which can be switched off. */
    enum Rule {
        /** A step is stored only over the version that it was worked out from. */
        GUARD,
        /** The wish stands in the entry, under the same guard, and not in an object of its own. */
        WISH_IN_ENTRY,
        /** Nobody leaves before all that are wanted are in sync. */
        ALL_IN_SYNC,
        /** ... and are there. */
        ALL_THERE,
        /** A leader that is to go hands over before anybody leaves. */
        LEADER_FIRST,
        /** Where fewer replicas are wanted than the minimum, that is lowered. */
        MINIMUM_LOWERED,
        /** Replicas that are being added do not count for the minimum. */
        MINIMUM_NOT_RAISED,
        /** Whoever alone has everything does not leave, also when the move is called back. */
        LAST_KEPT,
        /** An added replica raises the epoch. */
        EPOCH_RAISED
    }

    /**
     * Where it begins, and how far to look.
     *
     * @param targets wishes that may come at any time
     */
    record Bounds(List<Integer> from, int min, List<List<Integer>> targets, int wishes, int versions, int crashes) {}

    private final Set<Rule> rules;
    private final Bounds bounds;
    final StringBuilder trace = new StringBuilder();
    int states;

    MovesChecker(Bounds bounds, Rule... off) {
        this.bounds = bounds;
        this.rules = EnumSet.allOf(Rule.class);
        Arrays.asList(off).forEach(rules::remove);
    }

    private boolean is(Rule rule) {
        return rules.contains(rule);
    }

    /** Everything there is at one time. One record at most is written. */
    private static final class World {
        /** What was stored at times that somebody still goes by, the newest last. */
        List<PartitionState> stored = new ArrayList<>();
        int writes;
        /** Indexes into {@code stored}; the last one is that of somebody who takes steps without a guard. */
        int[] view = new int[BROKERS + 1];
        boolean[] down = new boolean[BROKERS];
        int[] process = new int[BROKERS];
        int[] log = new int[BROKERS];
        /** Epoch of the record in a log, 0 for an empty log. */
        int[] record = new int[BROKERS];
        /** Who has told the leader of its epoch that it has the leader's whole log, by leader. */
        int[] said = new int[BROKERS];
        /** Epoch under which the record was written that was acknowledged, 0 for none. */
        int acknowledged;
        int promised;
        boolean isProduced;
        int crashes;
        int wishes;
        List<Integer> wanted;
        List<Reassignment> former = List.of();

        World copy() {
            World made = new World();
            made.stored = new ArrayList<>(stored);
            made.writes = writes;
            made.view = view.clone();
            made.down = down.clone();
            made.process = process.clone();
            made.log = log.clone();
            made.record = record.clone();
            made.said = said.clone();
            made.acknowledged = acknowledged;
            made.promised = promised;
            made.isProduced = isProduced;
            made.crashes = crashes;
            made.wishes = wishes;
            made.wanted = wanted;
            made.former = former;
            return made;
        }

        PartitionState now() {
            return stored.getLast();
        }

        PartitionState seen(int broker) {
            return stored.get(view[broker]);
        }

        BrokerProcess process(int broker) {
            return new BrokerProcess(broker, "p" + process[broker]);
        }

        boolean leads(int broker) {
            return !down[broker] && seen(broker).isLedBy(process(broker));
        }

        Map<Integer, BrokerProcess> there() {
            Map<Integer, BrokerProcess> there = new TreeMap<>();
            for (int broker = 0; broker < BROKERS; broker++) {
                if (!down[broker]) {
                    there.put(broker, process(broker));
                }
            }
            return there;
        }

        /** Forgets what nobody goes by. */
        void tidy(boolean isGuarded) {
            if (isGuarded) {
                view[BROKERS] = stored.size() - 1;
            }
            for (int broker = 0; broker < BROKERS; broker++) {
                // Who holds nothing knows the newest: he may do nothing with it for as long as he would not know it. What somebody dead knows does not matter.
                if (down[broker] || !seen(broker).replicas().contains(broker) && record[broker] == 0) {
                    view[broker] = stored.size() - 1;
                }
                said[broker] = leads(broker) ? said[broker] : 0;
            }
            List<PartitionState> kept = new ArrayList<>();
            int[] next = new int[stored.size()];
            for (int i = 0; i < stored.size(); i++) {
                int index = i;
                if (i == stored.size() - 1 || Arrays.stream(view).anyMatch(at -> at == index)) {
                    next[i] = kept.size();
                    kept.add(stored.get(i));
                }
            }
            for (int i = 0; i < view.length; i++) {
                view[i] = next[view[i]];
            }
            stored = kept;
        }

        List<Object> key() {
            return List.of(List.copyOf(stored), writes, List.of(boxed(view), boxed(process), boxed(log), boxed(record), boxed(said)), Arrays.toString(down),
                    acknowledged, promised, isProduced, crashes, wishes, former);
        }

        private static List<Integer> boxed(int[] numbers) {
            return Arrays.stream(numbers).boxed().toList();
        }

        @Override
        public String toString() {
            PartitionState now = now();
            return "v" + writes + " replicas " + now.replicas() + " leader " + (now.leader() == null ? "-" : now.leader().broker()) + " epoch " + now.epoch()
                    + " in sync " + now.isr().stream().map(InSyncReplica::broker).toList() + " min " + now.minInSync()
                    + (now.reassignment() == null ? "" : " moves to " + now.reassignment().to()) + " | logs " + Arrays.toString(record) + " down "
                    + Arrays.toString(down) + (acknowledged > 0 ? " acknowledged" : "");
        }
    }

    private interface Sink {
        void take(String how, World next);
    }

    // ---- what can happen

    private int effectiveMin(PartitionState state) {
        return is(Rule.MINIMUM_NOT_RAISED) ? state.effectiveMin() : Math.min(state.minInSync(), state.replicas().size());
    }

    private static String name(World world, int broker) {
        return "i" + world.log[broker];
    }

    /** A broker sees what is stored now. Of another epoch it begins anew; without the partition it deletes its log. */
    private static void learn(World world, int broker) {
        PartitionState before = world.seen(broker);
        world.view[broker] = world.stored.size() - 1;
        PartitionState now = world.now();
        if (before.epoch() != now.epoch()) {
            world.said[broker] = 0;
        }
        if (!now.replicas().contains(broker) && world.record[broker] > 0) {
            world.record[broker] = 0;
            world.log[broker]++;
        }
    }

    /** A follower has what its leader has, and says so. Whether that changed anything. */
    private boolean fetch(World world, int follower, int leader) {
        boolean isOne = world.leads(leader) && !world.down[follower] && follower != leader && world.seen(leader).replicas().contains(follower)
                && world.seen(follower).epoch() == world.seen(leader).epoch() && world.seen(follower).replicas().contains(follower);
        if (!isOne || world.record[follower] == world.record[leader] && (world.said[leader] >> follower & 1) != 0) {
            return false;
        }
        world.record[follower] = world.record[leader];
        world.said[leader] |= 1 << follower;
        commit(world, leader);
        return true;
    }

    private void commit(World world, int leader) {
        PartitionState seen = world.seen(leader);
        boolean isEverywhere = seen.isr().stream().allMatch(member -> member.broker() == leader || (world.said[leader] >> member.broker() & 1) != 0);
        if (world.leads(leader) && world.record[leader] > 0 && isEverywhere && seen.isr().size() >= effectiveMin(seen) && world.acknowledged == 0) {
            world.acknowledged = world.record[leader];
            world.promised = effectiveMin(seen);
        }
    }

    private static void store(World world, PartitionState next) {
        world.stored.add(next);
        world.writes++;
    }

    private void write(World world, String how, PartitionState next, Sink sink) {
        if (world.writes < bounds.versions() && next != null && !next.equals(world.now())) {
            World made = world.copy();
            store(made, next);
            sink.take(how, made);
        }
    }

    private static PartitionState granted(Decision decision) {
        return decision instanceof Decision.Granted(PartitionState next) ? next : null;
    }

    private void next(World world, Sink sink) {
        PartitionState now = world.now();
        for (int b = 0; b < BROKERS; b++) {
            int broker = b;
            if (world.down[b]) {
                World back = world.copy();
                back.down[b] = false;
                back.process[b]++;
                learn(back, b);
                sink.take(b + " is back", back);
                write(world, b + " is dropped for dead", granted(InSyncSets.dropOnBehalf(now, b)), sink);
                continue;
            }
            if (world.view[b] < world.stored.size() - 1) {
                World learnt = world.copy();
                learn(learnt, b);
                commit(learnt, b);
                sink.take(b + " learns what is stored", learnt);
            }
            if (world.leads(b)) {
                if (!world.isProduced) {
                    World produced = world.copy();
                    produced.isProduced = true;
                    produced.record[b] = produced.seen(b).epoch();
                    produced.said[b] = 0;
                    commit(produced, b);
                    sink.take(b + " appends the record", produced);
                }
                for (int f = 0; f < BROKERS; f++) {
                    World fetched = world.copy();
                    if (fetch(fetched, f, b)) {
                        sink.take(f + " fetches from " + b, fetched);
                    }
                    if (world.view[b] == world.stored.size() - 1 && (world.said[b] >> f & 1) != 0) {
                        // Its leader counts it from then on (rule 3).
                        write(world, b + " takes " + f + " in", granted(InSyncSets.add(now, world.process(b), f, name(world, f))), (how, made) -> {
                            made.view[broker] = made.stored.size() - 1;
                            sink.take(how, made);
                        });
                    }
                }
            }
            boolean isUnled = now.leader() == null || world.down[now.leader().broker()] || !now.leader().equals(world.process(now.leader().broker()));
            if (isUnled && now.isInSync(b)) {
                write(world, b + " is elected", granted(Elections.electOnBehalf(now, world.process(b))), sink);
            }
            if (world.crashes < bounds.crashes()) {
                World crashed = world.copy();
                crashed.down[b] = true;
                crashed.crashes++;
                crashed.said[broker] = 0;
                sink.take(b + " dies", crashed);
            }
        }
        wishes(world, sink);
        steps(world, sink);
    }

    private void wishes(World world, Sink sink) {
        if (world.wishes >= bounds.wishes() || world.writes >= bounds.versions()) {
            return;
        }
        List<List<Integer>> targets = new ArrayList<>(bounds.targets());
        Reassignment present = world.now().reassignment();
        if (present != null) {
            targets.add(present.from());
        }
        for (List<Integer> to : targets) {
            PartitionState begun = granted(Moves.begin(world.now(), to));
            if (begun != null) {
                World made = world.copy();
                if (!is(Rule.EPOCH_RAISED)) {
                    begun = with(begun, world.now().epoch(), begun.minInSync(), begun.reassignment());
                }
                made.wishes++;
                made.wanted = to;
                if (!is(Rule.WISH_IN_ENTRY) && present != null) {
                    List<Reassignment> former = new ArrayList<>(made.former);
                    former.add(present);
                    made.former = former;
                }
                store(made, begun);
                sink.take("it is wanted on " + to, made);
            }
        }
    }

    private static PartitionState with(PartitionState state, int epoch, int min, Reassignment move) {
        return new PartitionState(state.replicas(), state.leader(), epoch, state.version(), state.isr(), min, state.uncleanEpoch(), move);
    }

    private void steps(World world, Sink sink) {
        PartitionState now = world.now();
        write(world, "a step", step(now, world.there()), sink);
        if (!is(Rule.GUARD)) {
            World read = world.copy();
            read.view[BROKERS] = read.stored.size() - 1;
            sink.take("somebody reads what is stored", read);
            write(world, "a step by what was stored once", step(world.stored.get(world.view[BROKERS]), world.there()), sink);
        }
        for (Reassignment old : world.former) {
            PartitionState by = Moves.next(with(now, now.epoch(), now.minInSync(), old), world.there());
            write(world, "a step by a former wish, to " + old.to(), with(by, by.epoch(), by.minInSync(), now.reassignment()), sink);
        }
    }

    /** The next step of a move, as brokers take it: the minimum, and what {@link Moves} says; or what it would be without a rule. */
    private PartitionState step(PartitionState state, Map<Integer, BrokerProcess> there) {
        int min = is(Rule.MINIMUM_LOWERED) ? Moves.minimum(state, bounds.min()) : bounds.min();
        if (state.minInSync() != min) {
            return granted(Reassignments.setMin(state, min));
        }
        Reassignment move = state.reassignment();
        if (move == null) {
            return state;
        }
        Set<Integer> inSync = new HashSet<>(state.isr().stream().map(InSyncReplica::broker).toList());
        boolean areIn = inSync.containsAll(move.to());
        boolean areThere = there.keySet().containsAll(move.to());
        boolean isLed = state.leader() != null && state.leader().equals(there.get(state.leader().broker()));
        boolean isAnyIn = move.to().stream().anyMatch(inSync::contains);
        List<Integer> leaving = move.removing(state.replicas());
        boolean isLeaderLeaving = state.leader() != null && leaving.contains(state.leader().broker());
        if (!is(Rule.ALL_IN_SYNC) && isLed && areThere && isAnyIn && !areIn && !isLeaderLeaving) {
            return without(state, leaving, null);
        }
        if (!is(Rule.ALL_THERE) && isLed && areIn && !areThere && !isLeaderLeaving) {
            return without(state, leaving, null);
        }
        if (!is(Rule.LEADER_FIRST) && isLed && areIn && areThere && isLeaderLeaving) {
            return without(state, leaving, null);
        }
        if (!is(Rule.LAST_KEPT) && !areIn) {
            int first = move.to().getFirst();
            List<Integer> added = leaving.stream().filter(broker -> !move.from().contains(broker)).toList();
            if (!added.isEmpty() && added.containsAll(inSync) && there.containsKey(first)) {
                return new PartitionState(move.to(), there.get(first), state.epoch() + 1, state.version() + 1, List.of(new InSyncReplica(first, "i0")),
                        state.minInSync(), 0);
            }
        }
        return Moves.next(state, there);
    }

    private static PartitionState without(PartitionState state, List<Integer> leaving, Reassignment move) {
        List<Integer> replicas = state.replicas().stream().filter(broker -> !leaving.contains(broker)).toList();
        List<InSyncReplica> isr = state.isr().stream().filter(member -> !leaving.contains(member.broker())).toList();
        BrokerProcess leader = state.leader() == null || leaving.contains(state.leader().broker()) ? null : state.leader();
        return new PartitionState(replicas, leader, state.epoch(), state.version() + 1, isr, state.minInSync(), 0, move);
    }

    // ---- what must hold

    private String wrong(World before, World world) {
        PartitionState now = world.now();
        for (int broker = 0; broker < BROKERS; broker++) {
            boolean isNewest = world.leads(broker) && world.seen(broker).epoch() == now.epoch() && now.isLedBy(world.process(broker));
            if (isNewest && world.acknowledged > 0 && world.record[broker] != world.acknowledged) {
                return "LOST: " + broker + " leads without what was acknowledged";
            }
        }
        if (world.acknowledged > 0) {
            long copies = now.replicas().stream().filter(broker -> world.record[broker] == world.acknowledged).count();
            if (copies < Math.min(world.promised, now.effectiveMin())) {
                return "COPIES: of what was acknowledged there are " + copies;
            }
        }
        if (now.reassignment() == null && !new HashSet<>(now.replicas()).equals(new HashSet<>(world.wanted))) {
            return "STRAY: it is not where it is wanted, " + world.wanted + ", and nobody knows";
        }
        return world.writes == before.writes ? null : wrongStep(before.now(), now, world);
    }

    /** What a move must not do to those who write and read meanwhile. */
    private String wrongStep(PartitionState before, PartitionState now, World world) {
        boolean isWhole = before.replicas().stream().allMatch(broker -> before.isInSync(broker) && !world.down[broker]);
        if (isWhole && now.reassignment() != null && now.isr().size() < effectiveMin(now)) {
            return "WAIT: nothing is acknowledged, because of replicas that are being added";
        }
        List<Integer> left = before.replicas().stream().filter(broker -> !now.replicas().contains(broker)).toList();
        if (!left.isEmpty() && before.leader() != null && now.leader() == null) {
            return "GAP: nobody leads, because the leader was taken away";
        }
        Reassignment move = before.reassignment();
        if (left.isEmpty() || move != null && left.stream().noneMatch(move.from()::contains)) {
            return null; // who was added and is not wanted any more goes at once
        }
        long thereBefore = before.isr().stream().filter(member -> !world.down[member.broker()]).count();
        long there = now.isr().stream().filter(member -> !world.down[member.broker()]).count();
        if (thereBefore >= effectiveMin(before) && there < effectiveMin(now)) {
            return "WAIT: nothing is acknowledged, because those left that were there";
        }
        return now.isr().size() < now.replicas().size() && before.isr().size() > now.isr().size() && thereBefore == before.isr().size()
                ? "FEWER: " + now.isr().size() + " in sync of " + now.replicas().size() + ", where there were " + before.isr().size()
                : null;
    }

    /** Whether a move comes to its end when everybody is there and does what it has to. */
    private boolean heals(World world) {
        World healing = world.copy();
        Arrays.fill(healing.down, false);
        for (int round = 0; round < 40; round++) {
            for (int broker = 0; broker < BROKERS; broker++) {
                learn(healing, broker);
            }
            PartitionState now = healing.now();
            if (now.reassignment() == null && now.isr().size() == now.replicas().size() && now.leader() != null
                    && now.leader().equals(healing.process(now.leader().broker()))) {
                return now.isr().size() >= effectiveMin(now);
            }
            if (now.leader() == null || !now.leader().equals(healing.process(now.leader().broker()))) {
                for (InSyncReplica member : now.isr()) {
                    PartitionState elected = granted(Elections.electOnBehalf(healing.now(), healing.process(member.broker())));
                    if (elected != null) {
                        store(healing, elected);
                        break;
                    }
                }
                continue;
            }
            int leader = now.leader().broker();
            for (int follower = 0; follower < BROKERS; follower++) {
                fetch(healing, follower, leader);
                PartitionState added = (healing.said[leader] >> follower & 1) == 0
                        ? null
                        : granted(InSyncSets.add(healing.now(), healing.process(leader), follower, name(healing, follower)));
                if (added != null) {
                    store(healing, added);
                }
            }
            PartitionState stepped = step(healing.now(), healing.there());
            if (stepped != null && !stepped.equals(healing.now())) {
                store(healing, stepped);
            }
        }
        return false;
    }

    // ---- the search

    private World first() {
        World first = new World();
        List<InSyncReplica> isr = bounds.from().stream().map(broker -> new InSyncReplica(broker, "i0")).toList();
        first.stored.add(new PartitionState(bounds.from(), new BrokerProcess(bounds.from().getFirst(), "p0"), 1, 0, isr, bounds.min(), 0));
        first.wanted = bounds.from();
        return first;
    }

    /** Every schedule; "ok", or what went wrong, with the way there in {@link #trace}. */
    String run() {
        Map<List<Object>, Integer> known = new HashMap<>();
        List<Integer> parents = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        ArrayDeque<World> open = new ArrayDeque<>();
        ArrayDeque<Integer> numbers = new ArrayDeque<>();
        String[] verdict = {null};
        World first = first();
        known.put(first.key(), 0);
        parents.add(-1);
        labels.add("begins: " + first);
        open.add(first);
        numbers.add(0);
        while (!open.isEmpty() && verdict[0] == null) {
            World world = open.remove();
            int number = numbers.remove();
            next(world, (how, made) -> {
                made.tidy(is(Rule.GUARD));
                if (verdict[0] != null || known.putIfAbsent(made.key(), known.size()) != null) {
                    return;
                }
                parents.add(number);
                labels.add(how + ": " + made);
                open.add(made);
                numbers.add(parents.size() - 1);
                verdict[0] = wrong(world, made);
                if (verdict[0] == null && !heals(made)) {
                    verdict[0] = "STUCK: the move does not come to its end";
                }
            });
        }
        states = known.size();
        List<String> way = new ArrayList<>();
        for (int at = verdict[0] == null ? -1 : parents.size() - 1; at >= 0; at = parents.get(at)) {
            way.add(labels.get(at));
        }
        Collections.reverse(way);
        for (int i = 0; i < way.size(); i++) {
            trace.append(i).append(". ").append(way.get(i)).append('\n');
        }
        return verdict[0] == null ? "ok" : verdict[0];
    }
}
