package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.operator.cluster.Observed.NodeSeen;
import io.partita.operator.cluster.Observed.Sign;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LostBrokersTest {

    private final Cluster cluster = cluster(3);
    private final Map<Integer, Sign> signs = new HashMap<>(Map.of(0, new Sign(true, null), 1, new Sign(true, null), 2, new Sign(false, null)));
    private final Map<String, Pod> pods = new HashMap<>();
    private final Map<String, PersistentVolumeClaim> claims = new HashMap<>();
    private final Map<String, PersistentVolume> volumes = new HashMap<>();
    private final Set<String> nodes = new HashSet<>(Set.of("n-0", "n-1", "n-2"));
    private final Map<Integer, Integer> replicas = new HashMap<>(Map.of(0, 5, 1, 5, 2, 5));

    LostBrokersTest() {
        for (int broker = 0; broker < 3; broker++) {
            pod(broker, "n-" + broker);
            claim(broker, "Bound");
            volumes.put("pv-" + broker, new PersistentVolumeBuilder().withNewSpec().endSpec().build());
        }
        cluster.setStatus(new ClusterStatus());
        cluster.getStatus().brokers.add(new BrokerStatus(2, "main-2", "n-2", null, false, 5));
    }

    private void pod(int broker, String node) {
        pods.put("main-" + broker,
                new PodBuilder().withNewMetadata().withName("main-" + broker).endMetadata().withNewSpec().withNodeName(node).endSpec().build());
    }

    private void claim(int broker, String phase) {
        claims.put("data-main-" + broker, new PersistentVolumeClaimBuilder().withNewMetadata().withName("data-main-" + broker).endMetadata()
                .withNewSpec().withVolumeName("pv-" + broker).endSpec().withNewStatus().withPhase(phase).endStatus().build());
    }

    private Observed observed(Map<String, PersistentVolumeClaim> cached) {
        Map<String, NodeSeen> seen = new HashMap<>();
        nodes.forEach(node -> seen.put(node, new NodeSeen(null, true)));
        return Observed.nothing().with(BrokerStatefulSet.desired(cluster, 3, Observed.nothing(), IMAGE)).withPods(pods).withVolumes(cached).withNodes(seen)
                .withSigns(signs).withReplicas(replicas, Map.of());
    }

    private Map<Integer, String> lost() {
        return lost(observed(claims));
    }

    private Map<Integer, String> lost(Observed observed) {
        return LostBrokers.of(cluster, observed, new LostBrokers.Look() {
            @Override
            public boolean isNode(String name) {
                return nodes.contains(name);
            }

            @Override
            public PersistentVolumeClaim claim(String name) {
                return claims.get(name);
            }

            @Override
            public PersistentVolume volume(String name) {
                return volumes.get(name);
            }
        });
    }

    @Test
    void whoIsOnlyAwayIsWaitedFor() {
        assertEquals(Map.of(), lost());
        pods.remove("main-2");
        assertEquals(Map.of(), lost());
    }

    @Test
    void aNodeThatIsGoneUnderItsPodTakesTheBrokerWithIt() {
        nodes.remove("n-2");
        assertEquals(Map.of(2, "its node n-2 is gone"), lost());
        // And says so, with what to do
        assertTrue(BrokerTroubles.away(cluster, 2, observed(claims).withLost(lost())).contains("kubectl delete pvc/data-main-2 pod/main-2"));
        // Unless it is heard of all the same
        signs.put(2, new Sign(true, null));
        assertEquals(Map.of(), lost());
    }

    @Test
    void aPodThatWasEvictedBeforeItsNodeWentIsWaitedForUnlessItsDiskWasThere() {
        // Given a pod without a node
        nodes.remove("n-2");
        pod(2, null);
        assertEquals(Map.of(), lost());
        // When its volume is one of a zone
        volumes.put("pv-2", volume("topology.kubernetes.io/zone", "z-2"));
        assertEquals(Map.of(), lost());
        // When it is a disk of the node
        volumes.put("pv-2", volume("kubernetes.io/hostname", "n-2"));
        assertEquals(Map.of(2, "its volume was a disk of the node n-2, which is gone"), lost());
    }

    private static PersistentVolume volume(String key, String value) {
        return new PersistentVolumeBuilder().withNewSpec().withNewNodeAffinity().withNewRequired().addNewNodeSelectorTerm().addNewMatchExpression()
                .withKey(key).withOperator("In").withValues(value).endMatchExpression().endNodeSelectorTerm().endRequired().endNodeAffinity().endSpec().build();
    }

    @Test
    void aVolumeThatIsGoneIsNotWaitedFor() {
        claim(2, "Lost");
        assertEquals(Map.of(2, "the volume of its claim data-main-2 is gone"), lost());
        // When a cache lacks the claim and Kubernetes has it
        claim(2, "Bound");
        assertEquals(Map.of(), lost(observed(Map.of())));
        // When nobody has it
        claims.remove("data-main-2");
        assertEquals(Map.of(2, "its volume claim data-main-2 is gone"), lost());
        // Unless it had nothing
        replicas.remove(2);
        assertEquals(Map.of(), lost());
    }

    @Test
    void whatWasBegunGoesOnUntilTheBrokerIsBack() {
        cluster.getStatus().brokers.set(0, new BrokerStatus(2, "main-2", "n-2", null, false, 5, "is away", "its node n-2 is gone"));
        pod(2, "n-1");
        assertEquals(Map.of(2, "its node n-2 is gone"), lost());
        signs.put(2, new Sign(true, null));
        assertEquals(Map.of(), lost());
    }
}
