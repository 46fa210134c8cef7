package io.partita.operator.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.PartitionStatus;
import io.partita.crds.PartitionStatus.InSyncReplica;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Topic;
import io.partita.crds.TopicStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicDecisionTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Topic topic = topic("web_log");
    private final Cluster cluster = cluster(2);

    @Test
    void partitionsArePlacedAndSettingsTakenOver() {
        // Given
        topic.getSpec().partitions = 2;
        topic.getSpec().config.put("retention.ms", " 1000 ");
        // When
        TopicStatus status = decide();
        // Then
        assertEquals(List.of(PartitionStatus.placed(0, List.of(0)), PartitionStatus.placed(1, List.of(1))), status.partitions);
        assertEquals(Map.of("retention.ms", "1000"), status.config);
        assertEquals("web_log", status.topicName);
        assertEquals("u-t", status.topicId);
        assertEquals("NoLeader", reason(status));
    }

    @Test
    void withLeadersItIsReady() {
        // Given
        topic.setStatus(decide());
        topic.getStatus().partitions = List.of(new PartitionStatus(0, new Leader(0, "p"), 1, 1, List.of(0), List.of(new InSyncReplica(0, "i"))));
        // When
        TopicStatus status = decide();
        // Then
        assertTrue(Conditions.isTrue(status.conditions, TopicStatus.READY));
        assertEquals(1, status.leaders);
        assertEquals(0, status.underReplicated);
    }

    @Test
    void partitionsThatSomebodyTookAwayAreNotPlacedAnew() {
        // Given
        topic.getSpec().partitions = 2;
        topic.setStatus(decide());
        List<PartitionStatus> whole = topic.getStatus().partitions;
        // When
        topic.getStatus().partitions = whole.subList(0, 1);
        // Then, however often it is looked at
        for (int look = 0; look < 2; look++) {
            topic.setStatus(decide());
            assertEquals("DamagedStatus", reason(topic.getStatus()));
            assertEquals(whole.subList(0, 1), topic.getStatus().partitions);
        }
        // When it is put back
        topic.getStatus().partitions = whole;
        // Then
        assertEquals("NoLeader", reason(decide()));
    }

    @Test
    void aBadSettingKeepsTheGoodOnesInForce() {
        // Given
        topic.getSpec().config.put("retention.ms", "1000");
        topic.setStatus(decide());
        topic.getSpec().config.put("retention.ms", "soon");
        topic.getSpec().partitions = 5;
        topic.getMetadata().setGeneration(2L);
        // When
        TopicStatus status = decide();
        // Then
        assertEquals("InvalidConfig", reason(status));
        assertEquals(Map.of("retention.ms", "1000"), status.config);
        assertEquals(1, status.partitions.size());
    }

    @Test
    void aClusterWithoutBrokersIsWaitedFor() {
        // Given
        cluster.setStatus(null);
        // Then
        assertEquals("WaitingForBrokers", reason(decide()));
    }

    @Test
    void theLastBrokersOfANewClusterAreWaitedForAWhile() {
        // Given
        BrokerStatus last = cluster.getStatus().brokers.get(1);
        cluster.getStatus().brokers.set(1, new BrokerStatus(1, last.pod(), null, null, false, 0));
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW);
        topic.getSpec().partitions = 2;
        // Then
        assertEquals("WaitingForBrokers", reason(decide()));
        // When one of two does not come: not all is to be on the other for that, so it is waited for longer
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(121));
        assertEquals("WaitingForBrokers", reason(decide()));
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(901));
        // Then
        assertEquals(List.of(List.of(0), List.of(0)), decide().partitions.stream().map(PartitionStatus::replicas).toList());
    }

    @Test
    void whereMostBrokersAreThereTheOthersAreNotWaitedForLong() {
        cluster.getSpec().brokers = 3;
        cluster.getStatus().brokers.add(new BrokerStatus(2, "c-2", null, null, false, 0));
        topic.getSpec().partitions = 2;
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(119));
        assertEquals("WaitingForBrokers", reason(decide()));
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(121));
        assertEquals(2, decide().partitions.size());
    }

    @Test
    void brokersThatAreToLeaveTakeNothing() {
        // Given
        cluster.getSpec().brokers = 1;
        topic.getSpec().partitions = 3;
        // Then
        assertTrue(decide().partitions.stream().allMatch(partition -> partition.replicas().equals(List.of(0))));
    }

    @Test
    void aStatusOfAnotherObjectIsNotTakenOver() {
        // Given
        topic.setStatus(decide());
        topic.getStatus().topicId = "u-before";
        topic.getStatus().partitions = List.of(new PartitionStatus(0, new Leader(1, "p"), 7, 7, List.of(1), List.of(new InSyncReplica(1, "i"))));
        // When
        TopicStatus status = decide();
        // Then
        assertEquals(0, status.partitions.getFirst().leaderEpoch());
        assertEquals("u-t", status.topicId);
    }

    @Test
    void aTopicThatOutlivedItsClusterBeginsAnewUnlessTheNewOneTookItsDataOver() {
        // Given
        cluster.getStatus().clusterId = "first";
        topic.setStatus(decide());
        PartitionStatus led = new PartitionStatus(0, new Leader(0, "p"), 7, 7, List.of(0), List.of(new InSyncReplica(0, "i")));
        topic.getStatus().partitions = List.of(led);
        // When the next Cluster is not made yet, or is the same as before
        cluster.getStatus().clusterId = null;
        assertEquals(List.of(led), decide().partitions);
        assertEquals("first", decide().clusterId);
        cluster.getStatus().clusterId = "first";
        assertEquals(List.of(led), decide().partitions);
        // When it is another one
        cluster.getStatus().clusterId = "second";
        TopicStatus status = decide();
        // Then no log is asked for any more, and no epoch is used again
        assertEquals(List.of(led.begunAnew(status.partitions.getFirst().replicas())), status.partitions);
        assertEquals(7, status.partitions.getFirst().leaderEpoch());
        assertEquals("second", status.clusterId);
        assertEquals("NoLeader", reason(status));
        topic.setStatus(status);
        assertEquals(status.partitions, decide().partitions);
    }

    @Test
    void partitionsOfABrokerThatIsGivenUpBeginAnewOnOthers() {
        // Given
        PartitionStatus stays = new PartitionStatus(0, new Leader(0, "p"), 3, 3, List.of(0), List.of(new InSyncReplica(0, "i")));
        PartitionStatus goes = new PartitionStatus(1, new Leader(1, "q"), 5, 5, List.of(1), List.of(new InSyncReplica(1, "j")));
        topic.getSpec().partitions = 2;
        topic.setStatus(decide());
        topic.getStatus().partitions = List.of(stays, goes);
        cluster.getSpec().brokers = 1;
        assertEquals(List.of(stays, goes), decide().partitions);
        // When
        cluster.getMetadata().setAnnotations(Map.of(Cluster.GIVE_UP_BROKERS, "1"));
        // Then
        assertEquals(List.of(stays, goes.begunAnew(List.of(0))), decide().partitions);
    }

    @Test
    void whatIsUnderWayCountsAsPlaced() {
        // Given
        PlacementBook book = new PlacementBook();
        Topic other = topic("other");
        other.getMetadata().setUid("u-o");
        // When
        var first = book.place(topic, cluster, List.of(), List.of(topic, other));
        var second = book.place(other, cluster, List.of(), List.of(topic, other));
        // Then
        assertFalse(first.equals(second), () -> first + " and " + second);
        assertEquals(Map.of(0, 1, 1, 1), book.load(List.of(topic, other)));
        book.forget(other);
        assertEquals(1, book.load(List.of(topic, other)).size());
    }

    private TopicStatus decide() {
        PlacementBook book = new PlacementBook();
        return TopicDecision.decide(topic, cluster, List.of(topic), present -> {
            var placed = book.place(topic, cluster, present, List.of());
            return placed.getFirst().getFirst() == 0 ? placed : placed.reversed();
        }, NOW);
    }

    private static String reason(TopicStatus status) {
        return Conditions.find(status.conditions, TopicStatus.READY).getReason();
    }

    private static Topic topic(String kafkaName) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName("web-log").withNamespace("shop").withUid("u-t").withGeneration(1L).build());
        topic.getSpec().cluster = "main";
        topic.getSpec().topicName = kafkaName;
        return topic;
    }

    private static Cluster cluster(int brokers) {
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName("main").withNamespace("shop").withUid("u-1").build());
        cluster.getSpec().brokers = brokers;
        cluster.setStatus(new ClusterStatus());
        for (int id = 0; id < brokers; id++) {
            cluster.getStatus().brokers.add(new BrokerStatus(id, "main-" + id, "node" + id, null, true, 0));
        }
        return cluster;
    }
}
