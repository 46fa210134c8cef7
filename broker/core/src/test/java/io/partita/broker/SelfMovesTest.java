package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.metadata.PartitionImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a cluster does by itself about brokers that are gone, new, or without their disk, by the clock of a simulated one. */
class SelfMovesTest {

    private static final Map<String, String> TWO_IN_SYNC = Map.of("min.insync.replicas", "2");
    private static final long DELAY = 300_000;

    private static boolean isWhole(CalmCluster cluster, String topic) {
        return cluster.anybody().store.image().topic(topic).partitions().stream()
                .allMatch(partition -> partition.leader() >= 0 && partition.stored().state().reassignment() == null
                        && partition.inSyncReplicas().size() == partition.replicas().size());
    }

    private static Map<Integer, Integer> loads(CalmCluster cluster, String topic) {
        Map<Integer, Integer> loads = new HashMap<>();
        for (PartitionImage partition : cluster.anybody().store.image().topic(topic).partitions()) {
            partition.replicas().forEach(broker -> loads.merge(broker, 1, Integer::sum));
        }
        return loads;
    }

    @Test
    void whatABrokerHeldThatIsGoneIsMadeAnewOnOthersAfterADelay() {
        // Given
        CalmCluster cluster = new CalmCluster(4, Map.of());
        cluster.create("t", List.of(List.of(1, 2, 3), List.of(2, 3, 4)), TWO_IN_SYNC);
        for (int i = 0; i < 20; i++) {
            cluster.produce("t", 0, 100);
            cluster.produce("t", 1, 100);
        }
        cluster.until("all in sync", () -> isWhole(cluster, "t"));
        // When
        cluster.kill(2);
        cluster.loop.advance(DELAY - 10_000);
        // Then it is waited for
        assertTrue(cluster.partition("t", 0).replicas().contains(2));
        cluster.loop.advance(30_000);
        assertTrue(isWhole(cluster, "t"));
        assertEquals(List.of(1, 4, 3), cluster.partition("t", 0).replicas());
        assertEquals(List.of(1, 3, 4), cluster.partition("t", 1).replicas());
        assertEquals(20, cluster.node(4).replicas().stream().filter(replica -> replica.partition() == 0).findFirst().orElseThrow().log().logEndOffset());
        // When it comes back it gives up what others have, and gets its share again
        cluster.start(2);
        cluster.loop.advance(60_000);
        assertTrue(isWhole(cluster, "t"));
        assertEquals(1, loads(cluster, "t").get(2), loads(cluster, "t").toString());
        assertEquals(1, cluster.node(2).replicas().stream().filter(replica -> replica.topic().equals("t")).count());
    }

    @Test
    void aBrokerThatIsBackInTimeKeepsWhatItHas() {
        CalmCluster cluster = new CalmCluster(4, Map.of());
        cluster.create("t", List.of(List.of(1, 2, 3)), TWO_IN_SYNC);
        cluster.until("all in sync", () -> isWhole(cluster, "t"));
        cluster.kill(2);
        cluster.loop.advance(DELAY - 20_000);
        cluster.start(2);
        cluster.loop.advance(120_000);
        assertTrue(isWhole(cluster, "t"));
        assertEquals(List.of(1, 2, 3), cluster.partition("t", 0).replicas());
    }

    @Test
    void whereThereIsNoOtherBrokerItIsWaitedFor() {
        CalmCluster cluster = new CalmCluster(3, Map.of());
        cluster.create("t", List.of(List.of(1, 2, 3)), TWO_IN_SYNC);
        cluster.until("all in sync", () -> isWhole(cluster, "t"));
        cluster.kill(2);
        cluster.loop.advance(DELAY + 60_000);
        cluster.produce("t", 0, 100);
        assertEquals(List.of(1, 2, 3), cluster.partition("t", 0).replicas());
        cluster.start(2);
        cluster.until("all in sync again", () -> isWhole(cluster, "t"));
    }

