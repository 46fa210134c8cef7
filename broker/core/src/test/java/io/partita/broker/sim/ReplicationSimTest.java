package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Decision;
import io.partita.broker.control.Elections;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.Moves;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.Reassignments;
import io.partita.broker.env.TestClock;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * One partition on four brokers and an object store, on one thread, with the real rules, logs, leaders and followers: messages that are late, lost, or come twice, watches
 * that lag, writes whose answers are lost, false suspicions, elections on behalf, reassignments, processes and machines that fail, disks that are lost, logs that expire.
 * After every step: one leader an epoch, nothing acknowledged or shown is missing at the newest leader, logs are one below both high watermarks. At the end, when all is
 * well again: everybody in sync, with the same records. A failure names its seed; {@code -Dpartita.sim.seed=N} runs that one alone, {@code -Dpartita.sim.seeds=N} as many as
 * are wanted.
 */
class ReplicationSimTest {

    private static final int SEEDS = 300;
    private static final int STEPS = 1_500;
    private static final int BROKERS = 4;
    private static final int HEALING_ROUNDS = 200;
    private static final long LAG_MAX_MILLIS = 3_000;

    @Test
    void whateverHappensNothingAcknowledgedIsLost() {
        Long only = Long.getLong("partita.sim.seed");
        long seeds = only == null ? Integer.getInteger("partita.sim.seeds", SEEDS) : 1;
        long from = only == null ? 0 : only;
        PrintStream err = System.err;
        if (only == null) {
            // Brokers that fail on purpose would fill the log of the build.
            System.setErr(new PrintStream(PrintStream.nullOutputStream()));
        }
        long simulated = 0;
        long acknowledged = 0;
        try {
            for (long seed = from; seed < from + seeds; seed++) {
                Run run = new Run(seed);
                try {
                    run.run();
                } catch (Exception | AssertionError | StackOverflowError e) {
                    throw new AssertionError(
                            "seed " + seed + ", step " + run.step + ": " + e.getMessage() + "\n" + run.story() + "\nRepeat it with ./test -pl broker/core -am "
                                    + "-Dtest=ReplicationSimTest -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.sim.seed=" + seed,
                            e);
                }
                simulated += run.clock.monotonicMillis();
                acknowledged += run.everAcknowledged;
            }
        } finally {
            System.setErr(err);
        }
        System.out.println(seeds + " seeds, " + simulated / 3_600_000 + " simulated hours, " + acknowledged + " records acknowledged");
    }

    /** A fetch on its way, or an answer. */
    private record Letter(BrokerProcess from, int to, ReplicaFetch fetch, ReplicaAnswer<ByteBuf> answer) {}

    /** A compare-and-set on its way. */
    private record Write(int base, PartitionState next, String what) {}

    /** Records whose producer waits. */
    private record Waiting(BrokerProcess leader, int epoch, long endOffset, List<String> values, long firstOffset) {}

    private static final class Run {

        private final Random random;
        private final TestClock clock = new TestClock();
        private final LogConfig config;
        private final FaultyDisk[] disks = new FaultyDisk[BROKERS];
        private final SimReplica[] replicas = new SimReplica[BROKERS];
        private final int[] lastView = new int[BROKERS];
        private final String[] lastNames = new String[BROKERS];
        private final List<PartitionState> versions = new ArrayList<>();
        private final List<Letter> letters = new ArrayList<>();
        private final List<Write> writes = new ArrayList<>();
        private final List<Waiting> waiting = new ArrayList<>();
        /** By offset: what was acknowledged, or shown to a consumer. */
        private final TreeMap<Long, String> promised = new TreeMap<>();
        private final Map<Integer, BrokerProcess> leaders = new HashMap<>();
        private final Deque<String> story = new ArrayDeque<>();
        private final boolean moves;
        private int processes;
        private int values;
        private int newestLed;
        private long everAcknowledged;
        private int step;

        Run(long seed) {
            random = new Random(seed);
            LogConfig.Builder builder = LogConfig.DEFAULTS.toBuilder().segmentBytes(1_500 + random.nextInt(4_000)).indexIntervalBytes(random.nextInt(400))
                    .retentionMillis(-1).retentionBytes(-1);
            config = (random.nextInt(4) == 0 ? builder.fsyncBeforeAck(true) : builder).build();
            moves = random.nextInt(3) == 0;
            for (int broker = 0; broker < BROKERS; broker++) {
                disks[broker] = new FaultyDisk(random);
            }
            versions.add(PartitionState.placed(List.of(0, 1, 2), 2));
        }

