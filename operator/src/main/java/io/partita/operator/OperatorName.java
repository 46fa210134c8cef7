package io.partita.operator;

import io.fabric8.kubernetes.client.Config;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import jakarta.inject.Singleton;

/** What the API server knows this operator by: in its audit log, and as the manager of the fields of objects that it makes. */
@Singleton
final class OperatorName implements KubernetesConfigCustomizer {

    static final String USER_AGENT = "partita-operator";

    @Override
    public void customize(Config config) {
        config.setUserAgent(USER_AGENT);
    }
}
