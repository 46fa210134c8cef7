package io.partita.broker.group.streams;

import static io.partita.broker.group.GroupFixture.GROUP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Answer;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.group.StreamsGroupConfig;
import io.partita.broker.group.streams.Topology.InternalTopic;
import io.partita.broker.group.streams.Topology.Subtopology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Instances of an application that come, go, fall silent and come back, while topics grow, settings change, and the coordinator fails: nobody ever works on
 * what another one works on, a replay of the log gives the same group, and when all is quiet everything is worked on, every move has ended, copies
 * are where they should be, and the group is stable.
 */
class StreamsGroupSimTest {

    private static final int SEEDS = 50;
    private static final int STEPS = 150;
    /** Of heartbeats after the last step. */
    private static final int ROUNDS_MAX = 300;
    private static final Topology TOPOLOGY = new Topology(0, List.of(
            new Subtopology("0", List.of("lines"), List.of(), List.of("by-word"), List.of(), List.of()),
            new Subtopology("1", List.of("table"), List.of(internal("by-word")), List.of(), List.of(internal("counts")), List.of())));

    private static InternalTopic internal(String name) {
        return new InternalTopic(name, 0, (short) 0, new TreeMap<>());
    }

    @Test
    void nobodyWorksOnWhatAnotherWorksOnAndInTheEndAllIsWorkedOn() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            var run = new Run(seed);
            try {
                run.run();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ": " + run.shard.shard.describeStreams(GROUP), e);
            }
        }
    }

    /** Of which copies of state a member says how far they are: clients differ in that. */
    private enum Says {
        NOTHING,
        WARMUPS,
        ALL
    }

    /** A member as it behaves: it does what it is told at once, and says so with its next heartbeat. */
    private static final class Instance {
        private final String process;
        private final String instanceId;
        private final Says says;
        private String memberId;
        private int epoch;
        private boolean joined;
        private boolean asks;
        private int asked;
        private Tasks owned = Tasks.NONE;
        private final Map<TaskId, Long> lags = new HashMap<>();

        private Instance(String process, String instanceId, Says says) {
            this.process = process;
            this.instanceId = instanceId;
            this.says = says;
        }

        /** Those of which it says how far they are. */
        private Set<TaskId> copies() {
            return switch (says) {
                case NOTHING -> Set.of();
                case WARMUPS -> owned.warmup();
                case ALL -> {
                    var copies = new TreeSet<>(owned.warmup());
                    copies.addAll(owned.standby());
                    yield copies;
                }
            };
        }

        private void gone() {
            joined = false;
            asks = false;
            asked++;
            epoch = 0;
            owned = Tasks.NONE;
            lags.clear();
        }
    }

    private static final class Run {
        private final Random random;
        private final GroupFixture shard = new GroupFixture();
        private final List<Instance> instances = new ArrayList<>();
        private int lines = 3;
        private int names;

        private Run(long seed) {
            random = new Random(seed);
        }

        private void run() {
            shard.streams = StreamsGroupConfig.DEFAULTS.withInitialDelayMillis(random.nextBoolean() ? 0 : 3_000).withWarmups(random.nextInt(3))
                    .withStandbys(random.nextInt(2));
            shard.topics.put("table", 2);
            grow();
            for (int i = 0; i < 5; i++) {
                instances.add(new Instance("p-" + i % 3, i == 4 ? "static" : null, Says.values()[random.nextInt(3)]));
            }
            for (int i = 0; i < STEPS; i++) {
                step(instances.get(random.nextInt(instances.size())));
                shard.loop.runTasks();
                check();
            }
            settle();
        }

        private void step(Instance instance) {
            switch (random.nextInt(20)) {
                case 0 -> leave(instance);
                // It vanishes, and nobody is told.
                case 1 -> instance.gone();
                case 2 -> shard.loop.advance(random.nextInt(30_000));
                case 3, 6 -> restart();
                case 4 -> grow();
                case 5 -> {
                    shard.streams = shard.streams.withStandbys(random.nextInt(2));
                    shard.shard.topicsChanged(List.of("lines"));
                }
                default -> heartbeat(instance);
            }
        }

        private void grow() {
            if (lines < 7 || shard.topics.find("lines") == null) {
                shard.topics.put("lines", ++lines);
                shard.topics.put("by-word", lines);
                shard.topics.put("counts", lines);
                shard.shard.topicsChanged(List.of("lines", "by-word", "counts"));
            }
        }

        private void heartbeat(Instance instance) {
            if (instance.asks && random.nextInt(3) > 0) {
                return;
            }
            boolean joins = !instance.joined;
            if (joins) {
                instance.memberId = "m-" + ++names;
            }
            for (TaskId task : instance.copies()) {
                Long lag = instance.lags.get(task);
                instance.lags.put(task, lag == null ? 20_000L : Math.max(0L, lag - 8_000));
            }
            // Whoever gave up on an answer says all again.
            boolean full = joins || instance.asks;
            int number = ++instance.asked;
            instance.asks = true;
            var request = new StreamsHeartbeatRequest(GROUP, instance.memberId, instance.epoch, -1, instance.instanceId, null, joins ? 20_000 : -1,
                    joins ? TOPOLOGY : null, instance.owned, full ? instance.process : null, null, joins ? new TreeMap<>() : null,
                    instance.says != Says.NOTHING && random.nextBoolean() ? Map.copyOf(instance.lags) : null, false,
                    random.nextBoolean() ? GroupFixture.JAVA : GroupFixture.UNKNOWN);
            shard.shard.streamsHeartbeat(request, new Answer<>() {
                @Override
                public void give(StreamsHeartbeatResult result) {
                    if (instance.asked == number) {
                        answered(instance, result);
                    }
                }
            });
        }

        private void answered(Instance instance, StreamsHeartbeatResult result) {
            instance.asks = false;
            switch (result.error()) {
                case NONE -> {
                    instance.joined = true;
                    instance.epoch = result.epoch();
                    if (result.tasks() != null) {
                        instance.owned = result.tasks();
                        instance.lags.keySet().retainAll(instance.copies());
                    }
                }
                case UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID, GROUP_ID_NOT_FOUND -> instance.gone();
                case UNRELEASED_INSTANCE_ID, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS -> {}
                default -> throw new AssertionError(result);
            }
        }

        private void leave(Instance instance) {
            if (instance.joined) {
                int epoch = instance.instanceId != null && random.nextBoolean() ? -2 : -1;
                shard.shard.streamsHeartbeat(new StreamsHeartbeatRequest(GROUP, instance.memberId, epoch, -1, instance.instanceId, null, -1, null, null, null,
                        null, null, null, false, GroupFixture.UNKNOWN), result -> {});
                instance.gone();
            }
        }

        /** Nobody who is a member works on a task that another one works on, nor has one process a task twice. */
        private void check() {
            DescribedStreamsGroup described = shard.shard.describeStreams(GROUP);
            var members = new HashSet<String>();
            if (described != null) {
                described.members().forEach(member -> members.add(member.memberId()));
            }
            var active = new HashSet<TaskId>();
            var anyhow = new HashSet<String>();
            for (Instance instance : instances) {
                if (instance.joined && members.contains(instance.memberId)) {
                    instance.owned.active().forEach(task -> assertTrue(active.add(task), task + " is worked on twice"));
                    instance.owned.forEach((role, task) -> assertTrue(anyhow.add(instance.process + " " + task), task + " is twice on one process"));
                }
            }
        }

        /** Another coordinator has the log. Where nothing was left to decide it knows the same as the one before. */
        private void restart() {
            DescribedStreamsGroup before = shard.shard.describeStreams(GROUP);
            boolean decided = before != null && before.epoch() == before.assignmentEpoch();
            shard.shard.close();
            shard.start();
            instances.forEach(one -> one.asks = false);
            if (decided) {
                assertEquals(before, shard.shard.describeStreams(GROUP));
            }
        }

        /** All come back, and time passes: a copy of which nothing is said takes some, and tasks move one after the other. */
        private void settle() {
            for (int i = 0; !isSettled(); i++) {
                assertTrue(i < ROUNDS_MAX, "moves do not end");
                instances.forEach(this::heartbeat);
                shard.loop.runTasks();
                check();
                shard.loop.advance(8_000);
                check();
            }
            DescribedStreamsGroup described = shard.shard.describeStreams(GROUP);
            int active = 0;
            int standby = 0;
            for (Instance instance : instances) {
                active += instance.owned.active().size();
                standby += instance.owned.standby().size();
                assertEquals(0, instance.owned.warmup().size());
            }
            assertEquals(instances.size(), described.members().size());
            assertEquals(2 * lines, active);
            assertEquals(lines * shard.streams.standbys(), standby);
            restart();
        }

        /** Whether every instance has what it is to have in the end, and knows that. */
        private boolean isSettled() {
            DescribedStreamsGroup described = shard.shard.describeStreams(GROUP);
            if (described == null || !described.state().equals("Stable") || !instances.stream().allMatch(instance -> instance.joined)) {
                return false;
            }
            var owned = new HashMap<String, Tasks>();
            instances.forEach(instance -> owned.put(instance.memberId, instance.owned));
            return described.members().stream().allMatch(member -> member.target().equals(owned.get(member.memberId())));
        }
    }
}
