package io.partita.broker.group.consumer;

import static io.partita.broker.group.GroupFixture.subscription;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.group.Answer;
import io.partita.broker.group.Client;
import io.partita.broker.group.ConsumerGroupConfig;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.GroupShard;
import io.partita.broker.group.ShareServices;
import io.partita.broker.group.HeartbeatRequest;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.StreamsGroupConfig;
import io.partita.broker.group.SyncRequest;
import io.partita.broker.group.TestTopics;
import io.partita.broker.group.Topics;
import io.partita.broker.group.classic.ConsumerProtocol;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * One group under members of both protocols that freeze, lie, change their minds, lose answers and vanish, topics that come and go, a log that fails and
 * a coordinator that starts again. After every step no partition is held twice, and no two clients that keep the rules believe that they have the same one; a
 * replay of the log is the group as it is; and once the trouble ends, everything is shared among those who are left.
 */
class ConsumerGroupSimTest {

    private static final int SEEDS = 150;
    private static final int STEPS = 400;
    private static final String GROUP = "g";
    private static final int SESSION = 45_000;

    @Test
    void noPartitionIsReadTwiceAndAllAreReadInTheEnd() {
        int restarts = 0;
        int settled = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                Run run = new Run(seed);
                run.run();
                restarts += run.restarts;
                settled += run.settledAsConsumerGroup ? 1 : 0;
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertTrue(restarts > SEEDS, "restarts: " + restarts);
        assertTrue(settled > SEEDS / 3, "groups that ended as consumer groups: " + settled);
    }

    private static final class Run {
        private final Random random;
        private final TestEventLoop loop = new TestEventLoop(new TestClock());
        private final TestCoordinatorLog log = new TestCoordinatorLog(loop);
        private final TestTopics topics = new TestTopics();
        private final GroupConfig config = GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0).withConsumer(ConsumerGroupConfig.DEFAULTS.withMaxSize(7));
        private final MemoryPool memory = new MemoryPool(1 << 30);
        private final List<Consumer> consumers = new ArrayList<>();
        private GroupShard shard;
        private int names;
        private int restarts;
        private boolean settledAsConsumerGroup;

        private Run(long seed) {
            random = new Random(seed);
        }

        private GroupShard newShard() {
            return new GroupShard("offsets-0", loop, loop.clock(), random::nextLong, config, memory, () -> topics, () -> id -> config.consumer(),
                    () -> id -> StreamsGroupConfig.DEFAULTS, ShareServices.NONE, log, this::failed, defect -> {
                        throw new AssertionError(defect);
                    });
        }

        private void failed() {
            restarts++;
            GroupShard next = newShard();
            shard = next;
            // As CoordinatorShards does it.
            loop.schedule(1_000, next::load);
        }

        private void restart() {
            restarts++;
            log.failsWith(null);
            log.commitsAtOnce(true);
            shard.close();
            loop.runTasks();
            log.commitAll();
            loop.runTasks();
            shard = newShard();
            shard.load();
            loop.runTasks();
        }

        private void run() {
            topics.put("t-1", 6);
            topics.put("t-2", 3);
            shard = newShard();
            shard.load();
            loop.runTasks();
            for (int i = 0; i < STEPS; i++) {
                step();
                if (random.nextInt(3) > 0) {
                    loop.runTasks();
                }
                check();
                if (random.nextInt(50) == 0) {
                    compare();
                }
            }
            end();
        }

        private void step() {
            switch (random.nextInt(20)) {
                case 0 -> {
                    if (consumers.size() < 6) {
                        consumers.add(newConsumer());
                    }
                }
                case 1 -> vanish();
                case 2 -> topics(random.nextInt(4));
                case 3 -> loop.advance(random.nextInt(3_000));
                case 4 -> advance(random.nextInt(12) == 0 ? 50_000 : 5_000);
                case 5 -> trouble();
                case 6 -> liar();
                case 7 -> {
                    if (random.nextInt(6) == 0) {
                        restart();
                    }
                }
                default -> {
                    if (!consumers.isEmpty()) {
                        consumers.get(random.nextInt(consumers.size())).act();
                    }
                }
            }
        }

        /** Time passes, in which whoever keeps the rules is heard from. */
        private void advance(int millis) {
            for (int passed = 0; passed < millis; passed += 2_500) {
                loop.advance(2_500);
                for (Consumer consumer : consumers) {
                    if (!consumer.frozen) {
                        consumer.act();
                        loop.runTasks();
                    }
                }
            }
        }

        private Consumer newConsumer() {
            names++;
            return random.nextInt(3) == 0 ? new OldConsumer() : new NewConsumer("m-" + names, random.nextInt(4) == 0 ? "node-" + random.nextInt(2) : null);
        }

