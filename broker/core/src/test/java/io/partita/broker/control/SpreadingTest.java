package io.partita.broker.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

class SpreadingTest {

    private static PartitionState whole(List<Integer> replicas) {
        return new PartitionState(replicas, new BrokerProcess(replicas.getFirst(), "p"), 1, 0,
                replicas.stream().map(broker -> new InSyncReplica(broker, "log")).toList(), 1, 0);
    }

    private static PartitionSet set(List<List<Integer>> partitions) {
        PartitionSet set = PartitionSet.EMPTY;
        for (int i = 0; i < partitions.size(); i++) {
            set = set.with(new PartitionKey(new UUID(0, i % 3), i), whole(partitions.get(i)));
        }
        return set;
    }

    private static Map<Integer, String> racks(String... ofBrokers) {
        Map<Integer, String> racks = new HashMap<>();
        for (int i = 0; i < ofBrokers.length; i++) {
            racks.put(i, ofBrokers[i]);
        }
        return racks;
    }

    @Test
    void aReplicaGoesToTheBrokerWithTheFewestInARackOfItsOwn() {
        PartitionSet set = set(List.of(List.of(0, 1), List.of(2, 3), List.of(2, 3)));
        Map<Integer, String> racks = racks("a", "b", "a", "b");
        racks.remove(1);

        List<Spreading.Wish> wishes = new Spreading(racks, List.of(set)).insteadOf(Set.of(1), 10);

        assertEquals(List.of(List.of(0, 3)), wishes.stream().map(Spreading.Wish::to).toList());
        racks.remove(3);
        assertEquals(List.of(0, 2), new Spreading(racks, List.of(set)).insteadOf(Set.of(1), 10).getFirst().to(), "better the same rack than none");
    }

    @Test
    void whatNobodyLeadsOrHasNoPlaceStays() {
        Spreading spreading = new Spreading(racks("a", "a"), List.of(set(List.of(List.of(0, 1), List.of(7)))));

        assertEquals(List.of(), spreading.insteadOf(Set.of(1), 10), "both are on it already");
        assertEquals(List.of(), spreading.insteadOf(Set.of(7), 10), "there is nobody to copy from");
    }

    @Test
    void aMoveToABrokerThatIsGoneIsSentElsewhere() {
        PartitionState moving = Moves.begin(whole(List.of(0, 1)), List.of(0, 9)).nextOr(null);
        PartitionSet set = PartitionSet.EMPTY.with(new PartitionKey(new UUID(0, 0), 0), moving);

        assertEquals(List.of(0, 1), new Spreading(racks("a", "a", "a"), List.of(set)).insteadOf(Set.of(9), 1).getFirst().to(), "it is still there");
        assertEquals(List.of(0, 2), new Spreading(Map.of(0, "a", 2, "a"), List.of(set)).insteadOf(Set.of(9), 1).getFirst().to());
    }

    @Test
    void newBrokersGetTheirShareAndNoPartitionLosesARack() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int brokers = 4 + random.nextInt(4);
            String[] names = new String[brokers];
            for (int i = 0; i < brokers; i++) {
                names[i] = random.nextInt(3) == 0 ? null : "r" + i % 3;
            }
            Map<Integer, String> racks = racks(names);
            List<Integer> old = new ArrayList<>();
            for (int i = 0; i < brokers - 1; i++) {
                old.add(i);
            }
            List<List<Integer>> partitions = new ArrayList<>();
            for (int i = 10 + random.nextInt(40); i > 0; i--) {
                Collections.shuffle(old, random);
                partitions.add(List.copyOf(old.subList(0, 1 + random.nextInt(3))));
            }
            PartitionSet set = set(partitions);
            Spreading spreading = new Spreading(racks, List.of(set));
            int share = spreading.share();
            Set<PartitionKey> moved = new HashSet<>();
            for (Spreading.Wish wish = spreading.onto(brokers - 1, share); wish != null; wish = spreading.onto(brokers - 1, share)) {
                assertTrue(moved.add(wish.partition()), "seed " + seed + ": a partition is moved once");
                assertEquals(wish.from().replicas().size(), new HashSet<>(wish.to()).size());
                assertTrue(racksOf(racks, wish.to()) >= racksOf(racks, wish.from().replicas()), "seed " + seed);
            }
            int most = old.stream().mapToInt(spreading::replicas).max().orElseThrow();
            boolean isRacked = racks.values().stream().anyMatch(java.util.Objects::nonNull);
            assertTrue(spreading.replicas(brokers - 1) <= share && (isRacked || spreading.replicas(brokers - 1) == share || most - share < 2), "seed " + seed);
        }
    }

    private static long racksOf(Map<Integer, String> racks, List<Integer> brokers) {
        return brokers.stream().map(racks::get).filter(java.util.Objects::nonNull).distinct().count();
    }
}
