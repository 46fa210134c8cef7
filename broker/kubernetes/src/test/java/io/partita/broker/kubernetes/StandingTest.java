package io.partita.broker.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Broker 0 of three. */
class StandingTest {

    private static PartitionImage partition(int leader, List<Integer> replicas, List<Integer> inSync) {
        return new PartitionImage(leader, 1, 1, replicas, inSync);
    }

    private static Standing standing(int minInSync, PartitionImage... partitions) {
        TopicImage topic = new TopicImage("t", new UUID(0, 1), List.of(partitions), Map.of());
        return Standing.of("p", false, 0, ClusterImage.of("c", List.of(), List.of(topic), Map.of()), it -> false, it -> minInSync);
    }

    @Test
    void whoLeadsWhatItShouldHasCaughtUp() {
        Standing standing = standing(1, partition(0, List.of(0), List.of(0)), partition(1, List.of(1), List.of(1)));

        assertTrue(standing.hasCaughtUp());
        assertEquals(1, standing.leads());
    }

    @Test
    void whatNobodyLeadsIsWaitedForByThoseWhoHoldIt() {
        assertEquals(1, standing(1, partition(-1, List.of(0), List.of(0)), partition(-1, List.of(1), List.of(1))).waiting());
    }

    @Test
    void aReplicaThatIsNotInSyncIsBehind() {
        Standing standing = standing(1, partition(1, List.of(1, 0), List.of(1)));

        assertEquals(1, standing.behind());
        assertFalse(standing.hasCaughtUp());
    }

    @Test
    void whoIsNeededForMinInSyncIsNotToStop() {
        assertEquals(1, standing(2, partition(1, List.of(1, 0, 2), List.of(1, 0))).needed());
        assertEquals(0, standing(2, partition(1, List.of(1, 0, 2), List.of(1, 0, 2))).needed());
        // Min above the number of replicas is that number, and with one replica there is nobody to wait for.
        assertEquals(1, standing(3, partition(1, List.of(1, 0), List.of(1, 0))).needed());
        assertEquals(0, standing(2, partition(0, List.of(0), List.of(0))).needed());
    }

    @Test
    void whoseLogIsLostIsNotWaitedFor() {
        TopicImage lost = new TopicImage("t", new UUID(0, 1), List.of(partition(-1, List.of(0), List.of(0))), Map.of());

        assertTrue(Standing.of("p", false, 0, ClusterImage.of("c", List.of(), List.of(lost), Map.of()), it -> true, it -> 1).hasCaughtUp());
    }

    @Test
    void whoIsReplacedHasNothingToSay() {
        assertFalse(Standing.of("p", true, 0, ClusterImage.empty("c"), it -> false, it -> 1).hasCaughtUp());
        assertFalse(Standing.NONE.hasCaughtUp());
    }
}
