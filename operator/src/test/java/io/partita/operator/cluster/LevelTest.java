package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.Conditions;
import io.partita.operator.cluster.Observed.Sign;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LevelTest {

    private final Cluster cluster = cluster(2);

    private static Observed observed(int... levels) {
        Map<Integer, Sign> signs = new HashMap<>();
        for (int broker = 0; broker < levels.length; broker++) {
            signs.put(broker, new Sign(true, null, "process", levels[broker], false));
        }
        return Observed.nothing().withSigns(signs);
    }

    private Integer look(int... levels) {
        Observed observed = observed(levels);
        cluster.setStatus(ClusterStatuses.of(cluster, observed, ClusterPlan.of(cluster, observed, IMAGE), new BrokerRoll.Complete(), false, Instant.EPOCH));
        return cluster.getStatus().level;
    }

    private String pending() {
        Condition pending = Conditions.find(cluster.getStatus().conditions, Conditions.UPGRADE_PENDING);
        return pending == null ? null : pending.getReason();
    }

    @Test
    void aNewClusterHasTheNewestLevel() {
        assertEquals(3, look());
        assertEquals(3, look(3, 3));
        assertNull(pending());
    }

    @Test
    void anUpgradeIsFinalizedByWhoSaysSo() {
        // Given a cluster of the release before
        cluster.setStatus(new ClusterStatus());
        cluster.getStatus().level = ClusterStatus.LEVEL_SETS;
        assertEquals(2, look(2, 2));
        assertNull(pending());
        // When brokers are new
        assertEquals(2, look(2, 3));
        assertEquals(2, look(3, 3));
        assertEquals("NotFinalized", pending());
        assertTrue(Conditions.find(cluster.getStatus().conditions, Conditions.UPGRADE_PENDING).getMessage().contains("'{\"spec\":{\"level\":3}}'"));
        // When somebody finalizes it before all are there again
        cluster.getSpec().level = 3;
        assertEquals(2, look(2, 3));
        assertEquals("WaitingForBrokers", pending());
        assertEquals(2, look());
        assertEquals(3, look(3, 3));
        assertNull(pending());
        // When he changes his mind
        cluster.getSpec().level = 2;
        assertEquals(3, look(3, 2));
        assertEquals("BrokersTooOld", pending());
    }

    @Test
    void itNeverGoesBackAndIsNeverAboveWhatBrokersReadWhenItRises() {
        Random random = new Random(48);
        for (int i = 0; i < 1_000; i++) {
            Integer before = cluster.getStatus() == null ? null : cluster.getStatus().level;
            cluster.getSpec().level = random.nextInt(3) == 0 ? null : Integer.valueOf(2 + random.nextInt(3));
            int[] levels = random.ints(random.nextInt(3), 1, 5).toArray();
            Integer after = look(levels);
            if (before != null) {
                assertTrue(after >= before);
            }
            boolean isRaised = before != null && after > before;
            for (int level : levels) {
                assertTrue(!isRaised || level >= after);
            }
            if (i % 100 == 99) {
                cluster.setStatus(null);
            }
        }
    }
}
