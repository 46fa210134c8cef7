package io.partita.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.cli.command.ByteBalance.Sized;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ByteBalanceTest {

    private static Sized sized(int partition, long bytes, Integer... replicas) {
        return new Sized(new TopicPartition("t", partition), List.of(replicas), bytes);
    }

    private static Map<Integer, String> racks(String... racks) {
        Map<Integer, String> all = new HashMap<>();
        IntStream.range(0, racks.length).forEach(i -> all.put(i, racks[i].isEmpty() ? null : racks[i]));
        return all;
    }

    @Test
    void oneLargePartitionIsWorthManySmallOnes() {
        // Given two replicas each
        ByteBalance balance = new ByteBalance(racks("", ""), List.of(sized(0, 1_000, 0), sized(1, 900, 0), sized(2, 1, 1), sized(3, 1, 1)));
        // Then
        assertEquals(Map.of(new TopicPartition("t", 1), List.of(1)), balance.plan(0.1, 100));
        assertEquals(Map.of(0, 1_000L, 1, 902L), balance.load());
    }

    @Test
    void whatIsEvenEnoughStays() {
        assertEquals(Map.of(), new ByteBalance(racks("", ""), List.of(sized(0, 100, 0), sized(1, 5, 0), sized(2, 100, 1))).plan(0.1, 100));
        assertEquals(Map.of(), new ByteBalance(racks("", ""), List.of(sized(0, 100, 0))).plan(0.1, 100));
    }

    @Test
    void noPartitionLosesARack() {
        assertEquals(Map.of(), new ByteBalance(racks("a", "b", "b"), List.of(sized(0, 100, 0, 1), sized(1, 100, 0, 2))).plan(0, 100));
        assertEquals(Map.of(new TopicPartition("t", 0), List.of(0, 2)),
                new ByteBalance(racks("a", "b", "b"), List.of(sized(0, 100, 0, 1), sized(1, 100, 0, 1))).plan(0, 100));
    }

    @Test
    void whateverThereIsItGetsEvenerAndNoPartitionIsLessSafe() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int brokers = 2 + random.nextInt(5);
            int zones = 1 + random.nextInt(3);
            Map<Integer, String> racks = new HashMap<>();
            IntStream.range(0, brokers).forEach(broker -> racks.put(broker, zones == 1 ? null : "r" + broker % zones));
            List<Sized> before = new ArrayList<>();
            int count = random.nextInt(40);
            for (int i = 0; i < count; i++) {
                List<Integer> all = new ArrayList<>(racks.keySet());
                Collections.shuffle(all, random);
                before.add(new Sized(new TopicPartition("t", i), List.copyOf(all.subList(0, 1 + random.nextInt(Math.min(3, brokers)))), random.nextInt(1_000)));
            }
            ByteBalance balance = new ByteBalance(racks, before);
            Map<Integer, Long> was = balance.load();
            int max = 1 + random.nextInt(20);
            // When
            Map<TopicPartition, List<Integer>> moves = balance.plan(random.nextInt(20) / 100.0, max);
            // Then
            Map<Integer, Long> is = balance.load();
            assertTrue(moves.size() <= max, "seed " + seed);
            assertEquals(was.values().stream().mapToLong(bytes -> bytes).sum(), is.values().stream().mapToLong(bytes -> bytes).sum(), "seed " + seed);
            assertTrue(Collections.max(is.values()) <= Collections.max(was.values()) && Collections.min(is.values()) >= Collections.min(was.values()),
                    "seed " + seed);
            for (Sized one : before) {
                List<Integer> to = moves.getOrDefault(one.partition(), one.replicas());
                assertEquals(one.replicas().size(), new HashSet<>(to).size(), "seed " + seed);
                assertTrue(to.stream().map(racks::get).distinct().count() >= one.replicas().stream().map(racks::get).distinct().count(), "seed " + seed);
            }
        }
    }
}
