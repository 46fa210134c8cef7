package io.partita.broker.group.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Given;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Both assignors with groups of any kind that change as groups do: what must hold of whatever they say. */
class AssignorPropertyTest {

    private static final int SEEDS = 400;
    private static final int CHANGES = 25;

    /** A group whose members and topics change. */
    private static final class Changing {
        private final Random random;
        private final boolean alike;
        private final Map<UUID, Integer> topics = new TreeMap<>();
        private final Map<String, Set<UUID>> members = new TreeMap<>();
        private Map<String, Partitions> assigned = Map.of();
        private int names;

        private Changing(long seed, boolean alike) {
            this.random = new Random(seed);
            this.alike = alike;
            topics.put(new UUID(1, ++names), 1 + random.nextInt(12));
        }

        private void change() {
            switch (random.nextInt(6)) {
                case 0 -> topics.put(new UUID(1, ++names), 1 + random.nextInt(12));
                case 1 -> topics.computeIfPresent(any(topics.keySet()), (id, count) -> count + random.nextInt(4));
                case 2 -> {
                    if (topics.size() > 1) {
                        topics.remove(any(topics.keySet()));
                    }
                }
                case 3 -> {
                    if (!members.isEmpty()) {
                        members.remove(any(members.keySet()));
                    }
                }
                default -> members.put("m-" + ++names, Set.of());
            }
            members.replaceAll((name, before) -> alike ? Set.copyOf(topics.keySet()) : read(before));
        }

        /** What a member reads that is not as all others: now and then something else than before. */
        private Set<UUID> read(Set<UUID> before) {
            var now = new HashSet<>(before);
            now.retainAll(topics.keySet());
            if (now.isEmpty() || random.nextInt(5) == 0) {
                topics.keySet().stream().filter(topic -> random.nextInt(3) > 0).forEach(now::add);
            }
            return now;
        }

        private <T> T any(Set<T> set) {
            return new ArrayList<>(set).get(random.nextInt(set.size()));
        }

        private List<Assignor.Member> input() {
            var input = new ArrayList<Assignor.Member>();
            members.forEach((name, topics) -> input.add(new Assignor.Member(name, null, topics, assigned.getOrDefault(name, Partitions.NONE))));
            return input;
        }

        private Map<UUID, Integer> read() {
            var read = new TreeMap<>(topics);
            read.keySet().removeIf(topic -> members.values().stream().noneMatch(topics -> topics.contains(topic)));
            return read;
        }
    }

    private interface Check {
        void check(Changing group, Map<String, Partitions> before, Map<String, Partitions> now);
    }

