package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.Conditions;
import io.partita.operator.cluster.Observed.Sign;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FenceTest {

    private final Cluster cluster = cluster(3);

    private ClusterStatus status(ClusterPlan plan, Observed observed) {
        return ClusterStatuses.of(cluster, observed, plan, new BrokerRoll.Complete(), false, Instant.EPOCH);
    }

    @Test
    void whoIsFencedIsElectedByNobodyAndThatIsSaid() {
        cluster.getMetadata().setAnnotations(Map.of(Cluster.FENCE_BROKERS, "1, 7"));
        Observed observed = Observed.nothing().withSigns(Map.of(0, new Sign(true, null), 1, new Sign(true, null)))
                .withPods(Map.of("main-0", new Pod(), "main-1", new Pod()));
        ClusterPlan plan = ClusterPlan.of(cluster, Observed.nothing(), IMAGE);
        assertFalse(Absent.electable(cluster, observed).containsKey(1));
        assertTrue(Absent.electable(cluster, observed).containsKey(0));
        assertTrue(Conditions.find(status(plan, Observed.nothing()).conditions, Conditions.FENCED).getMessage().contains("keeps broker 1 from leading"));
        // When that is over
        cluster.getMetadata().setAnnotations(Map.of());
        assertNull(Conditions.find(status(plan, Observed.nothing()).conditions, Conditions.FENCED));
    }
}
