package io.partita.broker.cluster;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.log.LogLimits;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Metadata stores of several brokers over one {@link MemoryObjectStore}, on one loop without a thread. There are no logs: what is elected is what is said. */
final class StoreCluster {

    static final String ID = "AAAAAAAAAAAAAAAAAAAAAA";

    final TestClock clock = new TestClock();
    final TestEventLoop loop = new TestEventLoop(clock);
    final Random random;
    final Entropy entropy;
    final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final Map<Integer, Node> nodes = new TreeMap<>();
    private final Map<Integer, MemoryDisk> disks = new HashMap<>();
    private final Map<String, String> settings;

    StoreCluster(long seed, Map<String, String> settings) {
        this.random = new Random(seed);
        this.entropy = random::nextLong;
        this.settings = settings;
    }

    static StoreCluster of(int brokers) {
        StoreCluster cluster = new StoreCluster(1, Map.of());
        for (int id = 1; id <= brokers; id++) {
            cluster.start(id);
        }
        cluster.advance(1);
        return cluster;
    }

    /** A road that a test can close. */
    static final class TestRoad implements MemoryObjectStore.Road {
        boolean isAway;
        boolean isSilent;
        boolean loseAnswers;
        long delayMillis;
        long eventDelayMillis;

        @Override
        public long eventDelayMillis() {
            return Math.max(delayMillis, eventDelayMillis);
        }

        @Override
        public long delayMillis() {
            return delayMillis;
        }

        @Override
        public boolean isRequestLost() {
            return isAway;
        }

        @Override
        public boolean isAnswerLost() {
            return isAway || loseAnswers;
        }

        @Override
        public boolean isSilent() {
            return isAway || isSilent;
        }
    }

    /** A process that can be killed: what it has handed over is not done any more. */
    static final class MortalLoop implements EventLoop {
        private final EventLoop loop;
        private boolean dead;

        private MortalLoop(EventLoop loop) {
            this.loop = loop;
        }

        void kill() {
            dead = true;
        }

        private Runnable alive(Runnable task) {
            return () -> {
                if (!dead) {
                    task.run();
                }
            };
        }

        @Override
        public boolean inEventLoop() {
            return loop.inEventLoop();
        }

        @Override
        public void execute(Runnable task) {
            loop.execute(alive(task));
        }

        @Override
        public Timer schedule(long delayMillis, Runnable task) {
            return loop.schedule(delayMillis, alive(task));
        }
    }

    /** One process of a broker. */
    final class Node {
        final int id;
        final TestRoad road = new TestRoad();
        final MortalLoop mortal = new MortalLoop(loop);
        final MetadataStore store;
        final CompletableFuture<Void> started;
        final List<ImageChange> changes = new ArrayList<>();
        String standstill;
        int epochOfLogs = -1;
        /** The name of its logs. */
        final String incarnation;
        private boolean leaving;

        private Node(int id) {
            this.id = id;
            MemoryDisk disk = disks.computeIfAbsent(id, none -> new MemoryDisk());
            Map<String, String> all = new HashMap<>(settings);
            all.put("node.id", Integer.toString(id));
            BrokerConfig config = BrokerConfig.of(all);
            Workers workers = mortal::execute;
            try (DataDirectories found = DataDirectories.find(List.of(Path.of("data")), ID, id, disk, entropy)) {
                LogIncarnation logs = LogIncarnation.of(disk, found, entropy);
                incarnation = logs.name();
                store = ObjectMetadataStore.of(objects.client(road), mortal, () -> standstill, () -> {})
                        .open(new MetadataStore.Context(config, disk, found, ID, logs, (topic, topicId, partition) -> epochOfLogs, workers, clock, entropy));
                List<LogDirectory> claimed = new ArrayList<>();
                found.claim(Set.of(), id, LogLimits.ofProcess(1), clock, workers, entropy, claimed);
                claimed.getFirst().close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            BrokerImage self = new BrokerImage(id, List.of(new BrokerImage.Endpoint("PLAINTEXT", "host" + id, 9092)), "rack" + id);
            started = store.start(self, change -> {
                checkFollows(change);
                changes.add(change);
                CompletableFuture<Void> applied = new CompletableFuture<>();
                mortal.execute(() -> applied.complete(null));
                return applied;
            }).toCompletableFuture();
        }

        private void checkFollows(ImageChange change) {
            ClusterImage before = changes.isEmpty() ? ClusterImage.empty(ID) : changes.getLast().after();
            if (changes.isEmpty() ? change.before().topicCount() > 0 : before != change.before()) {
                throw new AssertionError("a step begins where the one before did not end");
            }
            if (change.after().topicCount() > 100) {
                // Comparing all with all is what the store is to avoid.
                return;
            }
            ImageChange expected = ImageChange.between(change.before(), change.after(), change.basis(), change.hidden());
            boolean isWhole = expected == null
                    ? change.created().isEmpty() && change.changed().isEmpty() && change.deleted().isEmpty()
                    : List.copyOf(expected.created()).containsAll(change.created()) && expected.created().size() == change.created().size()
                            && expected.deleted().size() == change.deleted().size() && expected.changed().size() == change.changed().size()
                            && expected.settingsChanged() == change.settingsChanged();
            if (!isWhole && !changes.isEmpty()) {
                throw new AssertionError("the step says " + change + " and differs in " + expected);
            }
        }

        boolean isDead() {
            return mortal.dead;
        }

        /** Whether it was told to stop. */
        boolean isLeaving() {
            return leaving;
        }

        void leave() {
            leaving = true;
        }

        ClusterImage image() {
            return store.image();
        }

        BrokerProcess process() {
            return store.process();
        }

        PartitionImage partition(String topic, int index) {
            return image().topic(topic).partition(index);
        }

        PartitionState state(String topic, int index) {
            return partition(topic, index).stored().state();
        }

        PartitionKey key(String topic, int index) {
            return new PartitionKey(image().topic(topic).id(), index);
        }
    }