        String story() {
            StringBuilder told = new StringBuilder();
            story.forEach(line -> told.append("  ").append(line).append('\n'));
            for (SimReplica replica : replicas) {
                told.append("  ").append(replica).append('\n');
            }
            return told.append("  stored ").append(newest()).toString();
        }

        private void say(String line) {
            story.add(step + " " + line);
            if (story.size() > 60) {
                story.removeFirst();
            }
        }

        private PartitionState newest() {
            return versions.getLast();
        }

        private int newestVersion() {
            return versions.size() - 1;
        }

        void run() throws IOException {
            for (int broker = 0; broker < BROKERS; broker++) {
                start(broker);
            }
            for (step = 0; step < STEPS; step++) {
                step();
                invariants();
            }
            heal();
        }

        private SimReplica any() {
            return replicas[random.nextInt(BROKERS)];
        }

        private void step() throws IOException {
            clock.advance(random.nextInt(20) == 0 ? random.nextInt(4_000) : random.nextInt(60));
            SimReplica replica = any();
            switch (random.nextInt(36)) {
                case 0, 1, 2, 3 -> produce();
                case 4, 5, 6, 7 -> fetch(replica);
                case 8, 9, 10, 11, 12, 13 -> deliver();
                case 14, 15, 16, 17 -> learn(replica);
                case 18, 19 -> store();
                case 20, 21 -> propose();
                case 22 -> stand(replica);
                case 23 -> onBehalf();
                case 24 -> operator();
                case 25 -> fail(random.nextInt(BROKERS));
                case 26 -> expire();
                case 27, 28, 29, 30 -> work(replica);
                default -> {
                    fetch(replica);
                    deliver();
                }
            }
        }

        private void start(int broker) throws IOException {
            disks[broker].failNothing();
            SimReplica replica = new SimReplica(broker, "p" + processes++, disks[broker], random, clock, config);
            replicas[broker] = replica;
            lastNames[broker] = replica.incarnationName();
            say("starts: " + replica);
            // What it remembers of the object may be old.
            learn(replica, Math.max(0, lastView[broker] - random.nextInt(2)));
        }

        private void produce() throws IOException {
            for (SimReplica replica : replicas) {
                if (replica != null && replica.leads() && random.nextInt(3) > 0) {
                    List<String> batch = new ArrayList<>();
                    for (int count = 1 + random.nextInt(3); count > 0; count--) {
                        batch.add("x".repeat(random.nextInt(60)) + "#" + values++);
                    }
                    long end = replica.append(batch);
                    if (end >= 0) {
                        say(replica.process + " appends " + batch.size() + " up to " + end);
                        waiting.add(new Waiting(replica.process, replica.commitment().state().epoch(), end, batch, end - batch.size()));
                    }
                }
            }
        }

        private void fetch(SimReplica replica) throws IOException {
            ReplicaFetch fetch = replica == null ? null : replica.nextFetch();
            if (fetch != null) {
                PartitionState followed = versions.get(replica.view);
                letters.add(new Letter(replica.process, followed.leader().broker(), fetch, null));
            }
        }

        private void deliver() throws IOException {
            if (letters.isEmpty()) {
                return;
            }
            // Mostly in order; one in a while is late, lost, or comes twice.
            int at = random.nextInt(4) == 0 ? random.nextInt(letters.size()) : 0;
            Letter letter = random.nextInt(25) == 0 ? letters.get(at) : letters.remove(at);
            boolean lost = random.nextInt(25) == 0;
            SimReplica to = replicas[letter.to()];
            if (lost || to == null || letter.answer() != null && !to.process.equals(letter.from())) {
                forget(letter);
                return;
            }
            if (letter.answer() != null) {
                to.take(letter.fetch(), letter.answer());
                return;
            }
            ReplicaAnswer<ByteBuf> answer = to.answer(letter.fetch());
            if (answer == null) {
                forget(letter);
            } else {
                letters.add(new Letter(letter.from(), letter.fetch().broker(), letter.fetch(), answer));
            }
        }

        /** A follower gives up waiting for an answer; the letters may still be on their way. */
        private void forget(Letter letter) {
            SimReplica from = replicas[letter.fetch().broker()];
            if (from != null && from.process.equals(letter.from())) {
                from.lost(letter.fetch());
            }
        }

        private void learn(SimReplica replica) throws IOException {
            if (replica != null && replica.view < newestVersion()) {
                learn(replica, random.nextInt(3) == 0 ? replica.view + 1 : newestVersion());
            } else if (replica != null && replica.candidate && random.nextInt(3) == 0) {
                // No answer: it follows again, whatever becomes of its write.
                learn(replica, replica.view);
            }
        }