        private void vanish() {
            if (!consumers.isEmpty()) {
                Consumer one = consumers.get(random.nextInt(consumers.size()));
                switch (random.nextInt(4)) {
                    case 0 -> {
                        one.leave();
                        consumers.remove(one);
                    }
                    // It is gone without a word: whatever it believed is of no account.
                    case 1 -> consumers.remove(one);
                    case 2 -> one.freeze();
                    default -> one.changeMind();
                }
            }
        }

        private void topics(int what) {
            String name = "t-" + (1 + random.nextInt(4));
            switch (what) {
                case 0 -> topics.remove(name);
                default -> {
                    Topics.Topic known = topics.find(name);
                    topics.put(name, (known == null ? 0 : known.partitionCount()) + 1 + random.nextInt(2));
                }
            }
            shard.topicsChanged(List.of(name));
        }

        private void trouble() {
            switch (random.nextInt(5)) {
                case 0 -> log.commitsAtOnce(false);
                case 1 -> log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);
                case 2 -> log.commitOne();
                default -> {
                    log.failsWith(null);
                    log.commitsAtOnce(true);
                    log.commitAll();
                }
            }
        }

        /** Somebody who says what is not so. It must not harm the others. */
        private void liar() {
            var owned = new Partitions.Builder();
            for (String name : topics.names()) {
                owned.add(topics.find(name).id(), random.nextInt(8));
            }
            String memberId = consumers.isEmpty() || random.nextBoolean() ? "liar" : "m-" + random.nextInt(100);
            shard.consumerHeartbeat(
                    new ConsumerHeartbeatRequest(GROUP, memberId, 1 + random.nextInt(5_000), random.nextBoolean() ? "nobody" : null, null, 1_000,
                            List.of("t-1"), "(", null, owned.build(), GroupFixture.UNKNOWN, topic -> true, true),
                    result -> {});
            shard.heartbeat(new HeartbeatRequest(GROUP, random.nextInt(9), "liar", null, GroupFixture.UNKNOWN), result -> {});
        }

        // ---- what must hold

        private void check() {
            ConsumerGroup group = group();
            if (group != null) {
                var holders = new HashMap<Share.Partition, String>();
                for (ConsumerMember member : group.members()) {
                    member.current().held().forEach((topic, partition) -> assertNull(holders.put(new Share.Partition(topic, partition), member.memberId),
                            "held twice"));
                    assertTrue(member.current().assigned().and(member.current().revoking()).isEmpty());
                    assertTrue(member.current().epoch() <= group.epoch(), "a member ahead of its group: " + group);
                }
                assertTrue(group.targetEpoch() == group.epoch(), "a target that was not made: " + group);
            }
            var believers = new HashMap<Share.Partition, Consumer>();
            long now = loop.clock().monotonicMillis();
            for (Consumer consumer : consumers) {
                if (consumer.isTrusted(now)) {
                    consumer.owned().forEach((topic, partition) -> {
                        Consumer other = believers.put(new Share.Partition(topic, partition), consumer);
                        assertNull(other, "two read " + topic + "-" + partition + ": " + other + " and " + consumer);
                    });
                }
            }
        }

        /** Null when there is none, or while a shard is loading. */
        private ConsumerGroup group() {
            return shard.availability() == ErrorCode.NONE ? GroupFixture.consumerGroup(shard, GROUP) : null;
        }

        private void compare() {
            log.failsWith(null);
            log.commitsAtOnce(true);
            loop.runTasks();
            log.commitAll();
            loop.runTasks();
            if (shard.availability() != ErrorCode.NONE) {
                loop.advance(1_100);
            }
            GroupShard replayed = newShard();
            int written = log.committedCount();
            replayed.load();
            loop.runTasks();
            ConsumerGroup live = GroupFixture.consumerGroup(shard, GROUP);
            ConsumerGroup loaded = GroupFixture.consumerGroup(replayed, GROUP);
            assertEquals(live == null, loaded == null);
            if (live != null) {
                assertEquals(picture(live), picture(loaded));
            }
            assertEquals(written, log.committedCount(), "a load that writes");
            replayed.close();
        }

        private static Map<String, Object> picture(ConsumerGroup group) {
            var picture = new TreeMap<String, Object>();
            picture.put("epoch", group.epoch());
            picture.put("hash", group.metadataHash());
            picture.put("target epoch", group.targetEpoch());
            picture.put("targets", new TreeMap<>(group.targets()));
            picture.put("patterns", group.patterns());
            for (ConsumerMember member : group.members()) {
                picture.put(member.memberId, List.of(member.metadata(), member.current()));
            }
            return picture;
        }

        /** No more trouble: everything comes to rest, and all that is read is somebody's. */
        private void end() {
            log.failsWith(null);
            log.commitsAtOnce(true);
            log.commitAll();
            loop.runTasks();
            consumers.forEach(consumer -> consumer.frozen = false);
            advance(4 * SESSION);
            compare();
            ConsumerGroup group = group();
            if (group != null && !group.isEmpty()) {
                settledAsConsumerGroup = true;
                assertEquals(ConsumerGroupState.STABLE, group.state(), "not at rest: " + group);
                var read = new Partitions.Builder();
                group.topics().stream().map(topics::find).filter(Objects::nonNull).forEach(topic -> {
                    for (int partition = 0; partition < topic.partitionCount(); partition++) {
                        read.add(topic.id(), partition);
                    }
                });
                Partitions all = Partitions.NONE;
                for (ConsumerMember member : group.members()) {
                    all = all.plus(member.current().assigned());
                }
                assertEquals(read.build(), all);
                Partitions believed = Partitions.NONE;
                for (Consumer consumer : consumers) {
                    believed = believed.plus(consumer.owned());
                }
                assertTrue(believed.containsAll(all), "nobody reads " + all.minus(believed));
            }
            shard.close();
            loop.runTasks();
            loop.advance(1_000_000);
            assertEquals(0, loop.timerCount());
        }

        // ---- clients

        private abstract class Consumer {
            protected String memberId = "";
            protected boolean waiting;
            protected boolean frozen;
            /** When it last sent something that a session counts from. */
            protected long heardMillis = Long.MIN_VALUE / 2;

            abstract void act();

            abstract void leave();

            abstract void changeMind();

            abstract Partitions owned();

            void freeze() {
                frozen = !frozen;
            }

            /** A client that was silent for its session's time has to expect that others read what it had. */
            boolean isTrusted(long now) {
                return now - heardMillis < sessionMillis();
            }

            abstract int sessionMillis();
        }

        /** A client of the consumer protocol. */
        private final class NewConsumer extends Consumer {
            private final String instanceId;
            private List<String> names = new ArrayList<>(List.of("t-1", "t-2"));
            private String regex;
            private int epoch;
            private Partitions owned = Partitions.NONE;
            /** What it gives up, which takes it until its next heartbeat. */
            private int asked;
            private boolean tellAll = true;

            private NewConsumer(String memberId, String instanceId) {
                this.memberId = memberId;
                this.instanceId = instanceId;
            }

            @Override
            int sessionMillis() {
                return SESSION;
            }

            @Override
            Partitions owned() {
                return owned;
            }

            @Override
            void changeMind() {
                if (random.nextBoolean()) {
                    names = random.nextBoolean() ? List.of("t-1") : List.of("t-2", "t-3");
                } else {
                    regex = random.nextBoolean() ? "t-[34]" : "";
                }
                tellAll = true;
            }

            @Override
            void act() {
                if (frozen || waiting) {
                    return;
                }
                boolean full = epoch == 0 || tellAll || random.nextInt(6) == 0;
                Partitions said = epoch == 0 ? Partitions.NONE : owned;
                if (epoch == 0) {
                    owned = Partitions.NONE;
                }
                tellAll = false;
                waiting = true;
                int sent = ++asked;
                int sentEpoch = epoch;
                long sentMillis = loop.clock().monotonicMillis();
                boolean lost = random.nextInt(25) == 0;
                Client client = random.nextBoolean() ? GroupFixture.JAVA : GroupFixture.UNKNOWN;
                shard.consumerHeartbeat(new ConsumerHeartbeatRequest(GROUP, memberId, epoch, instanceId, null, full ? 30_000 : -1, full ? names : null,
                        full ? regex : null, null, full || random.nextBoolean() ? said : null, client, topic -> true, true), new Answer<>() {
                            @Override
                            public void give(ConsumerHeartbeatResult result) {
                                if (asked == sent) {
                                    waiting = false;
                                    if (lost) {
                                        tellAll = true;
                                    } else {
                                        take(result, sentEpoch, sentMillis);
                                    }
                                }
                            }
                        });
            }

            private void take(ConsumerHeartbeatResult result, int sentEpoch, long sentMillis) {
                switch (result.error()) {
                    case NONE -> {
                        heardMillis = Math.max(heardMillis, sentMillis);
                        epoch = result.epoch();
                        if (result.assigned() != null) {
                            owned = result.assigned();
                        }
                    }
                    case UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID, UNRELEASED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED -> {
                        owned = Partitions.NONE;
                        epoch = 0;
                    }
                    default -> tellAll = true;
                }
            }

            @Override
            void leave() {
                asked++;
                owned = Partitions.NONE;
                int leaving = instanceId != null && random.nextBoolean() ? ConsumerHeartbeatRequest.LEAVES_FOR_A_WHILE : ConsumerHeartbeatRequest.LEAVES;
                shard.consumerHeartbeat(new ConsumerHeartbeatRequest(GROUP, memberId, leaving, instanceId, null, -1, null, null, null, null,
                        GroupFixture.JAVA, topic -> true, true), result -> {});
            }

            @Override
            public String toString() {
                return memberId + " in " + epoch + " with " + owned;
            }
        }

        /** A client of the classic protocol with an eager assignor: it gives up everything before it joins. */
        private final class OldConsumer extends Consumer {
            private int generation = -1;
            private boolean joined;
            private Map<String, List<Integer>> owned = new HashMap<>();
            private Map<UUID, List<Integer>> ownedIds = new HashMap<>();
            private int asked;

            @Override
            int sessionMillis() {
                return 10_000;
            }

            @Override
            void changeMind() {
                rejoin();
            }

            @Override
            Partitions owned() {
                var builder = new Partitions.Builder();
                ownedIds.forEach((id, numbers) -> numbers.forEach(number -> builder.add(id, number)));
                return builder.build();
            }

            private void rejoin() {
                joined = false;
                owned = new HashMap<>();
                ownedIds = new HashMap<>();
            }

            @Override
            void act() {
                if (frozen || waiting) {
                    return;
                }
                waiting = true;
                int sent = ++asked;
                long sentMillis = loop.clock().monotonicMillis();
                if (joined) {
                    shard.heartbeat(new HeartbeatRequest(GROUP, generation, memberId, null, GroupFixture.UNKNOWN), error -> {
                        if (asked == sent) {
                            waiting = false;
                            beaten(error, sentMillis);
                        }
                    });
                    return;
                }
                owned = new HashMap<>();
                ownedIds = new HashMap<>();
                var protocols = List.of(new JoinProtocol("range", subscription(List.of("t-1", "t-2"), owned)));
                shard.join(new JoinRequest(GROUP, memberId, null, GroupFixture.JAVA, 10_000, 20_000, "consumer", protocols, null, true, true), result -> {
                    if (asked == sent) {
                        waiting = false;
                        joined(result, sentMillis);
                    }
                });
            }

            private void beaten(ErrorCode error, long sentMillis) {
                switch (error) {
                    case NONE -> heardMillis = Math.max(heardMillis, sentMillis);
                    case REBALANCE_IN_PROGRESS -> rejoin();
                    case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID -> {
                        rejoin();
                        memberId = "";
                    }
                    default -> {}
                }
            }

            private void joined(JoinResult result, long sentMillis) {
                if (result.error() == ErrorCode.MEMBER_ID_REQUIRED) {
                    memberId = result.memberId();
                    return;
                }
                if (result.error() != ErrorCode.NONE) {
                    if (result.error() == ErrorCode.UNKNOWN_MEMBER_ID || result.error() == ErrorCode.GROUP_MAX_SIZE_REACHED) {
                        memberId = "";
                    }
                    return;
                }
                memberId = result.memberId();
                generation = result.generation();
                waiting = true;
                int sent = ++asked;
                shard.sync(new SyncRequest(GROUP, generation, memberId, null, "consumer", null, assign(result.members())), synced -> {
                    if (asked != sent) {
                        return;
                    }
                    waiting = false;
                    if (synced.error() == ErrorCode.NONE) {
                        joined = true;
                        heardMillis = Math.max(heardMillis, sentMillis);
                        owned = new HashMap<>(ConsumerProtocol.readAssignment(synced.assignment()));
                        owned.forEach((name, numbers) -> {
                            Topics.Topic topic = topics.find(name);
                            if (topic != null) {
                                ownedIds.put(topic.id(), numbers);
                            }
                        });
                    } else if (synced.error() == ErrorCode.UNKNOWN_MEMBER_ID) {
                        memberId = "";
                    }
                });
            }

            /** What it says as the leader of a classic group: each partition to one member. */
            private Map<String, byte[]> assign(Collection<JoinResult.JoinedMember> members) {
                var assignments = new HashMap<String, byte[]>();
                int index = 0;
                for (JoinResult.JoinedMember member : members) {
                    var of = new HashMap<String, List<Integer>>();
                    for (String name : List.of("t-1", "t-2")) {
                        Topics.Topic topic = topics.find(name);
                        var numbers = new ArrayList<Integer>();
                        for (int partition = 0; topic != null && partition < topic.partitionCount(); partition++) {
                            if (partition % members.size() == index) {
                                numbers.add(partition);
                            }
                        }
                        of.put(name, numbers);
                    }
                    assignments.put(member.memberId(), GroupFixture.assignment(of));
                    index++;
                }
                return assignments;
            }

            @Override
            void leave() {
                asked++;
                owned = new HashMap<>();
                ownedIds = new HashMap<>();
                shard.leave(new LeaveRequest(GROUP, List.of(new LeaveRequest.Leaver(memberId, null, null))), result -> {});
            }

            @Override
            public String toString() {
                return memberId + " in " + generation + " with " + ownedIds;
            }
        }
    }
}