    /** Starts a broker, on the disk it had. */
    Node start(int id) {
        Node node = new Node(id);
        nodes.put(id, node);
        return node;
    }

    /** A process that was started earlier is the one that runs. */
    void go(Node node) {
        nodes.put(node.id, node);
    }

    /** As kill -9. */
    void kill(int id) {
        node(id).mortal.dead = true;
        node(id).road.isAway = true;
    }

    /** Its disk is another one the next time. */
    void loseDisk(int id) {
        disks.remove(id);
    }

    Node node(int id) {
        return nodes.get(id);
    }

    void advance(long millis) {
        loop.advance(millis);
    }

    /** What became of a command, after what had to be done for it; the clock is moved as long as it needs. */
    <T> T done(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        for (int i = 0; i < 40_000 && !future.isDone(); i++) {
            advance(1);
        }
        if (!future.isDone()) {
            throw new AssertionError("not answered in 40 s");
        }
        return future.join();
    }

    TopicImage create(int broker, String topic, int partitions) {
        return create(broker, new NewTopic(topic, partitions, NewTopic.DEFAULT, null, Map.of()));
    }

    TopicImage create(int broker, NewTopic topic) {
        Result<TopicImage> result = done(node(broker).store.createTopics(List.of(topic), false)).getFirst();
        if (!result.isDone()) {
            throw new AssertionError(result.error() + ": " + result.message());
        }
        return result.value();
    }

    /** Has every leader take all replicas into its in-sync set, as caught-up followers are. */
    void catchUp(String topic) {
        for (int index = 0; index < someNode().image().topic(topic).partitions().size(); index++) {
            for (boolean again = true; again;) {
                again = addOne(topic, index);
            }
        }
    }

    /** Has every replica in sync, by one write for each set. */
    void putAllInSync() {
        ObjectStore hand = objects.client();
        for (ObjectStore.Stored object : objects.objects()) {
            if (object.name().startsWith("sets/")
                    && PartitionSetText.read(ObjectText.split(object.text())) instanceof PartitionSetText.Reading.Whole(PartitionSet set)) {
                PartitionSet next = set.changed(state -> {
                    PartitionState all = state;
                    for (int replica : state.leader() == null ? List.<Integer>of() : state.replicas()) {
                        all = InSyncSets.add(all, all.leader(), replica, incarnation(replica)).nextOr(all);
                    }
                    return all;
                });
                done(hand.put(object.name(), object.version(), ObjectText.join(PartitionSetText.write(next))));
            }
        }
    }

    private Node someNode() {
        return nodes.values().stream().filter(node -> !node.mortal.dead).findFirst().orElseThrow();
    }

    private boolean addOne(String topic, int index) {
        PartitionState state = someNode().state(topic, index);
        Node leader = node(state.leader().broker());
        for (int replica : state.replicas()) {
            if (!state.isInSync(replica) && !node(replica).mortal.dead) {
                PartitionState next = InSyncSets.add(state, leader.process(), replica, incarnation(replica)).nextOr(null);
                CompletableFuture<Object> decided = new CompletableFuture<>();
                leader.store.states().ask(leader.key(topic, index), state, next, decided::complete);
                done(decided);
                advance(1);
                return true;
            }
        }
        return false;
    }

    /** The name of a broker's log, as it says itself. */
    String incarnation(int broker) {
        return objects.objects().stream().filter(object -> object.name().equals("brokers/" + broker)).findFirst()
                .map(object -> object.text().lines().filter(line -> line.startsWith("log ")).findFirst().orElseThrow().substring(4)).orElseThrow();
    }
}