        private void learn(SimReplica replica, int version) throws IOException {
            replica.learn(versions.get(version), version);
            lastView[replica.broker] = Math.max(lastView[replica.broker], version);
            if (replica.leads()) {
                int epoch = replica.commitment().state().epoch();
                BrokerProcess other = leaders.putIfAbsent(epoch, replica.process);
                if (other != null && !other.equals(replica.process)) {
                    throw new AssertionError("two leaders in epoch " + epoch + ": " + other + " and " + replica.process);
                }
                newestLed = Math.max(newestLed, epoch);
            } else {
                replica.deleteLog(versions.get(version));
            }
            say("learns v" + version + ": " + replica);
        }

        private void write(int base, Decision decision, String what) {
            if (decision instanceof Decision.Granted(PartitionState next)) {
                writes.add(new Write(base, next, what));
            }
        }

        /** A write reaches the store, or gets lost; whether its sender hears of it is another matter. */
        private void store() {
            if (random.nextInt(12) == 0 && newestVersion() > 0) {
                // Another entry of the same object is written.
                versions.add(newest());
                return;
            }
            if (writes.isEmpty()) {
                return;
            }
            Write write = writes.remove(random.nextInt(writes.size()));
            if (write.base() == newestVersion() && random.nextInt(15) > 0) {
                versions.add(write.next());
                say("stored v" + newestVersion() + ", " + write.what() + ": " + write.next());
            }
        }

        private void propose() {
            for (SimReplica replica : replicas) {
                if (replica == null) {
                    continue;
                }
                if (replica.leads()) {
                    PartitionState wish = replica.commitment().wish(clock.monotonicMillis(), LAG_MAX_MILLIS);
                    if (wish != null) {
                        replica.commitment().asked(wish);
                        writes.add(new Write(replica.view, wish, replica.process + " changes the in-sync set"));
                    } else if (replica.commitment().pending() != null) {
                        writes.add(new Write(replica.view, replica.commitment().pending(), replica.process + " asks again"));
                    }
                } else {
                    write(replica.view, InSyncSets.dropLost(versions.get(replica.view), replica.broker, replica.incarnationName()),
                            replica.process + " drops its lost entry");
                }
            }
        }

        private void stand(SimReplica replica) {
            if (replica != null && !replica.leads() && versions.get(replica.view).epoch() >= replica.seenEpoch()) {
                Decision decision = Elections.elect(versions.get(replica.view), replica.process, replica.incarnationName(), replica.seenEpoch());
                if (decision instanceof Decision.Granted) {
                    replica.stand();
                    write(replica.view, decision, replica.process + " stands for election");
                }
            }
        }

        /** Somebody elects somebody, or drops somebody, by what it has seen; the process that it has heard of may be an older one. */
        private void onBehalf() {
            SimReplica survivor = any();
            SimReplica elected = any();
            if (survivor == null || elected == null) {
                return;
            }
            PartitionState seen = versions.get(survivor.view);
            if (random.nextBoolean()) {
                BrokerProcess heardOf = random.nextInt(4) == 0 && processes > 1
                        ? new BrokerProcess(elected.broker, "p" + random.nextInt(processes))
                        : elected.process;
                write(survivor.view, Elections.electOnBehalf(seen, heardOf), "on behalf of " + heardOf);
            } else if (random.nextInt(4) == 0) {
                write(survivor.view, InSyncSets.dropOnBehalf(seen, elected.broker), "drops " + elected.broker + " on behalf");
            }
        }

        private void operator() {
            if (!moves || random.nextInt(4) > 0) {
                return;
            }
            int base = newestVersion() - random.nextInt(Math.min(2, versions.size()));
            PartitionState seen = versions.get(base);
            if (random.nextInt(3) > 0) {
                move(base, seen);
                return;
            }
            int broker = random.nextInt(BROKERS);
            SimReplica successor = any();
            if (seen.replicas().contains(broker)) {
                if (seen.replicas().size() > 2) {
                    write(base, Reassignments.removeReplica(seen, broker, successor == null ? null : successor.process), "removes replica " + broker);
                }
            } else {
                write(base, Reassignments.addReplica(seen, broker), "adds replica " + broker);
            }
        }

