package io.partita.broker.group.streams;

import static io.partita.broker.group.GroupFixture.GROUP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Client;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.Given;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.PartitionsResult;
import io.partita.broker.group.StreamsGroupConfig;
import io.partita.broker.group.consumer.ConsumerHeartbeatRequest;
import io.partita.broker.group.streams.Topology.InternalTopic;
import io.partita.broker.group.streams.Topology.Subtopology;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members of streams groups: who is one, what it works on, and what it is told. */
class StreamsHeartbeatTest {

    /** Reads lines, writes them by word, counts these. */
    private static final Topology WORDS = new Topology(0, List.of(
            new Subtopology("0", List.of("lines"), List.of(), List.of("by-word"), List.of(), List.of()),
            new Subtopology("1", List.of(), List.of(internal("by-word")), List.of(), List.of(internal("counts")), List.of())));

    private final GroupFixture shard = new GroupFixture();
    private final Map<String, Tasks> owned = new HashMap<>();
    private final Map<String, Integer> epochs = new HashMap<>();

    private static InternalTopic internal(String name) {
        return new InternalTopic(name, 0, (short) 0, new TreeMap<>());
    }

    @BeforeEach
    void start() {
        shard.streams = StreamsGroupConfig.DEFAULTS.withInitialDelayMillis(0).withWarmups(0);
        shard.topics.put("lines", 2);
        shard.topics.put("by-word", 2);
        shard.topics.put("counts", 2);
    }

    // ---- members in short

    private Given<StreamsHeartbeatResult> send(StreamsHeartbeatRequest request) {
        var given = new Given<StreamsHeartbeatResult>();
        shard.shard.streamsHeartbeat(request, given);
        shard.loop.runTasks();
        return given;
    }

    private static StreamsHeartbeatRequest request(
            String memberId, int epoch, String instanceId, Topology topology, Tasks owned, Map<TaskId, Long> lags, boolean shutdown, Client client) {
        return new StreamsHeartbeatRequest(GROUP, memberId, epoch, -1, instanceId, null, topology == null ? -1 : 60_000, topology, owned,
                topology == null ? null : "process of " + memberId, null, topology == null ? null : new TreeMap<>(), lags, shutdown, client);
    }

    private StreamsHeartbeatResult join(String memberId, String instanceId, Topology topology) {
        return done(memberId, send(request(memberId, 0, instanceId, topology, Tasks.NONE, null, false, GroupFixture.UNKNOWN)).get());
    }

    private StreamsHeartbeatResult join(String memberId) {
        return join(memberId, null, WORDS);
    }

    private StreamsHeartbeatResult done(String memberId, StreamsHeartbeatResult result) {
        if (result.error() == ErrorCode.NONE) {
            epochs.put(memberId, result.epoch());
            if (result.tasks() != null) {
                owned.put(memberId, result.tasks());
            }
        }
        return result;
    }

    /** As a client does it: with what it has after the answer before. */
    private StreamsHeartbeatResult beat(String memberId) {
        return beat(memberId, (Map<TaskId, Long>) null);
    }

    private StreamsHeartbeatResult beat(String memberId, Map<TaskId, Long> lags) {
        return done(memberId,
                send(request(memberId, epochs.get(memberId), null, null, owned.get(memberId), lags, false, GroupFixture.UNKNOWN)).get());
    }

    private void settle(String... memberIds) {
        for (int i = 0; i < 4; i++) {
            for (String memberId : memberIds) {
                beat(memberId);
            }
        }
    }

    private static TaskId task(int subtopology, int partition) {
        return new TaskId(Integer.toString(subtopology), partition);
    }

    private static Set<TaskId> all() {
        return Set.of(task(0, 0), task(0, 1), task(1, 0), task(1, 1));
    }

    private Set<TaskId> active(String... memberIds) {
        var tasks = new TreeSet<TaskId>();
        for (String memberId : memberIds) {
            for (TaskId task : owned.get(memberId).active()) {
                assertTrue(tasks.add(task), task + " is worked on twice");
            }
        }
        return tasks;
    }

