package io.partita.broker.app;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Where a broker on Kubernetes belongs. The operator sets it; without a cluster the broker keeps its metadata in its data directory. */
@ConfigMapping(prefix = "partita.kubernetes")
interface KubernetesConfig {

    /** The Cluster whose broker this is. */
    Optional<String> cluster();

    /** The namespace of the Cluster. */
    @WithDefault("default")
    String namespace();

    /** After this a client that creates or changes a topic is told that the outcome is not known. Below the 30 s that clients wait for an answer. */
    @WithDefault("20s")
    Duration commandTimeout();

    /**
     * A stop gives up leaderships and registration within this time; logs are closed after it. With a thousand topics the API server is asked a thousand times. At most 25 s.
     */
    @WithDefault("4s")
    Duration goodbyeTimeout();
}
