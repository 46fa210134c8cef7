package io.partita.e2e;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.partita.mock.AccountTokens;
import io.partita.mock.KubernetesMock;
import java.time.Duration;
import java.util.Map;

/** The mock: no schema, no CEL rules, no server-side apply, no garbage collection, no rights. */
final class MockApiServer extends ApiServer {

    private final KubernetesMock server = new KubernetesMock();
    private final AccountTokens tokens = new AccountTokens("one");
    private final Forwarder way;
    private final String url;
    private final KubernetesClient client;

    MockApiServer() {
        server.start();
        server.publish(tokens);
        way = new Forwarder("127.0.0.1", 0, "localhost", server.getPort());
        url = "http://127.0.0.1:" + way.port() + "/";
        client = client(new ConfigBuilder().withMasterUrl(url).build());
    }

    @Override
    KubernetesClient client() {
        return client;
    }

    @Override
    Map<String, String> environment() {
        return Map.of("KUBERNETES_MASTER", url);
    }

    @Override
    Map<String, String> operatorEnvironment() {
        return Map.of("PARTITA_OPERATOR_SERVER_SIDE_APPLY", "false");
    }

    @Override
    String token(String namespace, String account, String audience) {
        return tokens.token(namespace, account, audience, Duration.ofHours(1));
    }

    @Override
    Forwarder way() {
        return way;
    }

    @Override
    public void close() {
        super.close();
        server.shutdown();
    }
}
