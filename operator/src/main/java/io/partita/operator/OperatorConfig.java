package io.partita.operator;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Settings of the operator. */
@ConfigMapping(prefix = "partita.operator")
public interface OperatorConfig {

    /** Image of brokers whose Cluster names none. Default: that of the PodTemplate {@code partita-broker} in the operator's namespace. */
    Optional<String> brokerImage();

    /** Whether spec.podTemplate may name another service account, and open the node to brokers (host paths, network, privileged containers). */
    @WithDefault("false")
    boolean privilegedPodTemplates();

    /** Whether objects are written by server-side apply. Off only for the mock API server of tests, which has none; they are then replaced whole. */
    @WithDefault("true")
    boolean serverSideApply();

    /** After which the status of a Topic tells people of leaders and in-sync replicas that have changed. Nobody acts on it, and each Topic is a write. */
    @WithDefault("60s")
    Duration statusDelay();

    /** Name of the Lease by which one of several operators is the active one. */
    @WithDefault("partita-operator")
    String leaseName();
}
