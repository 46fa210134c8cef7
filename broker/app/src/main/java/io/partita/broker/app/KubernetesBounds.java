package io.partita.broker.app;

import io.fabric8.kubernetes.client.Config;
import io.partita.broker.kubernetes.KubernetesMetadataStore;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import jakarta.inject.Singleton;

/** Gives the client of the API server the bounds that the metadata store needs. */
@Singleton
class KubernetesBounds implements KubernetesConfigCustomizer {

    @Override
    public void customize(Config config) {
        KubernetesMetadataStore.bound(config);
    }
}
