package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Zones of nodes. Read again after a while: nodes get labels, and another machine may come under the same name. For any thread. */
@ApplicationScoped
class NodeZones {

    /** How old what is known of a node may be. */
    static final Duration AGE_MAX = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(NodeZones.class);
    private static final int NODES_MAX = 10_000;

    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final InstantSource clock;

    NodeZones() {
        this(InstantSource.system());
    }

    NodeZones(InstantSource clock) {
        this.clock = clock;
    }

    /** @param zone {@code null} when the node does not say */
    private record Known(String zone, Instant since) {}

    /** The zone of a node, {@code null} when the node is unknown or does not say. Where the API server does not tell, what it told before stands. */
    String of(KubernetesClient client, String node, String zoneKey) {
        String key = zoneKey + " " + node;
        Known before = known.get(key);
        Instant now = clock.instant();
        if (before != null && before.since.plus(AGE_MAX).isAfter(now)) {
            return before.zone;
        }
        String zone;
        try {
            Node found = client.nodes().withName(node).get();
            zone = found == null || found.getMetadata().getLabels() == null ? null : found.getMetadata().getLabels().get(zoneKey);
        } catch (KubernetesClientException e) {
            zone = before == null ? null : before.zone;
            LOG.warn("Cannot read the zone of node {}: {}. Brokers on it count as {}; the operator needs the right to get nodes.", node, e.getMessage(),
                    zone == null ? "without zone" : "in zone " + zone + " as before");
        }
        if (known.size() >= NODES_MAX) {
            known.clear();
        }
        known.put(key, new Known(zone, now));
        return zone;
    }
}
