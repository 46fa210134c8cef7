package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.rbac.Role;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.config.SecurityProtocol;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.SecuritySpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrokerSecurityTest {

    private static Cluster secured() {
        Cluster cluster = cluster(3);
        cluster.getSpec().security = new SecuritySpec();
        cluster.getSpec().security.certificateSecret = "main-tls";
        cluster.getSpec().security.encryptReplication = true;
        cluster.getSpec().security.authorization = "AccessRules";
        cluster.getSpec().security.superUsers = List.of("admin", "root");
        ListenerSpec secure = new ListenerSpec();
        secure.name = "secure-1";
        secure.port = 9093;
        secure.tls = true;
        secure.authentication = "Scram";
        cluster.getSpec().listeners.add(secure);
        return cluster;
    }

    private static Role role(Cluster cluster) {
        return (Role) ClusterPlan.of(cluster, Observed.nothing(), IMAGE).objects().stream().filter(Role.class::isInstance).findFirst().orElseThrow();
    }

    @Test
    void aSpecBecomesSettingsThatBrokersTake() {
        Map<String, String> settings = BrokerSettingsMap.settings(secured(), 1, Observed.nothing());
        BrokerConfig config = BrokerConfig.of(settings);
        assertEquals(List.of(), config.warnings());
        assertEquals(SecurityProtocol.PLAINTEXT, config.listenerSettings("PLAIN").protocol());
        assertEquals(SecurityProtocol.SASL_SSL, config.listenerSettings("SECURE_1").protocol());
        assertEquals(List.of("SCRAM-SHA-512"), config.listenerSettings("SECURE_1").listValue("sasl.enabled.mechanisms"));
        assertEquals("/etc/partita/certificates/", config.listenerSettings("SECURE_1").value("ssl.keystore.location"));
        assertEquals(SecurityProtocol.SSL, config.listenerSettings(BrokerSettings.REPLICATION).protocol());
        assertEquals("/etc/partita/certificates/", config.listenerSettings(BrokerSettings.REPLICATION).value("ssl.truststore.location"));
        assertEquals(List.of("main-brokers.shop.svc"), config.listValue("replication.certificate.names"));
        assertEquals("User:admin;User:root", config.value("super.users"));
    }

    @Test
    void theCertificateIsMounted() {
        var pod = ClusterSamples.statefulSet(ClusterPlan.of(secured(), Observed.nothing(), IMAGE)).getSpec().getTemplate().getSpec();
        var volume = pod.getVolumes().stream().filter(it -> it.getName().equals("certificates")).findFirst().orElseThrow();
        assertEquals("main-tls", volume.getSecret().getSecretName());
        assertTrue(pod.getContainers().getFirst().getVolumeMounts().stream().anyMatch(mount -> mount.getMountPath().equals("/etc/partita/certificates")));
    }

    @Test
    void brokersReadUsersAndOneSecretWhereTheyAskForThem() {
        assertTrue(role(secured()).getRules().stream()
                .anyMatch(rule -> rule.getResources().equals(List.of("secrets")) && rule.getResourceNames().equals(List.of("main-users"))));
        assertFalse(role(cluster(3)).getRules().stream().anyMatch(rule -> rule.getResources().contains("secrets") || rule.getResources().contains("users")));
    }

    @Test
    void withoutASecretOfTheUserTheOperatorIssuesTheCertificate() {
        Cluster tls = secured();
        tls.getSpec().security.certificateSecret = null;
        assertNull(BrokerSecurity.problem(tls));
        var pod = ClusterSamples.statefulSet(ClusterPlan.of(tls, Observed.nothing(), IMAGE)).getSpec().getTemplate().getSpec();
        assertEquals("main-broker-tls",
                pod.getVolumes().stream().filter(it -> it.getName().equals("certificates")).findFirst().orElseThrow().getSecret().getSecretName());
        assertFalse(BrokerSecurity.isIssuedByOperator(secured()));
        assertFalse(BrokerSecurity.isIssuedByOperator(cluster(1)));
    }

    @Test
    void clientsShowCertificatesWhereTheListenerAsksForThem() {
        Cluster cluster = secured();
        ListenerSpec listener = cluster.getSpec().listeners.getLast();
        listener.authentication = "Tls";
        Map<String, String> settings = BrokerSettingsMap.settings(cluster, 0, Observed.nothing());
        assertEquals("required", settings.get("listener.name.secure_1.ssl.client.auth"));
        assertEquals("/etc/partita/clients/", settings.get("listener.name.secure_1.ssl.truststore.location"));
        assertEquals("PLAIN:PLAINTEXT,SECURE_1:SSL,REPLICATION:SSL", settings.get("listener.security.protocol.map"));
        var pod = ClusterSamples.statefulSet(ClusterPlan.of(cluster, Observed.nothing(), IMAGE)).getSpec().getTemplate().getSpec();
        assertEquals("main-clients-ca-cert",
                pod.getVolumes().stream().filter(it -> it.getName().equals("clients")).findFirst().orElseThrow().getSecret().getSecretName());
        listener.tls = false;
        assertEquals("InvalidSecurity", BrokerSecurity.problem(cluster).reason());
    }

    /** Brokers of before are not restarted by what they do not use. */
    @Test
    void aClusterThatSaysNothingIsAsItWas() {
        assertFalse(BrokerSettingsMap.settings(cluster(1), 0, Observed.nothing()).keySet().stream()
                .anyMatch(name -> name.contains("ssl") || name.contains("sasl")));
        assertEquals("PLAIN:PLAINTEXT", BrokerSettingsMap.settings(cluster(1), 0, Observed.nothing()).get("listener.security.protocol.map"));
    }
}
