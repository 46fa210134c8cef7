package io.partita.broker.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.BrokerImage.Endpoint;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegistrationTest {

    private final Cluster cluster = new Cluster();

    private Lease lease(int id) {
        cluster.setMetadata(new ObjectMetaBuilder().withName("c").withNamespace("n").withUid("u").build());
        BrokerImage broker = new BrokerImage(id, List.of(new Endpoint("PLAIN", "c-" + id, 9092), new Endpoint("EXTERNAL", "1.2.3.4", 30_001)), null);
        return Registration.lease(cluster, broker, "p", "i", Duration.ofSeconds(20), ZonedDateTime.now());
    }

    @Test
    void aLeaseCarriesWhatClientsConnectTo() {
        BrokerImage read = Registration.broker(lease(0), cluster);

        assertEquals(new Endpoint("EXTERNAL", "1.2.3.4", 30_001), read.endpoint("EXTERNAL"));
        assertEquals("c-0", read.endpoint("PLAIN").host());
    }

    @Test
    void aBrokerThatTheClusterKeepsIsOneAlthoughItShallHaveFewer() {
        // Given
        Lease lease = lease(4);
        cluster.getSpec().brokers = 3;
        assertNull(Registration.broker(lease, cluster));
        // When the operator keeps five, one of which has no pod at the moment
        cluster.setStatus(new ClusterStatus());
        cluster.getStatus().replicas = 4;
        for (int id = 0; id < 5; id++) {
            cluster.getStatus().brokers.add(new BrokerStatus(id, "c-" + id, "node", null, true, 1));
        }
        // Then
        assertNotNull(Registration.broker(lease, cluster));
    }

    @Test
    void aLeaseThatWasGivenUpIsNobodys() {
        Lease lease = lease(0);
        lease.getSpec().setHolderIdentity("");

        assertNull(Registration.broker(lease, cluster));
    }

    @Test
    void aLeaseThatIsNotOfThisVeryClusterIsNobodys() {
        Lease stranger = lease(0);
        stranger.getMetadata().setOwnerReferences(List.of());
        assertNull(Registration.broker(stranger, cluster));
        Lease renamed = lease(0);
        renamed.getMetadata().setName("c-1");
        assertNull(Registration.broker(renamed, cluster));
        Lease before = lease(0);
        cluster.getMetadata().setUid("of the Cluster that was made anew");
        assertNull(Registration.broker(before, cluster));
    }
}
