package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import java.util.Map;

/** Clusters for tests. */
final class ClusterSamples {

    static final String IMAGE = "partita-broker:test";

    private ClusterSamples() {}

    static Cluster cluster(int brokers) {
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName("main").withNamespace("shop").withUid("u-1").withGeneration(3L).build());
        cluster.getSpec().brokers = brokers;
        cluster.getSpec().storage.size = "5Gi";
        return cluster;
    }

    static ListenerSpec external(ListenerType type) {
        ListenerSpec listener = new ListenerSpec();
        listener.name = "external";
        listener.port = 9094;
        listener.type = type.name();
        return listener;
    }

    static Observed seen(StatefulSet statefulSet, Map<String, Service> services, Map<Integer, Integer> replicas) {
        return Observed.nothing().with(statefulSet).withServices(services).withReplicas(replicas, Map.of());
    }

    static StatefulSet statefulSet(ClusterPlan plan) {
        return (StatefulSet) plan.objects().getLast();
    }
}
