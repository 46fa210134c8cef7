package io.partita.operator;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.partita.crds.Cluster;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What alerts ask of clusters. A broker cannot tell of partitions that no broker leads. */
@Singleton
public final class ClusterMetrics {

    /** A cluster that was not looked at for so long is gone. */
    private static final Duration KEPT = Duration.ofMinutes(2);

    private record Figures(String namespace, String name, int unserved, boolean isReady, long nanos) {}

    private final Map<String, Figures> clusters = new ConcurrentHashMap<>();
    private final MultiGauge unserved;
    private final MultiGauge ready;

    ClusterMetrics(MeterRegistry registry) {
        unserved = MultiGauge.builder("partita.cluster.partitions.unserved").description("Partitions without a leader, or with one that is away")
                .register(registry);
        ready = MultiGauge.builder("partita.cluster.ready").description("Whether the Cluster is Ready, 1 or 0").register(registry);
    }

    /** What was seen of a cluster. */
    public synchronized void set(Cluster cluster, int unservedPartitions, boolean isReady) {
        long now = System.nanoTime();
        String namespace = cluster.getMetadata().getNamespace();
        String name = cluster.getMetadata().getName();
        clusters.put(namespace + "/" + name, new Figures(namespace, name, unservedPartitions, isReady, now));
        clusters.values().removeIf(figures -> now - figures.nanos > KEPT.toNanos());
        List<Row<?>> counts = new ArrayList<>();
        List<Row<?>> states = new ArrayList<>();
        clusters.values().forEach(figures -> {
            Tags tags = Tags.of("cluster_namespace", figures.namespace, "cluster", figures.name);
            counts.add(Row.of(tags, figures.unserved));
            states.add(Row.of(tags, figures.isReady ? 1 : 0));
        });
        unserved.register(counts, true);
        ready.register(states, true);
    }
}
