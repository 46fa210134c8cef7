package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.Conditions;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HibernationTest {

    private final Cluster cluster = cluster(3);

    private ClusterStatus status(ClusterPlan plan, Observed observed) {
        return ClusterStatuses.of(cluster, observed, plan, new BrokerRoll.Complete(), false, Instant.EPOCH);
    }

    @Test
    void whoSleepsHasNoBrokerAndEverythingElse() {
        // Given a cluster with replicas on all brokers
        Observed awake = Observed.nothing().withReplicas(Map.of(0, 1, 1, 1, 2, 1), Map.of());
        ClusterPlan before = ClusterPlan.of(cluster, awake, IMAGE);
        assertEquals(3, ClusterSamples.statefulSet(before).getSpec().getReplicas());
        // When
        cluster.getSpec().hibernated = true;
        ClusterPlan plan = ClusterPlan.of(cluster, awake, IMAGE);
        // Then
        assertEquals(0, ClusterSamples.statefulSet(plan).getSpec().getReplicas());
        assertEquals(before.objects().size(), plan.objects().size());
        assertEquals("Retain", ClusterSamples.statefulSet(plan).getSpec().getPersistentVolumeClaimRetentionPolicy().getWhenScaled());
        assertEquals(before.template(), plan.template());
        ClusterStatus asleep = status(plan, awake);
        assertEquals("Hibernated", Conditions.find(asleep.conditions, ClusterStatus.READY).getReason());
        assertTrue(Conditions.find(asleep.conditions, ClusterStatus.READY).getMessage().contains("'{\"spec\":{\"hibernated\":false}}'"));
        assertEquals("False", Conditions.find(asleep.conditions, Conditions.DEGRADED).getStatus());
        // When it wakes
        cluster.getSpec().hibernated = false;
        assertEquals(3, ClusterSamples.statefulSet(ClusterPlan.of(cluster, awake.with(ClusterSamples.statefulSet(plan)), IMAGE)).getSpec().getReplicas());
    }
}