        /** As somebody who sees the partition, perhaps in an older state, would move it on. */
        private void move(int base, PartitionState seen) {
            switch (random.nextInt(6)) {
                case 0 -> {
                    List<Integer> to = new ArrayList<>(List.of(0, 1, 2, 3));
                    Collections.shuffle(to, random);
                    write(base, Moves.begin(seen, to.subList(0, 2 + random.nextInt(2))), "begins to move");
                }
                case 1 -> write(base, Moves.cancel(seen), "turns a move back");
                default -> {
                    PartitionState next = Moves.next(seen, processes());
                    if (!next.equals(seen)) {
                        write(base, new Decision.Granted(next), "moves on");
                    }
                }
            }
        }

        private Map<Integer, BrokerProcess> processes() {
            Map<Integer, BrokerProcess> there = new HashMap<>();
            for (SimReplica replica : replicas) {
                if (replica != null) {
                    there.put(replica.broker, replica.process);
                }
            }
            return there;
        }

        private void expire() throws IOException {
            SimReplica replica = any();
            if (replica != null && replica.leads() && random.nextInt(4) == 0) {
                replica.expire();
            }
        }

        private void work(SimReplica replica) throws IOException {
            if (replica != null) {
                replica.work();
            } else {
                for (int broker = 0; broker < BROKERS; broker++) {
                    if (replicas[broker] == null) {
                        start(broker);
                        return;
                    }
                }
            }
        }

        /** Whether one more log may be lost: what is acknowledged must be in another that is named and whole. */
        private boolean mayLoseLog(int broker) {
            long whole = newest().isr().stream().filter(member -> member.broker() != broker && member.incarnation().equals(lastNames[member.broker()])).count();
            return whole > 0 && newest().isr().stream().allMatch(member -> member.incarnation().equals(lastNames[member.broker()])) && writes.isEmpty()
                    && newest().isr().size() >= 2;
        }

        private void fail(int broker) throws IOException {
            SimReplica replica = replicas[broker];
            if (replica == null || random.nextInt(5) > 0) {
                return;
            }
            switch (random.nextInt(6)) {
                case 0 -> {
                    if (mayLoseLog(broker)) {
                        say("machine fails: " + replica);
                        disks[broker].crashMachine();
                        lastNames[broker] = "?";
                        replicas[broker] = null;
                    }
                }
                case 1 -> {
                    if (mayLoseLog(broker)) {
                        say("disk is lost: " + replica);
                        disks[broker] = new FaultyDisk(random);
                        lastNames[broker] = "?";
                        replicas[broker] = null;
                    }
                }
                case 2 -> {
                    say("stops: " + replica);
                    replica.close();
                    replicas[broker] = null;
                }
                default -> {
                    say("process fails: " + replica);
                    disks[broker].crashProcess();
                    replicas[broker] = null;
                }
            }
        }

        private void invariants() {
            acknowledge();
            for (SimReplica replica : replicas) {
                if (replica != null && replica.leads() && replica.commitment().state().epoch() == newestLed) {
                    holdsAllPromised(replica);
                }
            }
            for (int a = 0; a < BROKERS; a++) {
                for (int b = a + 1; b < BROKERS; b++) {
                    if (replicas[a] != null && replicas[b] != null) {
                        agree(replicas[a], replicas[b]);
                    }
                }
            }
        }

        /** What a leader's high watermark has passed is acknowledged to whoever waits, and shown to consumers. */
        private void acknowledge() {
            for (SimReplica replica : replicas) {
                if (replica == null || !replica.leads()) {
                    continue;
                }
                long committed = replica.highWatermark();
                long from = promised.isEmpty() ? 0 : promised.lastKey() + 1;
                for (long offset = from; offset < committed; offset++) {
                    promised.put(offset, String.valueOf(replica.content().get((int) offset)));
                }
                waiting.removeIf(wait -> {
                    if (!wait.leader().equals(replica.process) || wait.epoch() != replica.commitment().state().epoch() || wait.endOffset() > committed) {
                        return false;
                    }
                    for (int i = 0; i < wait.values().size(); i++) {
                        String before = promised.put(wait.firstOffset() + i, wait.values().get(i));
                        if (before != null && !before.equals(wait.values().get(i)) && !before.equals("null")) {
                            throw new AssertionError("offset " + (wait.firstOffset() + i) + " is promised twice: " + before + " and " + wait.values().get(i));
                        }
                    }
                    everAcknowledged += wait.values().size();
                    return true;
                });
            }
        }

        private void holdsAllPromised(SimReplica leader) {
            List<String> content = leader.content();
            for (Map.Entry<Long, String> entry : promised.descendingMap().entrySet()) {
                long offset = entry.getKey();
                String there = offset < content.size() ? content.get((int) offset) : "nothing";
                if (there != null && !entry.getValue().equals("null") && !there.equals(entry.getValue())) {
                    throw new AssertionError("the leader " + leader + " has " + there + " at offset " + offset + ", promised was " + entry.getValue());
                }
            }
        }