    private String state() {
        return shard.shard.describeStreams(GROUP).state();
    }

    private void topicsChanged(String... names) {
        shard.shard.topicsChanged(List.of(names));
        shard.loop.runTasks();
    }

    private static List<StreamsStatus.Code> codes(Collection<StreamsStatus> statuses) {
        return statuses.stream().map(StreamsStatus::code).toList();
    }

    // ---- joining and leaving

    @Test
    void theFirstMemberHasAllTasksWithTheAnswerToItsJoin() {
        StreamsHeartbeatResult joined = join("a");

        assertEquals(ErrorCode.NONE, joined.error());
        assertEquals(all(), joined.tasks().active());
        assertTrue(joined.epoch() > 0);
        assertEquals(List.of(), joined.statuses());
        assertEquals(1_000, joined.times().intervalMillis());
        assertEquals("Stable", state());
        assertEquals(List.of(new ListedGroup(GROUP, "streams", "Stable", GroupType.STREAMS)), shard.shard.list());
    }

    @Test
    void aSecondMemberGetsItsHalfWhenTheFirstHasLetGo() {
        join("a");
        assertEquals(Set.of(), Set.copyOf(join("b").tasks().active()));
        assertEquals("Reconciling", state());

        beat("a");
        assertEquals(2, owned.get("a").active().size());
        assertNull(beat("b").tasks());
        beat("a");
        beat("b");

        assertEquals(all(), active("a", "b"));
        assertEquals(2, owned.get("b").active().size());
        assertEquals("Stable", state());
    }

    @Test
    void whatAMemberHadThatLeavesGoesToTheOthersAtOnce() {
        join("a");
        join("b");
        settle("a", "b");
        var held = send(request("a", epochs.get("a"), null, null, null, null, false, GroupFixture.JAVA));
        assertTrue(held.isHeld());

        send(request("b", -1, null, null, null, null, false, GroupFixture.UNKNOWN));

        assertEquals(all(), held.get().tasks().active());
    }

