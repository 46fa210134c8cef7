package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.partita.crds.PartitionStatus.InSyncReplica;
import io.partita.crds.PartitionStatus.Leader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicRulesTest {

    private final Cluster cluster = Samples.cluster("main", 3);
    private final Topic topic = Samples.topic("web.log", "main");

    @Test
    void aPlainTopicIsFine() {
        assertNull(TopicRules.problem(topic, cluster, List.of(topic)));
    }

    @Test
    void anUnknownClusterIsNamed() {
        // When
        Problem problem = TopicRules.problem(topic, null, List.of());
        // Then
        assertEquals("UnknownCluster", problem.reason());
        assertTrue(problem.message().contains("'main'"), problem.message());
    }

    @Test
    void ofTwoNamesThatCollideTheOlderStays() {
        // Given
        Topic younger = Samples.topic("another-object", "main");
        younger.getSpec().topicName = "web_log";
        younger.getMetadata().setCreationTimestamp("2026-01-02T00:00:00Z");
        List<Topic> both = List.of(topic, younger);
        // Then
        assertNull(TopicRules.problem(topic, cluster, both));
        assertEquals(
                new Problem("NameTaken", "The older Topic 'web.log' of the same cluster has the Kafka name 'web.log', which metrics cannot tell from 'web_log':"
                        + " delete one of them."),
                TopicRules.problem(younger, cluster, both));
        younger.getSpec().topicName = "web.log";
        assertEquals(new Problem("NameTaken", "The older Topic 'web.log' of the same cluster has the Kafka name 'web.log' already: delete one of them."),
                TopicRules.problem(younger, cluster, both));
    }

    @Test
    void theSameNameInAnotherClusterIsFine() {
        // Given
        Topic other = Samples.topic("web-log-of-other", "other");
        other.getSpec().topicName = "web.log";
        other.getMetadata().setCreationTimestamp("2025-01-01T00:00:00Z");
        // Then
        assertNull(TopicRules.problem(topic, cluster, List.of(topic, other)));
    }

    @Test
    void moreReplicasThanBrokersAreRefused() {
        topic.getSpec().replicas = 4;
        assertEquals("TooFewBrokers", TopicRules.problem(topic, cluster, List.of()).reason());
    }

    @Test
    void replicasAreThreeWhereNobodySaysOtherwise() {
        assertEquals(3, TopicRules.replicas(topic.getSpec(), cluster));
        assertEquals(2, TopicRules.replicas(topic.getSpec(), Samples.cluster("two", 2)));
        topic.getSpec().replicas = 1;
        assertEquals(1, TopicRules.replicas(topic.getSpec(), cluster));
        topic.getSpec().replicas = 0;
        assertEquals("ReplicasOutOfBounds", TopicRules.problem(topic, cluster, List.of()).reason());
    }

    @Test
    void partitionsDoNotShrink() {
        // Given
        topic.setStatus(new TopicStatus());
        topic.getStatus().places = List.of("0-0 0", "1-0 1");
        // Then
        assertEquals("PartitionsShrink", TopicRules.problem(topic, cluster, List.of()).reason());
    }

    @Test
    void placesAreReadAsTheyWereWritten() {
        List<Placed> places = List.of(new Placed("0-0", List.of(0, 2, 1)), new Placed("12-3", List.of(12)));
        assertEquals(List.of("0-0 0,2,1", "12-3 12"), Placed.texts(places));
        assertEquals(places, Placed.read(Placed.texts(places)));
        for (String damaged : List.of("", "0-0", "0-0 ", "0-0 1,", "0 1", "0-0 1,1", "a-0 1", "0-0 -1", "0-0 1 ")) {
            assertNull(Placed.read(damaged), damaged);
        }
    }

    @Test
    void damagedPlacesAreFound() {
        TopicStatus status = new TopicStatus();
        assertNull(TopicRules.damage(status));
        status.places = List.of("0-0 0");
        status.stored = 1;
        assertNull(TopicRules.damage(status));
        status.stored = 2;
        assertTrue(TopicRules.damage(status).startsWith("status.stored is 2"));
        status.stored = null;
        status.places = List.of("0-0 0", "?");
        assertTrue(TopicRules.damage(status).startsWith("status.places[1] is '?'"));
    }

    @Test
    void aStatusFromABackupIsKnownByItsId() {
        // Given
        topic.setStatus(new TopicStatus());
        topic.getStatus().topicId = "uid-of-the-deleted-one";
        // Then
        assertFalse(TopicRules.isOwnStatus(topic));
    }

    @Test
    void aConditionKeepsItsTimeWhileItsStatusStays() {
        // Given
        var first = Conditions.with(List.of(), "Ready", true, "Placed", "All is well.", 1L, Instant.parse("2026-01-01T00:00:00Z"));
        // When
        var same = Conditions.with(first, "Ready", true, "Placed", "All is well.", 1L, Instant.parse("2026-01-02T00:00:00Z"));
        var changed = Conditions.with(first, "Ready", false, "Bad", "All is not well.", 2L, Instant.parse("2026-01-02T00:00:00Z"));
        // Then
        assertEquals(first, same);
        assertEquals("2026-01-02T00:00:00Z", Conditions.find(changed, "Ready").getLastTransitionTime());
    }

    /** etcd takes requests of 1.5 MiB; metadata and the last applied configuration need some of it. */
    @Test
    void fiveThousandPartitionsWithThreeReplicasFitIntoOneObject() {
        // Given
        List<PartitionStatus> partitions = new ArrayList<>();
        for (int i = 0; i < TopicSpec.PARTITIONS_MAX; i++) {
            List<Integer> replicas = List.of(i % 90 + 10, (i + 1) % 90 + 10, (i + 2) % 90 + 10);
            List<InSyncReplica> isr = replicas.stream().map(broker -> new InSyncReplica(broker, "0123456789abcdef")).toList();
            partitions.add(new PartitionStatus(i, new Leader(replicas.getFirst(), "0123456789abcdef"), 123, 4567, replicas, isr));
        }
        topic.getSpec().partitions = TopicSpec.PARTITIONS_MAX;
        topic.setStatus(new TopicStatus());
        topic.getStatus().partitions = partitions;
        topic.getStatus().places = partitions.stream().map(partition -> new Placed("12-34", partition.replicas()).text()).toList();
        TopicRules.count(topic.getStatus());
        // When
        int bytes = Serialization.asJson(topic).getBytes(StandardCharsets.UTF_8).length;
        // Then
        assertTrue(bytes < 1_500_000, () -> bytes + " bytes");
        assertEquals(topic.getStatus().partitions, Serialization.unmarshal(Serialization.asJson(topic), Topic.class).getStatus().partitions);
    }

    @Test
    void countsAreThoseOfThePartitions() {
        // Given
        TopicStatus status = new TopicStatus();
        status.partitions = List.of(
                new PartitionStatus(0, new Leader(1, "p"), 1, 1, List.of(1), List.of(new InSyncReplica(1, "i"))), PartitionStatus.placed(1, List.of(2)));
        // When
        TopicRules.count(status);
        // Then
        assertEquals(1, status.leaders);
        assertEquals(1, status.underReplicated);
    }

    @Test
    void aLeaderThatIsAwayDoesNotCount() {
        // Given
        TopicStatus status = new TopicStatus();
        status.partitions = List.of(
                new PartitionStatus(0, new Leader(1, "p"), 1, 1, List.of(1), List.of(new InSyncReplica(1, "i"))),
                new PartitionStatus(1, new Leader(2, "q"), 1, 1, List.of(2), List.of(new InSyncReplica(2, "j"))));
        status.away = Map.of("2", "is away: its node n2 is not ready");
        // When
        TopicRules.settle(status, 1L, Instant.EPOCH);
        // Then
        assertEquals(1, status.leaders);
        Condition ready = Conditions.find(status.conditions, "Ready");
        assertEquals("BrokerAway", ready.getReason());
        assertEquals("1 of 2 partitions are not served, because their leader is away. Broker 2 is away: its node n2 is not ready.", ready.getMessage());
        // When it is back
        status.away = null;
        TopicRules.settle(status, 1L, Instant.EPOCH);
        // Then
        assertEquals("Served", Conditions.find(status.conditions, "Ready").getReason());
    }

    @Test
    void damageOfAnEarlierReleasesPartitionsIsFound() {
        PartitionStatus sound = new PartitionStatus(0, new Leader(1, "p"), 1, 1, List.of(1), List.of(new InSyncReplica(1, "i")));
        assertNull(damage(sound));
        assertNull(damage(PartitionStatus.placed(0, List.of(2))));
        assertEquals("entry 0 of status.partitions is not partition 0", damage(PartitionStatus.placed(1, List.of(2))));
        assertEquals("partition 0 has the replicas []", damage(PartitionStatus.placed(0, List.of())));
        assertEquals("partition 0 has the replicas [1, 1]", damage(PartitionStatus.placed(0, List.of(1, 1))));
        assertEquals("partition 0 has epoch -1 and version 0", damage(new PartitionStatus(0, null, -1, 0, List.of(1), List.of())));
        assertTrue(damage(new PartitionStatus(0, new Leader(2, "p"), 1, 1, List.of(1), List.of())).contains("is led by"));
        assertTrue(damage(new PartitionStatus(0, new Leader(1, ""), 1, 1, List.of(1), List.of())).contains("is led by"));
        assertTrue(damage(new PartitionStatus(0, null, 1, 1, List.of(1), List.of(new InSyncReplica(3, "i")))).contains("ISR"));
    }

    private static String damage(PartitionStatus partition) {
        TopicStatus status = new TopicStatus();
        status.partitions = List.of(partition);
        return TopicRules.damageOfPartitions(status);
    }

    @Test
    void whatThisVersionDoesNotKnowIsLeftAside() {
        String json = "{\"topicName\":\"t\",\"later\":{},\"partitions\":[{\"partition\":0,\"replicas\":[1],\"later\":1,\"leader\":{\"broker\":1,\"process\":\"p\",\"later\":2}}]}";

        assertEquals(new Leader(1, "p"), Serialization.unmarshal(json, TopicStatus.class).partitions.getFirst().leader());
    }
}
