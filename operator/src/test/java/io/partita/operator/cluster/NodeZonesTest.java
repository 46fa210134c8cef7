package io.partita.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient
class NodeZonesTest {

    private static final String ZONE_KEY = "topology.kubernetes.io/zone";
    private static final int FORBIDDEN = 403;

    private KubernetesMockServer server;
    private KubernetesClient client;
    private Instant now = Instant.EPOCH;
    private final NodeZones zones = new NodeZones(() -> now);

    @Test
    void aNodeThatGetsAnotherZoneIsInItSoonAfter() {
        // Given
        answers(200, node(Map.of()));
        answers(200, node(Map.of(ZONE_KEY, "a")));
        answers(200, node(Map.of(ZONE_KEY, "b")));
        // Then
        assertNull(zone());
        assertNull(zone(), "not asked each time");
        // When
        now = now.plus(NodeZones.AGE_MAX);
        // Then
        assertEquals("a", zone());
        // When
        now = now.plus(NodeZones.AGE_MAX);
        // Then
        assertEquals("b", zone());
    }

    @Test
    void aZoneStandsWhileTheApiServerDoesNotTell() {
        // Given
        answers(200, node(Map.of(ZONE_KEY, "a")));
        answers(FORBIDDEN, "");
        assertEquals("a", zone());
        // When
        now = now.plus(NodeZones.AGE_MAX);
        // Then
        assertEquals("a", zone());
    }

    private String zone() {
        return zones.of(client, "n1", ZONE_KEY);
    }

    private void answers(int code, Object body) {
        server.expect().get().withPath("/api/v1/nodes/n1").andReturn(code, body).once();
    }

    private static Node node(Map<String, String> labels) {
        return new NodeBuilder().withNewMetadata().withName("n1").withLabels(labels).endMetadata().build();
    }
}
