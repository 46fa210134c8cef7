package io.partita.broker.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.classic.GroupImage;
import io.partita.broker.group.classic.GroupState;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * A shard under random requests, failures and passing time, held against a replay of its log: what was committed is the same, and a group that is
 * stable is the same member by member. Every request is answered in the end, and nothing is left behind.
 */
class GroupReplayPropertyTest {

    private static final int STEPS = 400;

    @Test
    void aReplayGivesTheSameGroupsAndOffsets() {
        int failures = 0;
        for (long seed = 1; seed <= 150; seed++) {
            try {
                Run run = new Run(seed);
                run.run();
                failures += run.failures;
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertTrue(failures > 100, "failed appends: " + failures);
    }

    /** A client as it behaves, more or less. */
    private static final class TestMember {
        private final String groupId;
        private final String instanceId;
        private String memberId = "";
        private int generation = -1;
        private boolean leads;
        private List<String> members = List.of();

        private TestMember(String groupId, String instanceId) {
            this.groupId = groupId;
            this.instanceId = instanceId;
        }
    }

    private static final class Run {
        private final Random random;
        private final TestEventLoop loop = new TestEventLoop(new TestClock());
        private final TestCoordinatorLog log = new TestCoordinatorLog(loop);
        private final TestTopics topics = new TestTopics();
        private final GroupConfig config = new GroupConfig(6_000, 60_000, 500, 4, 10, 120_000, 20_000, 5_000, 4_000, ConsumerGroupConfig.DEFAULTS);
        private final List<TestMember> members = new ArrayList<>();
        private final List<Given<?>> asked = new ArrayList<>();
        private GroupShard shard;
        private int failures;

        private Run(long seed) {
            random = new Random(seed);
        }

        private GroupShard load() {
            GroupShard loaded = newShard();
            loaded.load();
            loop.runTasks();
            return loaded;
        }

        private GroupShard newShard() {
            return new GroupShard("offsets-0", loop, loop.clock(), random::nextLong, config, new MemoryPool(1 << 30), () -> topics,
                    () -> id -> config.consumer(), () -> id -> StreamsGroupConfig.DEFAULTS, ShareServices.NONE, log, this::failed,
                    defect -> {
                        throw new AssertionError(defect);
                    });
        }

        /** The log took something not: what it has is loaded, as {@code CoordinatorShards} does it. */
        private void failed() {
            failures++;
            shard = newShard();
            shard.load();
        }

        private void run() {
            shard = load();
            for (int i = 0; i < 6; i++) {
                members.add(new TestMember("g" + i % 2, i < 2 ? "node-" + i : null));
            }
            for (int i = 0; i < STEPS; i++) {
                step();
                if (random.nextInt(3) > 0) {
                    loop.runTasks();
                }
                if (random.nextInt(40) == 0) {
                    settle();
                    compare();
                }
                if (random.nextInt(150) == 0) {
                    restart();
                }
            }
            settle();
            compare();
            end();
        }

        private void step() {
            TestMember member = members.get(random.nextInt(members.size()));
            switch (random.nextInt(16)) {
                case 0, 1, 2, 3 -> join(member);
                case 4, 5, 6, 7 -> sync(member);
                case 8, 9 -> heartbeat(member);
                case 10, 11 -> commit(member);
                case 12 -> rarely(member);
                case 13 -> loop.advance(random.nextInt(2_000));
                case 14 -> loop.advance(random.nextInt(10) == 0 ? random.nextInt(100_000) : random.nextInt(7_000));
                default -> log();
            }
        }

        private void log() {
            switch (random.nextInt(6)) {
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

        private <T> Given<T> given() {
            var given = new Given<T>();
            asked.add(given);
            return given;
        }

        private void join(TestMember member) {
            if (member.instanceId != null && random.nextInt(4) == 0) {
                member.memberId = "";
            }
            var names = random.nextInt(8) == 0 ? new String[] {"sticky", "range"} : new String[] {"range", "sticky"};
            var request = new JoinRequest(member.groupId, member.memberId, member.instanceId, GroupFixture.JAVA, 6_000 + random.nextInt(4_000),
                    5_000 + random.nextInt(10_000), "consumer", GroupFixture.protocols(names), null, true, random.nextBoolean());
            var recorder = this.<JoinResult>given();
            shard.join(request, new Answer<>() {
                @Override
                public void give(JoinResult result) {
                    recorder.give(result);
                    joined(member, result);
                }
            });
        }

        private static void joined(TestMember member, JoinResult result) {
            switch (result.error()) {
                case NONE -> {
                    member.memberId = result.memberId();
                    member.generation = result.generation();
                    member.leads = result.leader().equals(result.memberId()) && !result.skipAssignment();
                    member.members = result.members().stream().map(JoinResult.JoinedMember::memberId).toList();
                }
                case MEMBER_ID_REQUIRED -> member.memberId = result.memberId();
                case UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED -> member.memberId = "";
                default -> {}
            }
        }

        private void sync(TestMember member) {
            var assignments = new HashMap<String, byte[]>();
            if (member.leads) {
                for (String id : member.members) {
                    assignments.put(id, new byte[] {(byte) random.nextInt()});
                }
            }
            shard.sync(new SyncRequest(member.groupId, member.generation, member.memberId, member.instanceId, null, null, assignments), given());
        }

        private void heartbeat(TestMember member) {
            var client = random.nextBoolean() ? GroupFixture.LIBRDKAFKA : GroupFixture.UNKNOWN;
            Given<ErrorCode> given = given();
            shard.heartbeat(new HeartbeatRequest(member.groupId, member.generation, member.memberId, member.instanceId, client), given);
            if (given.isHeld() && random.nextBoolean()) {
                given.nextRequest();
            }
        }

        private void commit(TestMember member) {
            var partitions = new ArrayList<CommitRequest.PartitionCommit>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                partitions.add(new CommitRequest.PartitionCommit("t" + random.nextInt(2), topicId(), random.nextInt(3), random.nextInt(1_000), -1,
                        "x".repeat(random.nextInt(12)), -1));
            }
            boolean simple = random.nextInt(3) == 0;
            long retention = random.nextInt(4) == 0 ? random.nextInt(100_000) : -1;
            shard.commitOffsets(new CommitRequest(simple ? "simple" : member.groupId, simple ? -1 : member.generation, simple ? "" : member.memberId,
                    member.instanceId, retention, true, partitions), given());
        }

        private UUID topicId() {
            return random.nextBoolean() ? Message.ZERO_UUID : new UUID(0, random.nextInt(2));
        }

        private void rarely(TestMember member) {
            switch (random.nextInt(5)) {
                case 0 -> {
                    shard.leave(new LeaveRequest(member.groupId, List.of(new LeaveRequest.Leaver(member.memberId, member.instanceId, null))), given());
                    member.memberId = "";
                }
                case 1 -> shard.deleteGroup(random.nextBoolean() ? "simple" : member.groupId, given());
                case 2 -> shard.deleteOffsets(new DeleteOffsetsRequest(member.groupId,
                        List.of(new DeleteOffsetsRequest.TopicPartition("t" + random.nextInt(2), random.nextInt(3)))), given());
                case 3 -> shard.topicsDeleted(Map.of("t" + random.nextInt(2), topicId()));
                default -> shard.fetchOffsets(new FetchOffsetsRequest(member.groupId, null, true), given());
            }
        }

        /** Lets the log have everything that was appended. */
        private void settle() {
            log.failsWith(null);
            log.commitsAtOnce(true);
            loop.runTasks();
            log.commitAll();
            loop.runTasks();
        }

        private void compare() {
            GroupShard replayed = load();
            assertEquals(offsets(replayed), offsets(shard));
            assertEquals(images(replayed), images(shard));
            for (Group any : shard.state().groups.values()) {
                ClassicGroup group = (ClassicGroup) any;
                if (group.isIn(GroupState.STABLE)) {
                    assertEquals(replayed.state().classicGroup(group.groupId()).currentImage(), group.currentImage());
                }
                if (group.isIn(GroupState.EMPTY) && group.image() == null && group.pendingCount() == 0) {
                    assertEquals(true, shard.state().offsets.hasOffsets(group.groupId()), "a group of nothing: " + group);
                }
            }
            replayed.close();
        }

        private static Map<String, Map<String, Map<Integer, CommittedOffset>>> offsets(GroupShard of) {
            return new TreeMap<>(of.state().offsets.all());
        }

        private static Map<String, GroupImage> images(GroupShard of) {
            var images = new TreeMap<String, GroupImage>();
            of.state().groups.forEach((id, group) -> {
                if (((ClassicGroup) group).image() != null) {
                    images.put(id, ((ClassicGroup) group).image());
                }
            });
            return images;
        }

        private void restart() {
            settle();
            shard.close();
            shard = load();
        }

        /** The shard goes: everybody who still waits is told, and no timer runs on. */
        private void end() {
            shard.close();
            loop.runTasks();
            long unanswered = asked.stream().filter(given -> !given.isGiven()).count();
            assertEquals(0, unanswered, "requests without an answer");
            loop.advance(1_000_000);
            assertEquals(0, loop.timerCount());
        }
    }
}
