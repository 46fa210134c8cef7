package io.partita.e2e;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.Map;

/** An API server that can go away and come back: the way to it is cut, so that for everybody it is as if it were gone. */
abstract class ApiServer implements AutoCloseable {

    /** Where fabric8's kube-api-test finds the binaries of a real one. */
    static final String REAL = "KUBE_API_TEST_DIR";

    /** A real one where there are binaries for it, else a mock. */
    static ApiServer start() {
        return System.getenv(REAL) != null ? new RealApiServer() : new MockApiServer();
    }

    /** A client over the way that can be cut; it tries nothing twice. */
    static KubernetesClient client(Config config) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(config).withNamespace("default").withRequestTimeout(5_000).withRequestRetryBackoffLimit(0).build())
                .build();
    }

    /** A client of it, for the test. */
    abstract KubernetesClient client();

    /** Variables by which every process finds it. */
    abstract Map<String, String> environment();

    /** What else the operator has to be told. */
    abstract Map<String, String> operatorEnvironment();

    /** Whether it holds objects against their definitions. */
    boolean hasRules() {
        return this instanceof RealApiServer;
    }

    /** A token as pods of a ServiceAccount get it. */
    abstract String token(String namespace, String account, String audience);

    abstract Forwarder way();

    void goAway() {
        way().close();
    }

    void comeBack() {
        way().reopen();
    }

    @Override
    public void close() {
        client().close();
        way().close();
    }
}
