package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.ListenerStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecureDefaultsTest {

    private static Cluster read(String more) {
        return Serialization.unmarshal("""
                apiVersion: partita.io/v1alpha1
                kind: Cluster
                metadata: {name: main, namespace: shop, uid: u-1, generation: 3}
                spec:
                  brokers: 1
                  storage: {size: 5Gi}
                """ + more, Cluster.class);
    }

    private static StatefulSet brokersOf(Cluster cluster) {
        return ClusterSamples.statefulSet(ClusterPlan.of(cluster, Observed.nothing(), IMAGE));
    }

    @Test
    void aNewClusterThatSaysNothingIsForUsersAloneAndEncrypted() {
        Cluster secured = SecureDefaults.of(read(""), null);
        Map<String, String> settings = BrokerSettingsMap.settings(secured, 0, Observed.nothing());
        assertEquals("SECURE:SASL_SSL,REPLICATION:SSL", settings.get("listener.security.protocol.map"));
        assertEquals("SCRAM-SHA-512,OAUTHBEARER", settings.get("listener.name.secure.sasl.enabled.mechanisms"));
        assertEquals("main-bootstrap.shop.svc", settings.get("listener.name.secure.oauthbearer.sasl.oauthbearer.expected.audience"));
        // and stays so
        assertNotSame(read("").getSpec(), SecureDefaults.of(read(""), brokersOf(secured)).getSpec());
        assertTrue(SecureDefaults.of(read(""), brokersOf(secured)).getSpec().security.encryptReplication);
    }

    @Test
    void oneThatRunsWithTheDefaultOfBeforeStaysAsItIs() {
        Cluster cluster = read("");
        StatefulSet open = brokersOf(cluster);
        assertSame(cluster, SecureDefaults.of(cluster, open));
        // also while its StatefulSet is not there
        cluster.setStatus(new ClusterStatus());
        cluster.getStatus().listeners = List.of(new ListenerStatus("plain", "main-bootstrap.shop.svc:9092", null));
        assertSame(cluster, SecureDefaults.of(cluster, null));
    }

    @Test
    void whatIsSaidCounts() {
        Cluster open = read("  listeners: [{name: plain}]\n");
        assertSame(open, SecureDefaults.of(open, null));
        Cluster ruled = SecureDefaults.of(read("  security: {authorization: AccessRules}\n"), null);
        assertEquals("SECURE:SASL_SSL", BrokerSettingsMap.settings(ruled, 0, Observed.nothing()).get("listener.security.protocol.map"));
    }

    @Test
    void brokersThatRunNeitherBeginNorEndToEncrypt() {
        StatefulSet encrypting = brokersOf(SecureDefaults.of(read(""), null));
        Cluster open = read("  listeners: [{name: plain}]\n");
        assertEquals("EncryptionFixed", ClusterPlan.of(open, Observed.nothing().with(encrypting), IMAGE).problem().reason());
        assertTrue(ClusterPlan.of(open, Observed.nothing().with(encrypting), IMAGE).objects().isEmpty());
        assertEquals("EncryptionFixed",
                ClusterPlan.of(SecureDefaults.of(read(""), null), Observed.nothing().with(brokersOf(open)), IMAGE).problem().reason());
        // nor do they go over to another authority
        String named = "  security: {encryptReplication: true, certificateSecret: mine}\n";
        assertEquals("EncryptionFixed",
                ClusterPlan.of(SecureDefaults.of(read(named), encrypting), Observed.nothing().with(encrypting), IMAGE).problem().reason());
        assertEquals(null, ClusterPlan.of(SecureDefaults.of(read("  security: {encryptReplication: true, authorization: AccessRules}\n"), encrypting),
                Observed.nothing().with(encrypting), IMAGE).problem());
        // Brokers of before do not say
        encrypting.getMetadata().getAnnotations().clear();
        assertEquals(null, BrokerSecurity.problem(open, encrypting));
    }
}
