package io.partita.crds;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;

/** Objects for tests. */
final class Samples {

    private Samples() {}

    static Topic topic(String name, String cluster) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace("default")
                .withUid("uid-" + name)
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .withGeneration(1L)
                .build());
        topic.getSpec().cluster = cluster;
        return topic;
    }

    static Cluster cluster(String name, int brokers) {
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("default").withUid("uid-" + name).withGeneration(1L).build());
        cluster.getSpec().brokers = brokers;
        return cluster;
    }
}
