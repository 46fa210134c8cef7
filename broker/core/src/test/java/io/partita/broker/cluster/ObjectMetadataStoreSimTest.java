package io.partita.broker.cluster;

import io.partita.broker.cluster.StoreCluster.Node;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ElectionWish;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicSelector;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Metadata stores of several brokers over one store of objects, on one thread: requests and answers that are late or lost, watches that are silent or have a gap, the store away, false suspicions,
 * processes that are killed, disks that are lost, two processes of one broker, leaders that change their in-sync sets meanwhile. After every step: no state of a partition goes back,
 * an epoch has one leader, an entry is in one set, and nothing that was stored is begun anew. At the end, when all is well again: every broker has the same image, every partition
 * that somebody in sync is there for is led by a process that lives, every ask was decided, and what was moved is where it was to go. A failure names its seed; {@code -Dpartita.sim.seed=N} runs that one alone,
 * {@code -Dpartita.sim.seeds=N} as many as are wanted.
 */
class ObjectMetadataStoreSimTest {

    private static final int SEEDS = 60;
    private static final int STEPS = 250;
    private static final int BROKERS = 3;
    private static final long HEALING_MILLIS = 60_000;

    @Test
    void whateverHappensAllAgreeInTheEnd() {
        Long only = Long.getLong("partita.sim.seed");
        long seeds = only == null ? Integer.getInteger("partita.sim.seeds", SEEDS) : 1;
        long from = only == null ? 0 : only;
        PrintStream err = System.err;
        if (only == null) {
            // What goes wrong on purpose would fill the log of the build.
            System.setErr(new PrintStream(PrintStream.nullOutputStream()));
        }
        long millis = 0;
        long writes = 0;
        long elections = 0;
        long decided = 0;
        long topics = 0;
        try {
            for (long seed = from; seed < from + seeds; seed++) {
                Run run = new Run(seed);
                try {
                    run.run();
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed + ", step " + run.step + ": " + e.getMessage() + "\n" + String.join("\n", run.story)
                            + "\nRepeat it with ./test -pl broker/core -am -Dtest=ObjectMetadataStoreSimTest -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.sim.seed="
                            + seed, e);
                }
                millis += run.cluster.clock.monotonicMillis();
                writes += run.cluster.objects.writes();
                elections += run.leaders.size();
                decided += run.asked.stream().filter(ask -> ask.decided != null).count();
                topics += run.topicsMade;
            }
        } finally {
            System.setErr(err);
        }
        System.out.println(seeds + " seeds, " + millis / 60_000 + " simulated minutes, " + topics + " topics, " + elections + " leaderships, " + decided
                + " asks decided, " + writes + " writes");
    }

    private static final class Run {

        private final Random random;
        private final StoreCluster cluster;
        private final List<String> story = new ArrayList<>();
        private final List<Node> ever = new ArrayList<>();
        private final Map<PartitionKey, PartitionState> newest = new HashMap<>();
        private final Map<PartitionKey, String> homes = new HashMap<>();
        private final Map<String, BrokerProcess> leaders = new HashMap<>();
        private final Map<String, Integer> shown = new HashMap<>();
        private final List<Asked> asked = new ArrayList<>();
        private int step;
        private int topicsMade;

        private Run(long seed) {
            random = new Random(seed);
            cluster = new StoreCluster(seed, Map.of());
            for (int id = 1; id <= BROKERS; id++) {
                ever.add(cluster.start(id));
            }
            cluster.advance(10);
        }

        /** What a leader has asked for, and what it was told. */
        private static final class Asked {
            private final Node asker;
            private final PartitionKey key;
            private final PartitionState from;
            private PartitionStates.Seen decided;

            private Asked(Node asker, PartitionKey key, PartitionState from) {
                this.asker = asker;
                this.key = key;
                this.from = from;
            }
        }

        private void run() {
            for (step = 0; step < STEPS; step++) {
                act();
                endThoseThatMust();
                // Now and then long enough for a registration to run out.
                int parts = random.nextInt(12);
                long part = random.nextInt(12) == 0 ? 1_000 : 10;
                for (int i = 0; i < parts; i++) {
                    cluster.advance(part);
                    check();
                }
            }
            heal();
        }

        /** A process that finds its place taken, or is not let in, ends. */
        private void endThoseThatMust() {
            for (Node node : ever) {
                boolean isOver = node.store.mustEnd().toCompletableFuture().isDone() || node.started.isCompletedExceptionally();
                if (!node.isDead() && isOver) {
                    tell("a process of " + node.id + " ends");
                    node.mortal.kill();
                    node.road.isAway = true;
                }
                if (!node.isDead() && cluster.node(node.id).isDead()) {
                    cluster.go(node);
                }
            }
        }

        private void tell(String what) {
            story.add(cluster.clock.monotonicMillis() + " " + what);
        }

        private Node anyNode() {
            return cluster.node(1 + random.nextInt(BROKERS));
        }

        private void act() {
            Node node = anyNode();
            switch (random.nextInt(22)) {
                case 0, 1 -> create(node);
                case 2 -> delete(node);
                case 3 -> alter(node);
                case 4 -> grow(node);
                case 5 -> {
                    int victim = 1 + random.nextInt(BROKERS);
                    tell(node.id + " suspects " + victim);
                    node.store.suspect(victim);
                }
                case 6 -> kill(node);
                case 7, 8 -> begin(node);
                case 9 -> twin(node);
                case 10 -> {
                    tell("road of " + node.id + " away");
                    node.road.isAway = !node.isDead() && random.nextInt(3) > 0;
                }
                case 11 -> {
                    tell("road of " + node.id + " silent or forgetful");
                    node.road.isSilent = random.nextBoolean();
                    node.road.loseAnswers = random.nextInt(3) == 0;
                }
                case 12 -> {
                    node.road.delayMillis = random.nextInt(4) * random.nextInt(40);
                    node.road.eventDelayMillis = random.nextInt(3) * random.nextInt(700);
                }
                case 13 -> {
                    node.road.isSilent = false;
                    node.road.loseAnswers = false;
                    node.road.isAway = node.isDead();
                }
                case 14 -> {
                    tell("history forgotten");
                    cluster.objects.compact();
                }
                case 15 -> leave(node);
                case 16 -> wish(node);
                case 17, 18 -> move(node);
                default -> {
                    for (int i = 0; i < 6; i++) {
                        ask(node);
                    }
                }
            }
        }

        private void create(Node node) {
            if (!node.started.isDone() || node.isLeaving()) {
                return;
            }
            String name = "t" + topicsMade++;
            tell(node.id + " creates " + name);
            node.store.createTopics(List.of(new NewTopic(name, 1 + random.nextInt(4), NewTopic.DEFAULT, null,
                    random.nextBoolean() ? Map.of() : Map.of("min.insync.replicas", "1"))), false);
        }

        private TopicImage anyTopic(Node node) {
            List<TopicImage> topics = node.image().topics();
            return topics.isEmpty() ? null : topics.get(random.nextInt(topics.size()));
        }

        private void delete(Node node) {
            TopicImage topic = anyTopic(node);
            if (topic != null && node.image().topicCount() > 2) {
                tell(node.id + " deletes " + topic.name());
                node.store.deleteTopics(List.of(TopicSelector.byId(topic.id())));
            }
        }

        private void alter(Node node) {
            TopicImage topic = anyTopic(node);
            if (topic != null) {
                node.store.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic(topic.name()),
                        List.of(new ConfigChange("min.insync.replicas", ConfigChange.Kind.SET, Integer.toString(1 + random.nextInt(2)))), false)), false);
            }
        }

        private void grow(Node node) {
            TopicImage topic = anyTopic(node);
            if (topic != null) {
                tell(node.id + " grows " + topic.name());
                node.store.createPartitions(List.of(new NewPartitions(topic.name(), topic.partitions().size() + 1, null)), false);
            }
        }

        private void kill(Node node) {
            if (!node.isDead()) {
                tell("kill " + node.id);
                cluster.kill(node.id);
            }
        }

        private void begin(Node node) {
            if (node.isDead()) {
                boolean isDiskLost = random.nextInt(6) == 0;
                tell("start " + node.id + (isDiskLost ? " on an empty disk" : ""));
                if (isDiskLost) {
                    cluster.loseDisk(node.id);
                }
                ever.add(cluster.start(node.id));
            }
        }

        /** Another process of a broker that runs, on a disk of its own, or on a copy: a pod that was deleted by force, and lives; somebody's mistake. */
        private void twin(Node node) {
            if (!node.isDead() && random.nextInt(3) == 0) {
                boolean isCopy = random.nextInt(3) == 0;
                tell("another process would be " + node.id + (isCopy ? ", on a copy of its disk" : ""));
                if (!isCopy) {
                    cluster.loseDisk(node.id);
                }
                ever.add(cluster.start(node.id));
            }
        }

        private void leave(Node node) {
            if (!node.isDead() && !node.isLeaving() && node.started.isDone()) {
                tell(node.id + " leaves");
                node.leave();
                node.store.handOver().thenRun(() -> node.store.close().thenRun(() -> {
                    if (cluster.node(node.id) == node) {
                        cluster.kill(node.id);
                    }
                }));
            }
        }

        private void wish(Node node) {
            TopicImage topic = anyTopic(node);
            if (topic != null) {
                node.store.electLeaders(List.of(new ElectionWish(topic.name(), random.nextInt(topic.partitions().size()), random.nextInt(8) == 0)));
            }
        }

        private void move(Node node) {
            TopicImage topic = anyTopic(node);
            if (topic != null) {
                List<Integer> to = new ArrayList<>(List.of(1, 2, 3));
                Collections.shuffle(to, random);
                ReassignmentWish wish = new ReassignmentWish(topic.name(), random.nextInt(topic.partitions().size()),
                        random.nextInt(4) == 0 ? null : to.subList(0, 1 + random.nextInt(3)), true);
                tell(node.id + " is asked for " + wish);
                node.store.reassign(List.of(wish));
            }
        }

        /** A leader changes its in-sync set, as it sees it. */
        private void ask(Node node) {
            TopicImage topic = anyTopic(node);
            if (topic == null || node.process() == null) {
                return;
            }
            int index = random.nextInt(topic.partitions().size());
            PartitionState state = topic.partition(index).stored().state();
            if (!state.isLedBy(node.process()) || node.isDead()) {
                return;
            }
            int replica = state.replicas().get(random.nextInt(state.replicas().size()));
            Node other = cluster.node(replica);
            PartitionState next = state.isInSync(replica)
                    ? InSyncSets.remove(state, node.process(), replica, false).nextOr(state)
                    : InSyncSets.add(state, node.process(), replica, other.incarnation).nextOr(state);
            if (next != state) {
                Asked ask = new Asked(node, new PartitionKey(topic.id(), index), state);
                asked.add(ask);
                node.store.states().ask(ask.key, state, next, seen -> {
                    require(ask.decided == null, "an ask is decided once");
                    require(!seen.state().equals(state), "an ask is decided by another state than it was worked out from");
                    ask.decided = seen;
                });
            }
        }

        private static void require(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError(what + ", which does not hold");
            }
        }

        private void check() {
            for (ObjectStore.Stored object : cluster.objects.objects()) {
                String set = SeenCluster.setName(object.name());
                if (set != null && PartitionSetText.read(ObjectText.split(object.text())) instanceof PartitionSetText.Reading.Whole(PartitionSet whole)) {
                    whole.states().forEach((key, state) -> check(set, key, state));
                }
            }
            for (Node node : ever) {
                for (TopicImage topic : node.image().topics()) {
                    for (int index = 0; index < topic.partitions().size(); index++) {
                        int version = topic.partition(index).version();
                        int before = shown.merge(System.identityHashCode(node) + "/" + topic.id() + "/" + index, version, Math::max);
                        require(version >= before, "no image of broker " + node.id + " goes back: " + topic.name() + "-" + index);
                    }
                }
            }
        }

        private void check(String set, PartitionKey key, PartitionState state) {
            require(set.equals(homes.computeIfAbsent(key, first -> set)), "an entry stays in its set: " + key);
            PartitionState before = newest.put(key, state);
            if (before != null && !before.equals(state)) {
                require(state.version() > before.version() && state.epoch() >= before.epoch(), "a state does not go back: " + before + ", then " + state);
                boolean isSameEpoch = state.epoch() == before.epoch();
                require(!isSameEpoch || state.leader() == null || state.leader().equals(before.leader()),
                        "an epoch has one leader: " + before + ", then " + state);
            }
            if (state.leader() != null) {
                BrokerProcess first = leaders.putIfAbsent(key + "/" + state.epoch(), state.leader());
                require(first == null || first.equals(state.leader()),
                        "epoch " + state.epoch() + " of " + key + " has one leader: " + first + ", " + state.leader());
            }
        }

        private void heal() {
            tell("healing");
            for (int id = 1; id <= BROKERS; id++) {
                endThoseThatMust();
                if (cluster.node(id).isDead() || !cluster.node(id).started.isDone() || cluster.node(id).isLeaving()) {
                    cluster.kill(id);
                    ever.add(cluster.start(id));
                }
            }
            for (Node node : ever) {
                boolean isCurrent = cluster.node(node.id) == node;
                if (!isCurrent) {
                    node.mortal.kill();
                }
                node.road.isAway = !isCurrent;
                node.road.isSilent = false;
                node.road.loseAnswers = false;
                node.road.delayMillis = 0;
                node.road.eventDelayMillis = 0;
            }
            for (long left = HEALING_MILLIS; left > 0; left -= 1_000) {
                cluster.advance(1_000);
                check();
                endThoseThatMust();
                for (int id = 1; id <= BROKERS; id++) {
                    if (cluster.node(id).isDead()) {
                        ever.add(cluster.start(id));
                    }
                }
            }
            for (int round = 0; round < 3; round++) {
                // As leaders do with followers that have caught up; then moves come to their ends.
                cluster.putAllInSync();
                cluster.advance(3_000);
                check();
            }
            Set<UUID> ids = new HashSet<>();
            for (int id = 1; id <= BROKERS; id++) {
                Node node = cluster.node(id);
                require(node.started.isDone() && !node.started.isCompletedExceptionally(), "broker " + id + " is in");
                require(node.image().brokers().size() == BROKERS, "broker " + id + " sees all: " + node.image().brokers());
                require(node.image().topics().equals(cluster.node(1).image().topics()), "brokers " + id + " and 1 see the same");
                node.image().topics().forEach(topic -> ids.add(topic.id()));
            }
            long objects = cluster.objects.objects().stream().filter(object -> TopicObject.topicOf(object.name()) != null).count();
            require(objects == ids.size(), "all " + objects + " topics are shown, not " + ids.size());
            for (TopicImage topic : cluster.node(1).image().topics()) {
                for (int index = 0; index < topic.partitions().size(); index++) {
                    checkLed(topic, index);
                }
            }
            for (Asked ask : asked) {
                boolean isOpen = cluster.node(ask.asker.id) == ask.asker && cluster.node(1).image().topic(ask.key.topicId()) != null;
                require(!isOpen || ask.decided != null, "what broker " + ask.asker.id + " asked of " + ask.key + " over " + ask.from + " is decided");
            }
        }

        private void checkLed(TopicImage topic, int index) {
            PartitionState state = topic.partition(index).stored().state();
            boolean isSomebodyThere = state.isUntouched();
            for (InSyncReplica member : state.isr()) {
                isSomebodyThere |= cluster.node(member.broker()).incarnation.equals(member.incarnation());
            }
            boolean isLed = state.leader() != null && state.leader().equals(cluster.node(state.leader().broker()).process());
            require(!isLed || state.reassignment() == null, topic.name() + "-" + index + " is where it was to go: " + state);
            require(isLed || !isSomebodyThere, topic.name() + "-" + index + " is led by somebody who lives: " + state);
        }
    }
}
