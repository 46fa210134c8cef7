package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacementTest {

    @Test
    void oneBrokerTakesEverything() {
        assertEquals(List.of(List.of(7), List.of(7)), Placement.spread(brokers(7), 0, 2, 1, 12345));
    }

    @Test
    void leadersAndReplicasAreEvenForEverySeed() {
        for (int seed = -20; seed < 20; seed++) {
            List<List<Integer>> placed = Placement.spread(brokers(0, 1, 2, 3), 0, 8, 3, seed);
            Map<Integer, Integer> leaders = new HashMap<>();
            Map<Integer, Integer> replicas = new HashMap<>();
            for (List<Integer> partition : placed) {
                assertEquals(3, new HashSet<>(partition).size(), "seed " + seed);
                leaders.merge(partition.getFirst(), 1, Integer::sum);
                partition.forEach(broker -> replicas.merge(broker, 1, Integer::sum));
            }
            assertEquals(Map.of(0, 2, 1, 2, 2, 2, 3, 2), leaders, "seed " + seed);
            assertEquals(Map.of(0, 6, 1, 6, 2, 6, 3, 6), replicas, "seed " + seed);
        }
    }

    @Test
    void replicasOfAPartitionAreInDifferentRacks() {
        List<BrokerImage> brokers = List.of(broker(0, "a"), broker(1, "a"), broker(2, "b"), broker(3, "b"));
        for (List<Integer> partition : Placement.spread(brokers, 0, 16, 2, 3)) {
            assertTrue((partition.get(0) < 2) != (partition.get(1) < 2), partition.toString());
        }
    }

    @Test
    void addedPartitionsGoOnWhereTheOthersEnded() {
        List<List<Integer>> all = Placement.spread(brokers(0, 1, 2), 0, 5, 1, 9);
        List<List<Integer>> inSteps = new ArrayList<>(Placement.spread(brokers(0, 1, 2), 0, 2, 1, 9));
        inSteps.addAll(Placement.spread(brokers(0, 1, 2), 2, 3, 1, 9));
        assertEquals(all, inSteps);
    }

    private static List<BrokerImage> brokers(int... ids) {
        List<BrokerImage> brokers = new ArrayList<>();
        for (int id : ids) {
            brokers.add(broker(id, null));
        }
        return brokers;
    }

    private static BrokerImage broker(int id, String rack) {
        return new BrokerImage(id, List.of(), rack);
    }
}
