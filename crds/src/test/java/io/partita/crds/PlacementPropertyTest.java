package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.crds.Placement.Candidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacementPropertyTest {

    @Test
    void isEvenStableAndSpread() {
        for (long seed = 1; seed <= 2_000; seed++) {
            // Given
            Random random = new Random(seed);
            int brokers = 1 + random.nextInt(9);
            int zones = 1 + random.nextInt(4);
            List<Candidate> candidates = new ArrayList<>();
            for (int id = 0; id < brokers; id++) {
                candidates.add(new Candidate(id, "node" + id, "zone" + id % zones, 0));
            }
            int replicas = 1 + random.nextInt(brokers);
            int partitions = 1 + random.nextInt(40);
            // When
            List<List<Integer>> placed = Placement.place(candidates, List.of(), partitions, replicas, random.nextInt());
            List<List<Integer>> grown = Placement.place(candidates, placed, partitions + random.nextInt(20), replicas, random.nextInt());
            // Then
            String message = "seed " + seed + ": " + grown;
            assertEquals(placed, grown.subList(0, partitions), message);
            int[] leads = new int[brokers];
            for (List<Integer> partition : grown) {
                leads[partition.getFirst()]++;
                assertEquals(replicas, new HashSet<>(partition).size(), message);
                Set<Integer> zonesOfPartition = new HashSet<>();
                partition.forEach(broker -> zonesOfPartition.add(broker % zones));
                assertEquals(Math.min(replicas, Math.min(zones, brokers)), zonesOfPartition.size(), message);
            }
            assertTrue(max(leads) - min(leads) <= 1, message);
        }
    }

    @Test
    void smallTopicsFillTheBrokersEvenly() {
        // Given
        int[] load = new int[3];
        // When
        for (int topic = 0; topic < 300; topic++) {
            List<Candidate> candidates = List.of(
                    new Candidate(0, null, null, load[0]), new Candidate(1, null, null, load[1]), new Candidate(2, null, null, load[2]));
            load[Placement.place(candidates, List.of(), 1, 1, ("topic" + topic).hashCode()).getFirst().getFirst()]++;
        }
        // Then
        assertEquals(100, max(load));
        assertEquals(100, min(load));
    }

    @Test
    void aNewBrokerTakesOnlyNewPartitions() {
        // Given
        List<List<Integer>> placed = List.of(List.of(0), List.of(1));
        List<Candidate> three = List.of(new Candidate(0, null, null, 0), new Candidate(1, null, null, 0), new Candidate(2, null, null, 0));
        // When
        List<List<Integer>> grown = Placement.place(three, placed, 3, 1, 0);
        // Then
        assertEquals(List.of(List.of(0), List.of(1), List.of(2)), grown);
    }

    @Test
    void moreReplicasThanBrokersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Placement.place(List.of(new Candidate(0, null, null, 0)), List.of(), 1, 2, 0));
    }

    private static int max(int[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }

    private static int min(int[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }
}
