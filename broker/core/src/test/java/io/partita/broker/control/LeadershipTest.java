package io.partita.broker.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.control.Leadership.Change;
import io.partita.broker.control.Leadership.Led;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeadershipTest {

    private static Led led(int partition, int leader, List<Integer> replicas, List<Integer> inSync) {
        return new Led("t", partition, leader, replicas, inSync);
    }

    @Test
    void whatABrokerLeadsGoesToThoseWhoLeadLeast() {
        List<Led> all = List.of(led(0, 1, List.of(1, 2, 3), List.of(1, 2, 3)), led(1, 1, List.of(1, 2, 3), List.of(1, 2, 3)),
                led(2, 2, List.of(2, 3, 1), List.of(2, 3, 1)), led(3, 1, List.of(1, 3), List.of(1)));
        List<Change> changes = new Leadership(all, List.of(1, 2, 3)).away(1);
        assertEquals(List.of(new Change(all.get(0), 3, List.of(3, 2, 1)), new Change(all.get(1), 2, List.of(2, 3, 1))), changes);
    }

    @Test
    void nobodyIsElectedWhoIsNotInSyncOrNotThere() {
        List<Led> all = List.of(led(0, 1, List.of(1, 2, 3), List.of(1, 3)));
        assertEquals(List.of(), new Leadership(all, List.of(1, 2)).away(1));
        assertEquals(List.of(), new Leadership(all, List.of(1, 2)).spread());
    }

    @Test
    void afterSpreadingNobodyLeadsTwoMoreThanSomebodyWhoCould() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<Integer> brokers = List.of(1, 2, 3, 4);
            List<Led> all = new ArrayList<>();
            for (int i = 0; i < random.nextInt(40); i++) {
                List<Integer> replicas = new ArrayList<>(brokers);
                Collections.shuffle(replicas, random);
                replicas = List.copyOf(replicas.subList(0, 1 + random.nextInt(4)));
                List<Integer> inSync = replicas.subList(0, 1 + random.nextInt(replicas.size()));
                all.add(led(i, inSync.get(random.nextInt(inSync.size())), replicas, inSync));
            }
            Map<Led, Integer> leaders = new LinkedHashMap<>();
            all.forEach(one -> leaders.put(one, one.leader()));
            for (Change change : new Leadership(all, brokers).spread()) {
                assertTrue(change.of().inSync().contains(change.to()) && change.to() != change.of().leader(), "seed " + seed);
                assertEquals(change.to(), change.replicas().getFirst());
                assertEquals(List.copyOf(change.of().replicas().stream().sorted().toList()), change.replicas().stream().sorted().toList());
                leaders.put(change.of(), change.to());
            }
            Map<Integer, Integer> counts = new TreeMap<>();
            brokers.forEach(broker -> counts.put(broker, 0));
            leaders.values().forEach(leader -> counts.merge(leader, 1, Integer::sum));
            for (Map.Entry<Led, Integer> one : leaders.entrySet()) {
                for (int other : one.getKey().inSync()) {
                    assertTrue(counts.get(one.getValue()) - counts.get(other) <= 1, "seed " + seed + ": " + counts);
                }
            }
        }
    }
}
