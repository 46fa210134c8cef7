package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.FetchOffsetsRequest;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import io.partita.broker.replication.FollowingReplica;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Replica;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/**
 * Whole clusters on one thread: three brokers with their metadata stores, roles, leaders, followers, group coordinators and logs, all real, over an object store, a network and disks
 * that fail: processes that are killed or paused, machines that fail, full disks, one-way cuts, a store that is away, silent or loses answers, partitions that are moved meanwhile, a topic
 * that is deleted and made again, a group that commits offsets, and producers that want all in sync to have their records. After every step: one leader an epoch, and below any high
 * watermark the same records everywhere and for ever. At the end, when all is well again: everybody in sync with the same bytes, nothing acknowledged is missing, the committed offset has
 * not gone back, the topic that was made again has its own records alone, and of transactions ({@link ClusterTransactions}) none is open, torn, lost or seen though it was aborted. A failure names its seed; {@code -Dpartita.sim.seed=N} runs that one alone,
 * {@code -Dpartita.sim.seeds=N} as many as are wanted.
 */
class ClusterSimTest {

    private static final int SEEDS = 40;
    private static final int STEPS = 400;
    /** How often a producer sends a record for which there are not enough replicas, and after how long. */
    private static final int PATIENCE = 60;
    private static final long AGAIN_MILLIS = 500;
    private static final int BROKERS = 3;
    private static final int PARTITIONS = 2;
    private static final String TOPIC = "t";
    private static final String PASSING = "passing";
    private static final String GROUP = "readers";

    @Test
    void whateverHappensToAClusterNothingAcknowledgedIsLost() {
        Long only = Long.getLong("partita.sim.seed");
        long from = only == null ? Long.getLong("partita.sim.from", 0) : only;
        long seeds = only == null ? Integer.getInteger("partita.sim.seeds", SEEDS) : 1;
        PrintStream err = System.err;
        if (only == null) {
            // Brokers that fail on purpose would fill the log of the build.
            System.setErr(new PrintStream(PrintStream.nullOutputStream()));
        }
        long simulated = 0;
        long acknowledged = 0;
        long epochs = 0;
        long commits = 0;
        long topics = 0;
        long moves = 0;
        long transactions = 0;
        long copied = 0;
        try {
            for (long seed = from; seed < from + seeds; seed++) {
                Run run = new Run(seed);
                try {
                    run.run();
                } catch (Exception | AssertionError | StackOverflowError e) {
                    if (only != null) {
                        run.transactions.history.notes().forEach(System.out::println);
                    }
                    throw new AssertionError("seed " + seed + ": " + e.getMessage() + "\n" + String.join("\n", run.story), e);
                }
                simulated += run.clock.monotonicMillis();
                acknowledged += run.acknowledged;
                epochs += run.leaderOfEpoch.size();
                moves += run.begun;
                commits += run.commitsAcknowledged;
                topics += run.topicsMade;
                transactions += run.transactions.history.committed();
                copied += run.transactions.copied;
            }
        } finally {
            System.setErr(err);
        }
        System.out.printf(
                "%d clusters, %.1f simulated hours, %d records acknowledged, %d leaderships, %d moves, %d offsets committed, %d topics made again, %d transactions committed, %d records copied%n",
                seeds, simulated / 3_600_000.0, acknowledged, epochs, moves, commits, topics, transactions, copied);
        if (only == null && seeds >= SEEDS
                && (acknowledged < seeds * 10 || moves < seeds || commits < seeds || topics < seeds || transactions < seeds * 5 || copied < seeds)) {
            throw new AssertionError("hardly anything is acknowledged in what is simulated: " + acknowledged);
        }
    }

    @Test
    void aBrokerWithoutSpaceHoldsUpNobody() throws IOException {
        Run run = new Run(2);
        run.begin();
        run.loop.advance(5_000);
        for (int broker = 1; broker <= BROKERS; broker++) {
            // Given
            assertTrue(run.isEverybodyInSync());
            run.disks.get(broker).leaveSpace(0);
            produceToAll(run);
            // When
            run.loop.advance(2_500);
            long before = run.acknowledged;
            produceToAll(run);
            run.loop.advance(100);
            // Then
            assertEquals(PARTITIONS, run.acknowledged - before);
            ClusterNode other = run.nodes.get(broker % BROKERS + 1);
            for (PartitionImage partition : other.store.image().topic(TOPIC).partitions()) {
                assertEquals(BROKERS - 1, partition.inSyncReplicas().size());
                assertFalse(partition.inSyncReplicas().contains(broker));
            }
            run.loop.advance(10_000);
            assertFalse(run.isEverybodyInSync(), "it is not taken in while it has no space");
            run.disks.get(broker).leaveSpace(Long.MAX_VALUE);
            run.loop.advance(10_000);
        }
        run.heal();
    }