    @Test
    void nobodyIsReplacedWhereThatIsNotWanted() {
        CalmCluster cluster = new CalmCluster(4, Map.of("broker.replacement.delay.ms", "-1"));
        cluster.create("t", List.of(List.of(1, 2, 3)), TWO_IN_SYNC);
        cluster.until("all in sync", () -> isWhole(cluster, "t"));
        cluster.kill(2);
        cluster.loop.advance(10 * DELAY);
        assertEquals(List.of(1, 2, 3), cluster.partition("t", 0).replicas());
    }

    private static List<List<Integer>> onTwoOfThree(int partitions) {
        List<List<Integer>> assignment = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            assignment.add(List.of(1 + i % 3, 1 + (i + 1) % 3));
        }
        return assignment;
    }

    @Test
    void aNewBrokerGetsItsShareOfReplicasAndOfLeaders() {
        // Given
        CalmCluster cluster = new CalmCluster(3, Map.of());
        cluster.create("t", onTwoOfThree(60), TWO_IN_SYNC);
        cluster.until("all in sync", () -> isWhole(cluster, "t"));
        // When
        cluster.start(4);
        // Then
        int[] most = new int[1];
        cluster.until("its share", () -> {
            int moving = (int) cluster.anybody().store.image().topic("t").partitions().stream()
                    .filter(partition -> partition.stored().state().reassignment() != null).count();
            most[0] = Math.max(most[0], moving);
            return isWhole(cluster, "t") && loads(cluster, "t").getOrDefault(4, 0) == 30;
        });
        assertTrue(most[0] > 1 && most[0] <= 20, most[0] + " at a time");
        assertEquals(Map.of(1, 30, 2, 30, 3, 30, 4, 30), loads(cluster, "t"));
        cluster.loop.advance(60_000);
        Map<Integer, Integer> led = new HashMap<>();
        cluster.anybody().store.image().topic("t").partitions().forEach(partition -> led.merge(partition.leader(), 1, Integer::sum));
        assertTrue(led.values().stream().allMatch(count -> count >= 13 && count <= 17), led.toString());
    }

    @Test
    void aNewBrokerStaysEmptyWhereThatIsWanted() {
        CalmCluster cluster = new CalmCluster(3, Map.of("new.broker.rebalance.enable", "false"));
        cluster.create("t", onTwoOfThree(6), TWO_IN_SYNC);
        cluster.start(4);
        cluster.loop.advance(120_000);
        assertNull(loads(cluster, "t").get(4));
    }

    @Test
    void aBrokerThatSomebodyEmptiedStaysSo() {
        CalmCluster cluster = new CalmCluster(3, Map.of());
        cluster.create("t", List.of(List.of(1, 2), List.of(3, 2), List.of(2, 1)), Map.of());
        cluster.until("all in sync", () -> isWhole(cluster, "t"));
        cluster.reassign("t", 1, List.of(1, 2));
        cluster.until("it is moved", () -> isWhole(cluster, "t"));
        cluster.kill(3);
        cluster.start(3);
        cluster.loop.advance(120_000);
        assertFalse(loads(cluster, "t").containsKey(3), loads(cluster, "t").toString());
    }

    @Test
    void aDiskThatWasReplacedIsFilledAgain() {
        CalmCluster cluster = new CalmCluster(3, Map.of());
        cluster.create("t", List.of(List.of(1, 2, 3)), TWO_IN_SYNC);
        for (int i = 0; i < 20; i++) {
            cluster.produce("t", 0, 100);
        }
        cluster.until("all in sync", () -> isWhole(cluster, "t"));
        cluster.kill(1);
        cluster.loseDisk(1);
        cluster.start(1);
        cluster.until("all in sync again", () -> cluster.running(1).replicas().stream().anyMatch(replica -> replica.log().logEndOffset() == 20)
                && isWhole(cluster, "t"));
        assertNotNull(cluster.partition("t", 0).stored().state().member(1));
    }
}