    private static void forAll(Assignor assignor, boolean alike, Check check) {
        for (long seed = 1; seed <= SEEDS; seed++) {
            var group = new Changing(seed, alike);
            try {
                for (int i = 0; i < CHANGES; i++) {
                    group.change();
                    Map<String, Partitions> before = group.assigned;
                    Map<String, Partitions> now = assignor.assign(group.input(), group.read());
                    assertEquals(now, assignor.assign(group.input(), group.read()), "the same question has the same answer");
                    check.check(group, before, now);
                    group.assigned = now;
                }
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** Every partition that somebody reads is given to exactly one of those who read it. */
    private static void isWhole(Changing group, Map<String, Partitions> now) {
        assertEquals(group.members.keySet(), now.keySet());
        var owners = new HashMap<Share.Partition, String>();
        now.forEach((member, partitions) -> partitions.forEach((topic, partition) -> {
            assertTrue(group.members.get(member).contains(topic), member + " does not read " + topic);
            assertTrue(partition < group.topics.get(topic));
            String other = owners.put(new Share.Partition(topic, partition), member);
            assertEquals(null, other, "a partition is given twice");
        }));
        assertEquals(group.read().values().stream().mapToInt(Integer::intValue).sum(), owners.size());
    }

    @Test
    void uniformGivesMembersThatReadTheSameEvenSharesAndMovesNoMoreThanItMust() {
        forAll(new UniformAssignor(), true, (group, before, now) -> {
            isWhole(group, now);
            if (now.isEmpty()) {
                return;
            }
            int total = group.topics.values().stream().mapToInt(Integer::intValue).sum();
            int least = total / now.size();
            now.values().forEach(partitions -> assertTrue(partitions.size() == least || partitions.size() == least + 1, "uneven: " + now));
            // Who may keep one more than the least is chosen among those who had one more, so this is the most that can stay.
            int more = total % now.size();
            int mayStay = 0;
            int stays = 0;
            for (var member : now.entrySet()) {
                Partitions had = before.getOrDefault(member.getKey(), Partitions.NONE)
                        .filter((topic, partition) -> partition < group.topics.getOrDefault(topic, 0));
                int quota = least;
                if (had.size() > least && more > 0) {
                    quota++;
                    more--;
                }
                mayStay += Math.min(had.size(), quota);
                stays += had.and(member.getValue()).size();
            }
            assertEquals(mayStay, stays, "a partition moved that need not");
        });
    }

    @Test
    void uniformLeavesNobodyWithTwoMoreThanOneWhoCouldTakeOver() {
        forAll(new UniformAssignor(), false, (group, before, now) -> {
            isWhole(group, now);
            now.forEach((member, partitions) -> partitions.topicIds().forEach(topic -> now.forEach((other, others) -> {
                if (group.members.get(other).contains(topic)) {
                    assertTrue(partitions.size() - others.size() < 2, member + " has two more than " + other + ", who reads the same: " + now);
                }
            })));
        });
    }

    @Test
    void uniformMovesNothingWhereNothingChanged() {
        forAll(new UniformAssignor(), false, (group, before, now) -> {
            group.assigned = now;
            assertEquals(now, new UniformAssignor().assign(group.input(), group.read()));
        });
    }

    @Test
    void rangeCutsTopicsIntoRangesAndTopicsThatAreAlikeAlike() {
        for (boolean alike : List.of(true, false)) {
            forAll(new RangeAssignor(), alike, (group, before, now) -> {
                isWhole(group, now);
                for (var topic : group.read().entrySet()) {
                    long readers = group.members.values().stream().filter(topics -> topics.contains(topic.getKey())).count();
                    now.values().forEach(partitions -> {
                        List<Integer> of = partitions.of(topic.getKey());
                        if (!of.isEmpty()) {
                            assertEquals(of.size() - 1, of.getLast() - of.getFirst(), "no range: " + of);
                            assertTrue(of.size() <= topic.getValue() / readers + 1);
                        }
                    });
                    group.read().forEach((other, count) -> {
                        boolean same = group.members.values().stream().allMatch(topics -> topics.contains(topic.getKey()) == topics.contains(other));
                        if (same && count.equals(topic.getValue())) {
                            now.values().forEach(partitions -> assertEquals(partitions.of(topic.getKey()), partitions.of(other)));
                        }
                    });
                }
            });
        }
    }

    @Test
    void rangeMovesNothingWhenAStaticMemberIsBackUnderAnotherId() {
        // Given
        UUID topic = new UUID(1, 1);
        var a = new Assignor.Member("x", "a", Set.of(topic), Partitions.NONE);
        var b = new Assignor.Member("m", "b", Set.of(topic), Partitions.NONE);
        var again = new Assignor.Member("c", "b", Set.of(topic), Partitions.NONE);
        // When
        var before = new RangeAssignor().assign(List.of(a, b), Map.of(topic, 4));
        var after = new RangeAssignor().assign(List.of(a, again), Map.of(topic, 4));
        // Then
        assertEquals(before.get("x"), after.get("x"));
        assertEquals(before.get("m"), after.get("c"));
    }

    @Test
    void tenThousandPartitionsAmongAThousandMembers() {
        // Given
        UUID topic = new UUID(1, 1);
        var members = new ArrayList<Assignor.Member>();
        for (int i = 0; i < 1_000; i++) {
            members.add(new Assignor.Member("m-" + i, null, Set.of(topic), Partitions.NONE));
        }
        // When
        var assigned = new UniformAssignor().assign(members, Map.of(topic, 10_000));
        // Then
        assigned.values().forEach(partitions -> assertEquals(10, partitions.size()));
    }
}
