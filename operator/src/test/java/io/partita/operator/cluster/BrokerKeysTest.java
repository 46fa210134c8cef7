package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.partita.broker.security.tls.KeysInForce;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.ClusterSpec.SecuritySpec;
import io.partita.operator.certificate.Authority;
import io.partita.operator.certificate.CertificateMaker;
import io.partita.operator.certificate.PemText;
import io.partita.operator.cluster.Observed.Sign;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BrokerKeysTest {

    private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");
    private static final CertificateMaker MAKER = new CertificateMaker();
    private static final Authority AUTHORITY = MAKER.authority("main", "cluster CA", NOW, Duration.ofDays(9));
    private static final X509Certificate CERTIFICATE = MAKER.ofBrokers(AUTHORITY, "main-brokers", List.of(), NOW, Duration.ofDays(9)).certificate();
    private static final String TRUSTED = PemText.fingerprint(AUTHORITY.certificate());
    private static final String SHOWN = PemText.fingerprint(CERTIFICATE);

    private static Cluster encrypted() {
        Cluster cluster = cluster(2);
        cluster.getSpec().security = new SecuritySpec();
        cluster.getSpec().security.encryptReplication = true;
        cluster.getSpec().listeners.add(listener("tls", 9093, "Tls"));
        return cluster;
    }

    private static ListenerSpec listener(String name, int port, String authentication) {
        ListenerSpec listener = new ListenerSpec();
        listener.name = name;
        listener.port = port;
        listener.tls = true;
        listener.authentication = authentication;
        return listener;
    }

    private static Observed saying(String... words) {
        Map<Integer, Sign> signs = new HashMap<>();
        for (int broker = 0; broker < words.length; broker++) {
            signs.put(broker, new Sign(words[broker] != null, null, "process", 2, false, KeysInForce.read(words[broker])));
        }
        return Observed.nothing().withSigns(signs);
    }

    @Test
    void allBrokersHaveToSayThatTheyHaveIt() {
        String all = "REPLICATION=" + SHOWN + "/" + TRUSTED + "+ffff TLS=" + SHOWN + "/" + TRUSTED;
        BrokerKeys keys = new BrokerKeys(encrypted(), 2, saying(all, all), false);
        assertNull(keys.notTrusting(AUTHORITY.certificate()));
        assertNull(keys.notTrustingClientsOf(AUTHORITY.certificate()));
        assertNull(keys.notShowing(CERTIFICATE));
        String between = "REPLICATION=" + SHOWN + "/ffff TLS=" + SHOWN + "/" + TRUSTED;
        assertEquals("broker 1 does not trust it yet", new BrokerKeys(encrypted(), 2, saying(all, between), false).notTrusting(AUTHORITY.certificate()));
        String clients = "REPLICATION=" + SHOWN + "/" + TRUSTED + " TLS=ffff/ffff";
        assertEquals("broker 0 does not trust it yet",
                new BrokerKeys(encrypted(), 2, saying(clients, all), false).notTrustingClientsOf(AUTHORITY.certificate()));
        assertEquals("broker 0 does not show it yet", new BrokerKeys(encrypted(), 2, saying(clients, all), false).notShowing(CERTIFICATE));
    }

    @Test
    void whoSaysNothingDoesNotHaveIt() {
        String all = "REPLICATION=" + SHOWN + "/" + TRUSTED;
        assertEquals("broker 1 is not there", new BrokerKeys(encrypted(), 2, saying(all), false).notTrusting(AUTHORITY.certificate()));
        assertEquals("broker 1 is not there", new BrokerKeys(encrypted(), 2, saying(all, null), false).notTrusting(AUTHORITY.certificate()));
        assertEquals("broker 1 does not trust it yet", new BrokerKeys(encrypted(), 2, saying(all, "?"), false).notTrusting(AUTHORITY.certificate()));
        // Unless time is short: who is away takes it when it comes back
        assertNull(new BrokerKeys(encrypted(), 2, saying(all, null), true).notTrusting(AUTHORITY.certificate()));
        assertEquals("broker 1 does not trust it yet", new BrokerKeys(encrypted(), 2, saying(all, "?"), true).notTrusting(AUTHORITY.certificate()));
    }

    @Test
    void aCertificateIsForWhatClientsAndBrokersConnectTo() {
        Cluster cluster = encrypted();
        ListenerSpec external = listener("external", 9094, "None");
        external.type = ListenerType.LoadBalancer.name();
        external.advertisedHost = "b{broker}.example.com";
        cluster.getSpec().listeners.add(external);
        assertEquals(
                Set.of("main-bootstrap", "main-bootstrap.shop", "main-bootstrap.shop.svc", "main-bootstrap.shop.svc.cluster.local", "main-brokers.shop.svc",
                        "*.main-brokers.shop.svc", "*.main-brokers.shop.svc.cluster.local", "b0.example.com", "b1.example.com"),
                BrokerHosts.of(cluster, 2, Observed.nothing()));
        // Nodes and load balancers, once they are known
        external.advertisedHost = null;
        external.type = ListenerType.NodePort.name();
        external.nodePorts = List.of(30001, 30002);
        var services = new HashMap<String, io.fabric8.kubernetes.api.model.Service>();
        BrokerServices.desired(cluster, 2, Observed.nothing()).forEach(service -> services.put(service.getMetadata().getName(), service));
        Observed seen = Observed.nothing().withServices(services).withPods(Map.of("main-0",
                new PodBuilder().withNewStatus().withHostIP("10.0.0.7").endStatus().build()));
        Set<String> hosts = BrokerHosts.of(cluster, 2, seen);
        assertEquals(Set.of("10.0.0.7"), hosts.stream().filter(host -> host.startsWith("10.")).collect(java.util.stream.Collectors.toSet()));
    }
}
