package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Zones of nodes, read once per node: a node does not move to another zone under the same name. */
@ApplicationScoped
class NodeZones {

    private static final Logger LOG = LoggerFactory.getLogger(NodeZones.class);
    private static final int NODES_MAX = 10_000;

    private final Map<String, String> known = new ConcurrentHashMap<>();

    /** The zone of a node, {@code null} when the node is unknown or does not say. */
    String of(KubernetesClient client, String node, String zoneKey) {
        String key = zoneKey + " " + node;
        String zone = known.get(key);
        if (zone != null) {
            return zone;
        }
        try {
            Node found = client.nodes().withName(node).get();
            zone = found == null || found.getMetadata().getLabels() == null ? null : found.getMetadata().getLabels().get(zoneKey);
        } catch (KubernetesClientException e) {
            LOG.warn("Cannot read the zone of node {}: {}. Brokers on it count as without zone; the operator needs the right to get nodes.", node,
                    e.getMessage());
            return null;
        }
        if (zone != null) {
            if (known.size() >= NODES_MAX) {
                known.clear();
            }
            known.put(key, zone);
        }
        return zone;
    }
}