    @Test
    void aSilentMemberIsOut() {
        join("a");
        join("b");
        settle("a", "b");
        shard.loop.advance(30_000);
        beat("a");
        shard.loop.advance(30_000);

        beat("a");
        assertEquals(all(), owned.get("a").active());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, beat("b").error());
    }

    @Test
    void aMemberThatDoesNotGiveUpTasksIsOut() {
        join("a");
        join("b");
        beat("a");
        for (int i = 0; i < 7; i++) {
            shard.loop.advance(10_000);
            send(request("a", epochs.get("a"), null, null, null, null, false, GroupFixture.UNKNOWN));
            beat("b");
        }

        assertEquals(all(), owned.get("b").active());
    }

    @Test
    void aMemberInAnotherEpochIsFenced() {
        join("a");
        assertEquals(ErrorCode.FENCED_MEMBER_EPOCH,
                send(request("a", 99, null, null, Tasks.NONE, null, false, GroupFixture.UNKNOWN)).get().error());
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, send(request("x", 1, null, null, Tasks.NONE, null, false, GroupFixture.UNKNOWN)).get().error());
    }

    @Test
    void aStaticMemberThatComesBackHasItsTasksAgain() {
        join("a");
        join("b", "node-b", WORDS);
        settle("a");
        for (int i = 0; i < 3; i++) {
            done("b", send(request("b", epochs.get("b"), "node-b", null, owned.get("b"), null, false, GroupFixture.UNKNOWN)).get());
            beat("a");
        }
        Set<TaskId> had = Set.copyOf(owned.get("b").active());
        assertEquals(2, had.size());
        int epoch = shard.shard.describeStreams(GROUP).epoch();

        send(request("b", -2, "node-b", null, null, null, false, GroupFixture.UNKNOWN));
        beat("a");
        assertEquals(2, owned.get("a").active().size());
        assertEquals(ErrorCode.NONE, join("c", "node-b", WORDS).error());

        assertEquals(had, owned.get("c").active());
        assertTrue(shard.shard.describeStreams(GROUP).epoch() >= epoch);
        assertEquals(ErrorCode.UNRELEASED_INSTANCE_ID, join("d", "node-b", WORDS).error());
    }

    @Test
    void aGroupThatBeginsWaitsForMoreMembers() {
        shard.streams = shard.streams.withInitialDelayMillis(3_000);
        StreamsHeartbeatResult joined = join("a");
        assertEquals(Set.of(), Set.copyOf(joined.tasks().active()));
        assertTrue(joined.epoch() > 0);
        assertEquals(List.of(StreamsStatus.Code.ASSIGNMENT_DELAYED), codes(joined.statuses()));
        join("b");

        shard.loop.advance(3_000);
        beat("a");
        beat("b");

        assertEquals(all(), active("a", "b"));
        assertEquals(2, owned.get("b").active().size());
    }

    // ---- topics

    @Test
    void internalTopicsThatAreMissingAreToBeMadeAndThenThereAreTasks() {
        shard.topics.remove("by-word");
        shard.topics.remove("counts");
        StreamsHeartbeatResult joined = join("a");
        assertEquals(List.of(StreamsStatus.Code.MISSING_INTERNAL_TOPICS), codes(joined.statuses()));
        assertEquals(List.of("by-word 2", "counts 2"), joined.missing().stream().map(topic -> topic.topic().name() + " " + topic.partitions()).toList());
        assertEquals("NotReady", state());

        var held = send(request("a", joined.epoch(), null, null, null, null, false, GroupFixture.JAVA));
        assertTrue(held.isHeld());
        shard.topics.put("by-word", 2);
        shard.topics.put("counts", 2);
        topicsChanged("by-word", "counts");

        assertEquals(all(), held.get().tasks().active());
        assertEquals(List.of(), held.get().statuses());
    }

    @Test
    void aSourceThatIsDeletedTakesTheTasksAndIsNamed() {
        join("a");
        shard.topics.remove("lines");
        topicsChanged("lines");

        StreamsHeartbeatResult told = beat("a");
        assertEquals(Set.of(), Set.copyOf(told.tasks().active()));
        assertEquals(List.of(new StreamsStatus(StreamsStatus.Code.MISSING_SOURCE_TOPICS, "Missing source topics: lines")), told.statuses());
        assertEquals(5_000, told.times().intervalMillis());
    }

    @Test
    void anotherTopologyIsTakenOnceNobodyRunsTheOld() {
        join("a");
        var other = new Topology(0, List.of(new Subtopology("0", List.of("lines"), List.of(), List.of(), List.of(), List.of())));
        assertEquals(ErrorCode.INVALID_REQUEST, join("b", null, other).error());

        send(request("a", -1, null, null, null, null, false, GroupFixture.UNKNOWN));

        assertEquals(Set.of(task(0, 0), task(0, 1)), join("b", null, other).tasks().active());
    }

    // ---- copies of state

    @Test
    void standbysAreOnTheOtherMember() {
        shard.streams = shard.streams.withStandbys(1);
        join("a");
        join("b");
        settle("a", "b");

        assertEquals(owned.get("a").active().stream().filter(task -> task.subtopology().equals("1")).toList(), List.copyOf(owned.get("b").standby()));
        assertEquals(1, owned.get("a").standby().size());
        assertEquals("Stable", state());
    }

    @Test
    void aTaskWithStateStaysUntilItIsWarmElsewhere() {
        shard.streams = shard.streams.withWarmups(1);
        join("a");
        join("b");
        settle("a", "b");
        assertEquals(all(), active("a", "b"));
        Tasks warming = owned.get("b");
        assertEquals(1, warming.warmup().size());
        TaskId moving = warming.warmup().first();
        assertTrue(owned.get("a").active().contains(moving));

        beat("b", Map.of(moving, 20_000L));
        settle("a", "b");
        assertTrue(owned.get("a").active().contains(moving));

        beat("b", Map.of(moving, 10L));
        settle("a", "b");
        assertEquals(all(), active("a", "b"));
        assertTrue(owned.get("b").active().contains(moving));
        assertEquals(2, owned.get("a").active().size());
        assertEquals("Stable", state());
    }

    @Test
    void aCopyOfWhichNothingIsSaidIsNotWaitedForWithoutEnd() {
        shard.streams = shard.streams.withWarmups(1);
        join("a");
        join("b");
        settle("a", "b");
        TaskId moving = owned.get("b").warmup().first();

        pass(100, () -> beat("b"));
        assertTrue(owned.get("a").active().contains(moving));
        pass(20, () -> beat("b"));

        assertEquals(all(), active("a", "b"));
        assertTrue(owned.get("b").active().contains(moving));
        assertEquals("Stable", state());
    }

    @Test
    void aCopyIsWaitedForWhileItsMemberSaysThatMuchIsMissing() {
        shard.streams = shard.streams.withWarmups(1);
        join("a");
        join("b");
        settle("a", "b");
        TaskId moving = owned.get("b").warmup().first();

        pass(300, () -> beat("b", Map.of(moving, 20_000L)));

        assertTrue(owned.get("a").active().contains(moving));
        assertEquals(Set.of(moving), owned.get("b").warmup());
    }

    /** Lets seconds pass in which both members are heard from. */
    private void pass(int seconds, Runnable beatOfB) {
        for (int i = 0; i < seconds; i += 5) {
            shard.loop.advance(5_000);
            beat("a");
            beatOfB.run();
        }
        settle("a", "b");
    }

    // ---- what else members are told

    @Test
    void oneMemberStopsTheWholeApplication() {
        join("a");
        join("b");
        settle("a", "b");
        var held = send(request("a", epochs.get("a"), null, null, null, null, false, GroupFixture.JAVA));

        send(request("b", epochs.get("b"), null, null, null, null, true, GroupFixture.UNKNOWN));

        assertEquals(List.of(StreamsStatus.Code.SHUTDOWN_APPLICATION), codes(held.get().statuses()));
    }

    @Test
    void aHeartbeatWithNothingToSayIsHeldForASecond() {
        join("a");
        var held = send(request("a", epochs.get("a"), null, null, null, null, false, GroupFixture.JAVA));
        assertTrue(held.isHeld());
        shard.loop.advance(1_000);
        assertNull(held.get().tasks());
        assertFalse(send(request("a", epochs.get("a"), null, null, null, null, false, GroupFixture.UNKNOWN)).isHeld());
    }

    // ---- offsets, other kinds of groups, deletion

    @Test
    void offsetsAreCommittedInTheEpochThatTasksWereHadIn() {
        int old = join("a").epoch();
        join("b");
        settle("a", "b");
        int epoch = epochs.get("a");
        assertTrue(epoch > old);
        TaskId kept = owned.get("a").active().first();
        TaskId given = owned.get("b").active().first();

        assertEquals(ErrorCode.NONE, commit("a", epoch, task(0, 0)));
        assertEquals(ErrorCode.NONE, commit("a", old, kept));
        assertEquals(ErrorCode.STALE_MEMBER_EPOCH, commit("a", old, given));
        assertEquals(ErrorCode.UNKNOWN_MEMBER_ID, commit("x", epoch, kept));
    }

    private ErrorCode commit(String memberId, int epoch, TaskId task) {
        var given = new Given<PartitionsResult>();
        String topic = task.subtopology().equals("0") ? "lines" : "by-word";
        shard.shard.commitOffsets(new CommitRequest(GROUP, epoch, memberId, null, -1, true, List.of(GroupFixture.offset(topic, task.partition(), 7))), given);
        shard.loop.runTasks();
        PartitionsResult result = given.get();
        return result.error() != ErrorCode.NONE ? result.error() : result.partitions().getFirst();
    }

    @Test
    void anEmptyClassicGroupBecomesOneAndTheOtherWayAndItsOffsetsStay() {
        shard.commit("", -1, GroupFixture.offset("lines", 0, 42));
        join("a");
        assertEquals(42, shard.committed("lines", 0));
        assertEquals(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, shard.join("").get().error());

        send(request("a", -1, null, null, null, null, false, GroupFixture.UNKNOWN));
        shard.joinNew();

        assertEquals(42, shard.committed("lines", 0));
        assertNull(shard.shard.describeStreams(GROUP));
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, join("a").error());
    }

    @Test
    void consumersAreTurnedAway() {
        join("a");
        var given = new Given<io.partita.broker.group.consumer.ConsumerHeartbeatResult>();
        shard.shard.consumerHeartbeat(new ConsumerHeartbeatRequest(GROUP, "c", 0, null, null, 1_000, List.of("lines"), null, null,
                io.partita.broker.group.consumer.Partitions.NONE, GroupFixture.UNKNOWN, topic -> true, true), given);
        shard.loop.runTasks();
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, given.get().error());
    }

    @Test
    void onlyAGroupWithoutMembersIsDeleted() {
        join("a");
        assertEquals(ErrorCode.NON_EMPTY_GROUP, shard.deleteGroup());
        send(request("a", -1, null, null, null, null, false, GroupFixture.UNKNOWN));
        assertEquals("Empty", state());

        assertEquals(ErrorCode.NONE, shard.deleteGroup());

        assertNull(shard.shard.describeStreams(GROUP));
        assertEquals(List.of(), shard.shard.list());
        shard.start();
        assertEquals(List.of(), shard.shard.list());
    }

    @Test
    void aGroupInWhichNobodyIsTellsItsTopology() {
        join("a");
        send(request("a", -1, null, null, null, null, false, GroupFixture.UNKNOWN));

        for (int i = 0; i < 2; i++) {
            DescribedStreamsGroup described = shard.shard.describeStreams(GROUP);
            assertEquals("Empty", described.state());
            assertEquals(WORDS, described.topology());
            assertEquals(Map.of("0", 2, "1", 2), described.taskCounts());
            shard.start();
        }
    }

    @Test
    void theNextCoordinatorKnowsAllThatThisOneKnew() {
        shard.streams = shard.streams.withStandbys(1);
        join("a");
        join("b");
        settle("a", "b");
        DescribedStreamsGroup before = shard.shard.describeStreams(GROUP);

        shard.start();

        assertEquals(before, shard.shard.describeStreams(GROUP));
        assertEquals(ErrorCode.NONE, beat("a").error());
        assertEquals(ErrorCode.NONE, beat("b").error());
    }

    @Test
    void requestsThatMeanNothingAreRefused() {
        assertEquals(ErrorCode.INVALID_REQUEST, join("a", null, null).error());
        assertEquals(ErrorCode.INVALID_REQUEST, send(request("", 0, null, WORDS, Tasks.NONE, null, false, GroupFixture.UNKNOWN)).get().error());
        assertEquals(ErrorCode.INVALID_REQUEST, send(request("a", -3, null, null, null, null, false, GroupFixture.UNKNOWN)).get().error());
        assertEquals(ErrorCode.INVALID_REQUEST, send(request("a", -2, null, null, null, null, false, GroupFixture.UNKNOWN)).get().error());
        var withoutSources = new Topology(0, List.of(new Subtopology("0", List.of(), List.of(), List.of(), List.of(), List.of())));
        assertEquals(ErrorCode.STREAMS_INVALID_TOPOLOGY, join("a", null, withoutSources).error());
        var large = new Topology(0, List.of(new Subtopology("x".repeat(1 << 20), List.of("lines"), List.of(), List.of(), List.of(), List.of())));
        assertEquals(ErrorCode.INVALID_REQUEST, join("a", null, large).error());
        assertNull(shard.shard.describeStreams(GROUP));
        shard.streams = shard.streams.withMaxSize(1);
        join("a");
        assertEquals(ErrorCode.GROUP_MAX_SIZE_REACHED, join("b").error());
    }
}
