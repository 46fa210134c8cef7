package io.partita.e2e;

import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReviewBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/** A mock API server that can go away and come back with all it had. */
final class ApiServer implements AutoCloseable {

    private final Map<ServerRequest, Queue<ServerResponse>> expectations = new HashMap<>();
    private final KubernetesMixedDispatcher objects = new KubernetesMixedDispatcher(expectations);
    private KubernetesMockServer server;
    private final KubernetesClient client;
    private final int port;

    ApiServer() {
        server = start(0);
        port = server.getPort();
        client = new KubernetesClientBuilder().withConfig(new ConfigBuilder().withMasterUrl("http://127.0.0.1:" + port + "/").withNamespace("default")
                .withRequestTimeout(5_000).withRequestRetryBackoffLimit(0).build()).build();
        // The operator's SDK asks whether it may use leases before it does.
        server.expect().post().withPath("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews").andReturn(201, new SelfSubjectRulesReviewBuilder()
                .withNewStatus()
                .addNewResourceRule()
                .withApiGroups("coordination.k8s.io")
                .withResources("leases")
                .withVerbs("*")
                .endResourceRule()
                .endStatus()
                .build()).always();
    }

    private KubernetesMockServer start(int wanted) {
        KubernetesMockServer started = new KubernetesMockServer(new Context(), new MockWebServer(), expectations, objects, false);
        started.start(InetAddress.getLoopbackAddress(), wanted);
        return started;
    }

    /** A client of it, for the test. */
    KubernetesClient client() {
        return client;
    }

    /** The variable by which a process finds it. */
    Map<String, String> environment() {
        return Map.of("KUBERNETES_MASTER", "http://127.0.0.1:" + port);
    }

    void goAway() {
        server.shutdown();
    }

    void comeBack() {
        server = start(port);
    }

    @Override
    public void close() {
        client.close();
        server.shutdown();
    }
}
