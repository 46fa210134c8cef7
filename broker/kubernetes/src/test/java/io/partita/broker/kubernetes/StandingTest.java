package io.partita.broker.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionState;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Broker 0 of three. */
class StandingTest {

    private static PartitionImage partition(int leader, List<Integer> replicas, List<Integer> inSync, int minInSync) {
        PartitionState state = new PartitionState(replicas, leader < 0 ? null : new BrokerProcess(leader, "p"), 1, 1,
                inSync.stream().map(broker -> new InSyncReplica(broker, "log-" + broker)).toList(), minInSync, 0);
        return PartitionImage.of(state, 1);
    }

    private static PartitionImage partition(int leader, List<Integer> replicas, List<Integer> inSync) {
        return partition(leader, replicas, inSync, 1);
    }

    private static Standing standing(String logs, Predicate<PartitionKey> isStuck, PartitionImage... partitions) {
        TopicImage topic = new TopicImage("t", new UUID(0, 1), List.of(partitions), Map.of());
        return Standing.of(new BrokerProcess(0, "p"), false, logs, ClusterImage.of("c", List.of(), List.of(topic), Map.of()), isStuck);
    }

    private static Standing standing(PartitionImage... partitions) {
        return standing("log-0", it -> false, partitions);
    }

    @Test
    void whoLeadsWhatItShouldHasCaughtUp() {
        Standing standing = standing(partition(0, List.of(0), List.of(0)), partition(1, List.of(1), List.of(1)));

        assertTrue(standing.hasCaughtUp());
        assertEquals(1, standing.leads());
    }

    @Test
    void whatNobodyLeadsIsWaitedForByThoseWhoHoldIt() {
        assertEquals(1, standing(partition(-1, List.of(0), List.of(0)), partition(-1, List.of(1), List.of(1))).waiting());
    }

    @Test
    void aReplicaThatIsNotInSyncIsBehind() {
        Standing standing = standing(partition(1, List.of(1, 0), List.of(1)));

        assertEquals(1, standing.behind());
        assertFalse(standing.hasCaughtUp());
    }

    @Test
    void whoIsNeededForMinInSyncIsNotToStop() {
        assertEquals(1, standing(partition(1, List.of(1, 0, 2), List.of(1, 0), 2)).needed());
        assertEquals(0, standing(partition(1, List.of(1, 0, 2), List.of(1, 0, 2), 2)).needed());
        // Min above the number of replicas is that number, and with one replica there is nobody to wait for.
        assertEquals(1, standing(partition(1, List.of(1, 0), List.of(1, 0), 3)).needed());
        assertEquals(0, standing(partition(0, List.of(0), List.of(0), 2)).needed());
    }

    @Test
    void whatAnotherIsToLeadIsNotWaitedFor() {
        assertTrue(standing(partition(-1, List.of(0, 1), List.of(1))).hasCaughtUp());
        assertEquals(1, standing(partition(-1, List.of(0, 1), List.of(0, 1))).waiting());
    }

    @Test
    void whoseLogIsLostIsNotWaitedFor() {
        assertTrue(standing("another", it -> false, partition(-1, List.of(0), List.of(0))).hasCaughtUp());
    }

    @Test
    void whatCannotBeStoredIsNotWaitedFor() {
        assertTrue(standing("log-0", new PartitionKey(new UUID(0, 1), 0)::equals, partition(-1, List.of(0), List.of(0))).hasCaughtUp());
    }

    @Test
    void whoIsReplacedHasNothingToSay() {
        assertFalse(Standing.of(new BrokerProcess(0, "p"), true, "log-0", ClusterImage.empty("c"), it -> false).hasCaughtUp());
        assertFalse(Standing.NONE.hasCaughtUp());
    }
}