        private static void agree(SimReplica one, SimReplica other) {
            long below = Math.min(one.highWatermark(), other.highWatermark());
            for (int offset = 0; offset < below; offset++) {
                String here = one.content().get(offset);
                String there = other.content().get(offset);
                if (here != null && there != null && !here.equals(there)) {
                    throw new AssertionError(
                            "at offset " + offset + ", below both high watermarks, " + one + " has " + here + " and " + other + " has " + there);
                }
            }
        }

        // ---- all is well again ----

        /** Everybody is up, everything arrives: somebody leads, all replicas come in sync, and a new record is acknowledged. */
        private void heal() throws IOException {
            letters.forEach(this::forget);
            letters.clear();
            writes.clear();
            for (int broker = 0; broker < BROKERS; broker++) {
                if (replicas[broker] == null) {
                    start(broker);
                }
            }
            for (int round = 0; round < HEALING_ROUNDS && !isHealed(); round++) {
                clock.advance(100);
                for (SimReplica replica : replicas) {
                    if (replica.view < newestVersion() || replica.candidate) {
                        learn(replica, newestVersion());
                        invariants();
                    }
                }
                SimReplica leader = leader();
                if (leader == null) {
                    electAnybody();
                    continue;
                }
                for (SimReplica replica : replicas) {
                    exchange(replica, leader);
                }
                change(leader);
                PartitionState moved = Moves.next(newest(), processes());
                if (!moved.equals(newest()) && leader.commitment().pending() == null) {
                    versions.add(moved);
                }
                invariants();
            }
            if (!isHealed()) {
                throw new AssertionError("it does not heal");
            }
            for (SimReplica replica : replicas) {
                replica.lookAgain();
            }
            invariants();
            holdsAllPromised(leader());
            for (InSyncReplica member : newest().isr()) {
                List<String> here = replicas[member.broker()].content();
                List<String> there = leader().content();
                int from = Math.max(here.lastIndexOf(null), there.lastIndexOf(null)) + 1;
                if (here.size() != there.size() || !here.subList(from, here.size()).equals(there.subList(from, there.size()))) {
                    throw new AssertionError("replicas differ after all: " + replicas[member.broker()] + " and " + leader());
                }
            }
        }

        private SimReplica leader() {
            for (SimReplica replica : replicas) {
                if (replica.leads() && replica.view == newestVersion()) {
                    return replica;
                }
            }
            return null;
        }

        private boolean isHealed() {
            SimReplica leader = leader();
            return leader != null && newest().reassignment() == null && newest().isr().size() == newest().replicas().size()
                    && leader.highWatermark() == leader.endOffset()
                    && newest().isr().stream().allMatch(member -> replicas[member.broker()].endOffset() == leader.endOffset()
                            && member.incarnation().equals(replicas[member.broker()].incarnationName()));
        }

        private void electAnybody() {
            for (SimReplica replica : replicas) {
                PartitionState seen = newest();
                if (InSyncSets.dropLost(seen, replica.broker, replica.incarnationName()) instanceof Decision.Granted(PartitionState next)) {
                    versions.add(next);
                    return;
                }
            }
            for (SimReplica replica : replicas) {
                if (newest().epoch() >= replica.seenEpoch()
                        && Elections.elect(newest(), replica.process, replica.incarnationName(),
                                replica.seenEpoch()) instanceof Decision.Granted(PartitionState next)) {
                    replica.stand();
                    versions.add(next);
                    say("elects " + replica.process);
                    return;
                }
            }
        }

        private void exchange(SimReplica follower, SimReplica leader) throws IOException {
            follower.work();
            ReplicaFetch fetch = follower == leader ? null : follower.nextFetch();
            if (fetch == null) {
                return;
            }
            ReplicaAnswer<ByteBuf> answer = leader.answer(fetch);
            if (answer == null) {
                follower.lost(fetch);
            } else {
                follower.take(fetch, answer);
            }
        }

        private void change(SimReplica leader) {
            if (leader.commitment().pending() != null) {
                versions.add(newest());
                return;
            }
            PartitionState wish = leader.commitment().wish(clock.monotonicMillis(), LAG_MAX_MILLIS);
            if (wish != null) {
                leader.commitment().asked(wish);
                versions.add(wish);
                say("stored v" + newestVersion() + ": " + wish);
            }
        }
    }
}