    private static void produceToAll(Run run) {
        run.nodes.values().forEach(node -> {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                run.produce(node, partition);
            }
        });
    }

    private static final class Run implements ClusterNode.Network {

        final long seed;
        final Random random;
        final TestClock clock = new TestClock();
        final TestEventLoop loop = new TestEventLoop(clock);
        final SimulatedTime time;
        final MemoryObjectStore objects = new MemoryObjectStore(loop);
        final Map<Integer, ClusterNode> nodes = new TreeMap<>();
        final Map<Integer, FaultyDisk> disks = new HashMap<>();
        final Map<Integer, Road> roads = new HashMap<>();
        final Set<Long> cuts = new HashSet<>();
        final List<String> story = new ArrayList<>();
        final Map<String, String> leaderOfEpoch = new HashMap<>();
        /** By partition: what was seen below a high watermark, by offset. */
        final Map<Integer, List<String>> committed = new HashMap<>();
        /** By partition: what was acknowledged, with its offset. */
        final Map<Integer, Map<Long, String>> acked = new HashMap<>();
        /** By process and partition: up to where the log was compared. */
        final Map<ClusterNode, long[]> compared = new HashMap<>();
        final boolean fsync;
        /** Of a topic that is deleted and made again: what was acknowledged of each, by offset. */
        final Map<UUID, Map<Long, String>> passing = new HashMap<>();
        long commits;
        final ClusterTransactions transactions;
        long commitsAcknowledged;
        long committedOffset;
        int topicsMade;
        long acknowledged;
        long begun;
        int written;
        boolean isHealing;

        Run(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.fsync = random.nextInt(4) == 0;
            this.time = new SimulatedTime(clock, random::nextLong);
            this.transactions = new ClusterTransactions(nodes, loop, random);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                committed.put(partition, new ArrayList<>());
                acked.put(partition, new HashMap<>());
            }
        }

        void say(String what) {
            if (story.size() < 2_000) {
                story.add(clock.monotonicMillis() + " " + what);
            }
        }

        /** The way to the object store. */
        private final class Road implements MemoryObjectStore.Road {
            boolean isAway;
            boolean isSilent;
            boolean losesAnswers;

            @Override
            public long delayMillis() {
                return random.nextInt(4);
            }

            @Override
            public boolean isRequestLost() {
                return isAway;
            }

            @Override
            public boolean isAnswerLost() {
                return isAway || losesAnswers && random.nextBoolean();
            }

            @Override
            public boolean isSilent() {
                return isAway || isSilent;
            }
        }

        @Override
        public ClusterNode running(int broker) {
            ClusterNode node = nodes.get(broker);
            return node == null || !node.isAlive() ? null : node;
        }

        @Override
        public boolean reaches(int from, int to) {
            return !cuts.contains((long) from << 32 | to);
        }

        @Override
        public long delayMillis() {
            return random.nextInt(3);
        }

        void start(int broker) throws IOException {
            FaultyDisk disk = disks.computeIfAbsent(broker, id -> new FaultyDisk(new Random(seed * 31 + id)));
            Road road = roads.computeIfAbsent(broker, id -> new Road());
            ClusterNode node = new ClusterNode(broker, disk, loop, time, objects, road, this,
                    Map.of("node.id", Integer.toString(broker), "replica.lag.time.max.ms", "3000", "min.insync.replicas", "2"));
            nodes.put(broker, node);
            compared.put(node, new long[PARTITIONS]);
            say("broker " + broker + " starts");
        }

        private void startIfItCan(int broker) {
            try {
                start(broker);
            } catch (IOException noSpace) {
                say("broker " + broker + " does not start: " + noSpace.getMessage());
                disks.get(broker).crashProcess();
            }
        }

        void begin() throws IOException {
            for (int broker = 1; broker <= BROKERS; broker++) {
                start(broker);
            }
            loop.advance(2_000);
            Map<String, String> configs = fsync ? Map.of("flush.messages", "1", "min.insync.replicas", "2") : Map.of("min.insync.replicas", "2");
            nodes.get(1).store.createTopics(ClusterTransactions.topics(), false);
            nodes.get(1).store.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, 3, null, configs),
                    new NewTopic(GroupCoordinator.TOPIC, 1, 3, null, Map.of("min.insync.replicas", "2"))), false);
            loop.advance(2_000);
        }

        void run() throws IOException {
            begin();
            for (int step = 0; step < STEPS; step++) {
                step();
                transactions.act();
                check();
            }
            heal();
        }

        private void step() throws IOException {
            int broker = 1 + random.nextInt(BROKERS);
            ClusterNode node = nodes.get(broker);
            switch (random.nextInt(40)) {
                case 0 -> {
                    if (node.isAlive()) {
                        say("kill " + broker);
                        node.kill();
                    }
                }
                case 1 -> {
                    if (node.isAlive() && isEverybodyInSync()) {
                        // One machine at a time: when the second fails before the first has caught up, they may take what only they had.
                        say("the machine of " + broker + " fails");
                        node.fail();
                    }
                }
                case 2, 3, 4 -> {
                    if (!node.isAlive()) {
                        startIfItCan(broker);
                    }
                }
                case 5 -> {
                    if (node.isAlive() && !node.isPaused()) {
                        say("pause " + broker);
                        node.pause();
                    }
                }
                case 6, 7 -> {
                    if (node.isPaused()) {
                        say("resume " + broker);
                        node.resume();
                    }
                }
                case 8 -> {
                    int other = 1 + random.nextInt(BROKERS);
                    say("cut " + broker + " to " + other);
                    cuts.add((long) broker << 32 | other);
                }
                case 9, 10 -> {
                    if (!cuts.isEmpty()) {
                        say("cuts mended");
                        cuts.clear();
                    }
                }
                case 11 -> {
                    roads.get(broker).isAway = random.nextBoolean();
                    say("the store is away for " + broker + ": " + roads.get(broker).isAway);
                }
                case 12 -> roads.get(broker).losesAnswers = random.nextBoolean();
                case 13 -> {
                    roads.get(broker).isSilent = random.nextInt(3) == 0;
                    say("watches are silent for " + broker + ": " + roads.get(broker).isSilent);
                }
                case 14 -> {
                    if (node.isAlive()) {
                        say(broker + " suspects somebody");
                        node.store.suspect(1 + random.nextInt(BROKERS));
                    }
                }
                case 15 -> loop.advance(random.nextInt(5_000));
                case 16, 17 -> {
                    if (node.isAlive() && node.store.image().topic(TOPIC) != null) {
                        move(node);
                    }
                }
                case 18 -> {
                    boolean isFull = random.nextInt(4) == 0;
                    say("the disk of " + broker + " is full: " + isFull);
                    disks.get(broker).leaveSpace(isFull ? random.nextInt(2_000) : Long.MAX_VALUE);
                }
                case 19, 20 -> {
                    nodes.values().forEach(this::commit);
                    loop.advance(random.nextInt(50));
                }
                case 21 -> makeOrDelete(node);
                case 22, 23 -> producePassing(node);
                default -> {
                    produce(node);
                    loop.advance(random.nextInt(100));
                }
            }
        }

        /** Two replicas at least: of one alone a machine that fails may take what is acknowledged. */
        private void move(ClusterNode node) {
            List<Integer> to = new ArrayList<>(List.of(1, 2, 3));
            Collections.shuffle(to, random);
            ReassignmentWish wish = new ReassignmentWish(TOPIC, random.nextInt(PARTITIONS),
                    random.nextInt(4) == 0 ? null : to.subList(0, 2 + random.nextInt(2)),
                    true);
            say(node.id + " is asked for " + wish);
            node.store.reassign(List.of(wish)).thenAccept(results -> begun += results.getFirst().isDone() ? 1 : 0);
        }

        /** A consumer that is no member commits, an offset higher than any before. */
        private void commit(ClusterNode node) {
            if (!node.isAlive() || node.isPaused()) {
                return;
            }
            long offset = ++commits;
            node.groups.commitOffsets(new CommitRequest(GROUP, -1, "", null, -1, true,
                    List.of(new CommitRequest.PartitionCommit(TOPIC, new UUID(0, 0), 0, offset, -1, null, -1))), result -> {
                        if (result.error() == ErrorCode.NONE && result.partitions().equals(List.of(ErrorCode.NONE))) {
                            commitsAcknowledged++;
                            committedOffset = Math.max(committedOffset, offset);
                        }
                    });
        }

        /** A topic that comes and goes, under one name. */
        private void makeOrDelete(ClusterNode node) {
            if (!node.isAlive() || node.isPaused() || node.store.image().brokers().isEmpty()) {
                return;
            }
            TopicImage topic = node.store.image().topic(PASSING);
            if (topic == null) {
                say(node.id + " makes " + PASSING);
                topicsMade++;
                node.store.createTopics(List.of(new NewTopic(PASSING, 1, 3, null, Map.of("min.insync.replicas", "2"))), false);
            } else {
                say(node.id + " deletes " + PASSING + " " + topic.id());
                node.store.deleteTopics(List.of(TopicSelector.byId(topic.id())));
            }
        }

        private void producePassing(ClusterNode node) {
            TopicImage topic = node.isAlive() && !node.isPaused() ? node.store.image().topic(PASSING) : null;
            PartitionLeader leader = topic == null ? null : node.partitions.find(topic.id(), 0);
            if (leader != null) {
                String value = topic.id() + " " + written++;
                append(leader, value, offset -> passing.computeIfAbsent(topic.id(), id -> new HashMap<>()).put(offset, value), refused -> {});
                loop.advance(random.nextInt(50));
            }
        }

        private boolean isEverybodyInSync() {
            return nodes.values().stream().allMatch(ClusterNode::isAlive) && isInSync(TOPIC) && ClusterTransactions.TOPICS.stream().allMatch(this::isInSync);
        }

        private boolean isInSync(String topic) {
            return nodes.values().stream().allMatch(node -> node.store.image().topic(topic) != null
                    && node.store.image().topic(topic).partitions().stream().allMatch(partition -> partition.inSyncReplicas().size() == BROKERS));
        }

        private void produce(ClusterNode node) {
            produce(node, random.nextInt(PARTITIONS));
        }

        private void produce(ClusterNode node, int partition) {
            TopicImage topic = node.isAlive() ? node.store.image().topic(TOPIC) : null;
            if (topic == null || node.isPaused()) {
                return;
            }
            PartitionLeader leader = node.partitions.find(topic.id(), partition);
            if (leader == null) {
                return;
            }
            send(leader, "v" + written++, PATIENCE);
        }

        /** As a producer does: where there are not enough replicas it tries again, at whoever leads by then. */
        private void send(PartitionLeader leader, String value, int attempts) {
            int partition = leader.partition();
            append(leader, value, offset -> {
                acknowledged++;
                acked.get(partition).put(offset, value);
            }, refused -> {
                boolean comesAgain = refused.code() == ErrorCode.NOT_ENOUGH_REPLICAS || refused.code() == ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
                if (comesAgain && attempts > 1) {
                    loop.schedule(AGAIN_MILLIS, () -> nodes.values().stream().filter(node -> node.isAlive() && !node.isPaused())
                            .map(node -> node.partitions.find(leader.topicId(), partition)).filter(Objects::nonNull).findFirst()
                            .ifPresent(next -> send(next, value, attempts - 1)));
                }
            });
        }

        private void append(PartitionLeader leader, String value, LongConsumer acknowledgement, Consumer<AppendResult.Refused> refusal) {
            ByteBuf bytes = Unpooled.buffer();
            try (BatchBuilder builder = new BatchBuilder(bytes)) {
                builder.append(clock.wallMillis(), null, value.getBytes(StandardCharsets.UTF_8));
                builder.finish();
            }
            leader.append(bytes, AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, result -> {
                if (result instanceof AppendResult.Appended appended) {
                    acknowledgement.accept(appended.lastOffset());
                } else if (result instanceof AppendResult.Refused refused) {
                    refusal.accept(refused);
                }
            });
        }

        private void check() {
            for (ClusterNode node : nodes.values()) {
                if (!node.isAlive()) {
                    continue;
                }
                for (Replica replica : node.replicas()) {
                    if (replica.topic().equals(TOPIC)) {
                        check(node, replica);
                    }
                }
            }
        }

        private void check(ClusterNode node, Replica replica) {
            if (replica instanceof PartitionLeader leader) {
                String process = node.store.process().toString();
                String other = leaderOfEpoch.putIfAbsent(replica.partition() + "@" + leader.leaderEpoch(), process);
                if (other != null && !other.equals(process)) {
                    throw new AssertionError("two lead partition " + replica.partition() + " in epoch " + leader.leaderEpoch() + ": " + other + ", " + process);
                }
                if (leader.isClosed()) {
                    throw new AssertionError(leader + " ended with " + leader.ended() + " on " + node.id);
                }
            }
            long highWatermark = replica.highWatermark();
            if (highWatermark > replica.log().logEndOffset()) {
                throw new AssertionError("high watermark " + highWatermark + " beyond the log's end on " + node.id);
            }
            List<String> truth = committed.get(replica.partition());
            long from = compared.get(node)[replica.partition()];
            if (from >= highWatermark) {
                return;
            }
            List<String> values = values(replica, from, highWatermark);
            for (int i = 0; i < values.size(); i++) {
                int offset = (int) from + i;
                if (offset < truth.size()) {
                    if (!truth.get(offset).equals(values.get(i))) {
                        throw new AssertionError(
                                "offset " + offset + " of partition " + replica.partition() + " was " + truth.get(offset) + " and is " + values.get(i)
                                        + " on " + node.id);
                    }
                } else {
                    truth.add(values.get(i));
                }
            }
            compared.get(node)[replica.partition()] = highWatermark;
        }

        private List<String> values(Replica replica, long from, long to) {
            List<String> values = new ArrayList<>();
            RecordReader reader = new RecordReader(1 << 20);
            long offset = from;
            while (offset < to) {
                ByteBuf bytes = ClusterNode.received(replica.log().read(offset, 10_000, to, true));
                long before = offset;
                for (int at = 0; at < bytes.writerIndex(); at += RecordBatch.sizeInBytes(bytes, at)) {
                    reader.open(bytes, at);
                    while (reader.next()) {
                        if (reader.offset() == offset) {
                            values.add(reader.value().toString(StandardCharsets.UTF_8));
                            offset++;
                        }
                    }
                }
                if (offset == before) {
                    throw new AssertionError("nothing at offset " + offset + " of " + replica + ", below its high watermark " + to);
                }
            }
            return values;
        }

        /** All is well from now on: everything acknowledged must be there, everywhere, before long. */
        private void heal() throws IOException {
            say("all is well again");
            cuts.clear();
            for (int broker = 1; broker <= BROKERS; broker++) {
                Road road = roads.get(broker);
                road.isAway = false;
                road.isSilent = false;
                road.losesAnswers = false;
                disks.get(broker).leaveSpace(Long.MAX_VALUE);
                ClusterNode node = nodes.get(broker);
                if (!node.isAlive()) {
                    start(broker);
                } else if (node.isPaused()) {
                    node.resume();
                }
            }
            for (int round = 0; round < 60; round++) {
                loop.advance(5_000);
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    nodes.get(1).store.reassign(List.of(new ReassignmentWish(TOPIC, partition, List.of(1, 2, 3), true)));
                }
                check();
                if (isWell() == null && isEverybodyInSync()) {
                    break;
                }
            }
            String ill = isWell() == null && !isEverybodyInSync() ? "somebody is not in sync" : isWell();
            if (ill != null) {
                throw new AssertionError("after five minutes without a failure " + ill + "\n" + nodes.values().stream().map(Run::describe).toList());
            }
            checkGroup();
            checkPassing();
            transactions.finish();
            // Producers go on meanwhile.
            check();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                List<String> truth = committed.get(partition);
                for (Map.Entry<Long, String> one : acked.get(partition).entrySet()) {
                    String found = one.getKey() < truth.size() ? truth.get((int) (long) one.getKey()) : "nothing";
                    if (!found.equals(one.getValue())) {
                        throw new AssertionError(
                                "acknowledged was " + one.getValue() + " at offset " + one.getKey() + " of partition " + partition + ", and there is " + found);
                    }
                }
            }
        }

        /** What the group's coordinator says by now is not less than what was acknowledged. */
        private void checkGroup() {
            List<Long> found = new ArrayList<>();
            // While the leadership is handed over, the one before may not have heard of it yet.
            for (int round = 0; round < 30 && found.size() != 1; round++) {
                found.clear();
                for (ClusterNode node : nodes.values()) {
                    node.groups.fetchOffsets(List.of(new FetchOffsetsRequest(GROUP, null, false)), results -> {
                        if (results.getFirst().error() == ErrorCode.NONE) {
                            results.getFirst().topics().forEach(topic -> topic.partitions().forEach(partition -> found.add(partition.offset().offset())));
                            if (results.getFirst().topics().isEmpty()) {
                                found.add(0L);
                            }
                        }
                    });
                }
                loop.advance(2_000);
            }
            assertEquals(1, found.size(), "there is one coordinator");
            assertTrue(found.getFirst() >= committedOffset && found.getFirst() <= commits, "committed was " + committedOffset + " and is " + found.getFirst());
            nodes.values().forEach(node -> assertEquals(0, node.groups.defectCount()));
        }

        /** The topic that comes and goes is there on all or on nobody, with its own records and no others. */
        private void checkPassing() {
            loop.advance(20_000);
            TopicImage topic = nodes.get(1).store.image().topic(PASSING);
            for (ClusterNode node : nodes.values()) {
                TopicImage seen = node.store.image().topic(PASSING);
                assertEquals(topic == null ? null : topic.id(), seen == null ? null : seen.id());
                Replica replica = topic == null ? null : replicaOf(node, topic.id(), 0);
                if (topic == null || !topic.partition(0).replicas().contains(node.id)) {
                    continue;
                }
                assertNotNull(replica, () -> "broker " + node.id + " has no replica of " + topic.partition(0));
                List<String> values = values(replica, 0, replica.highWatermark());
                values.forEach(value -> assertTrue(value.startsWith(topic.id().toString()), value + " is of another topic than " + topic.id()));
                passing.getOrDefault(topic.id(), Map.of()).forEach((offset, value) -> assertEquals(value, values.get((int) (long) offset)));
            }
        }

        private static String describe(ClusterNode node) {
            List<String> roles = new ArrayList<>();
            for (Replica replica : node.replicas()) {
                roles.add(
                        replica.getClass().getSimpleName() + " " + replica + " epoch " + replica.leaderEpoch() + " end " + replica.log().logEndOffset() + " hw "
                                + replica.highWatermark());
            }
            TopicImage topic = node.store.image().topic(TOPIC);
            return "broker " + node.id + " as " + node.store.process() + ": " + roles + ", sees " + (topic == null ? null : topic.partitions());
        }

        /** What is not well, null when all is. */
        private String isWell() {
            for (ClusterNode node : nodes.values()) {
                TopicImage topic = node.store.image().topic(TOPIC);
                if (topic == null) {
                    return "broker " + node.id + " does not know the topic";
                }
                for (int index = 0; index < PARTITIONS; index++) {
                    PartitionImage partition = topic.partition(index);
                    if (partition == null || partition.stored() == null || partition.inSyncReplicas().size() < BROKERS
                            || partition.stored().state().reassignment() != null) {
                        return "broker " + node.id + " sees " + partition;
                    }
                    UUID id = topic.id();
                    boolean leads = partition.leader() == node.id;
                    PartitionLeader leader = node.partitions.find(id, index);
                    FollowingReplica follower = node.partitions.followed(id, index);
                    if (leads ? leader == null : follower == null) {
                        return "broker " + node.id + " does not play its role in " + partition;
                    }
                    Replica replica = leads ? leader : follower;
                    Replica first = replicaOf(nodes.get(1), id, index);
                    if (first == null || replica.log().logEndOffset() != first.log().logEndOffset()
                            || replica.highWatermark() != replica.log().logEndOffset()) {
                        return "broker " + node.id + " has " + replica.log().logEndOffset() + " records of partition " + index + ", committed "
                                + replica.highWatermark();
                    }
                }
            }
            return null;
        }

        private static Replica replicaOf(ClusterNode node, UUID topic, int index) {
            PartitionLeader leader = node.partitions.find(topic, index);
            return leader != null ? leader : node.partitions.followed(topic, index);
        }
    }
}
