package io.partita.broker.app;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.partita.broker.group.GroupLag;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * How far consumers are behind, of the groups that this broker coordinates: in records, and in seconds since the first record was made that they have not consumed. Measured every
 * {@value #EVERY_SECONDS} seconds while somebody scrapes, and not at all else; a scrape gets what was measured last. {@link MetricsConfig} bounds how many are shown.
 */
@Singleton
class GroupLagMetrics extends Collector {

    private static final long EVERY_SECONDS = 5;
    /** Without a scrape for as long nobody is taken to look. */
    private static final long LOOKED_AT_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final BrokerLifecycle lifecycle;
    private final MetricsConfig config;
    private final Vertx vertx;
    private final PrometheusMeterRegistry registry;
    private volatile List<GroupLag> measured = List.of();
    private volatile long scrapedNanos = System.nanoTime() - LOOKED_AT_NANOS;

    GroupLagMetrics(BrokerLifecycle lifecycle, MetricsConfig config, Vertx vertx, PrometheusMeterRegistry registry) {
        this.lifecycle = lifecycle;
        this.config = config;
        this.vertx = vertx;
        this.registry = registry;
    }

    void onStart(@Observes StartupEvent event) {
        registry.getPrometheusRegistry().register(this);
        vertx.setPeriodic(TimeUnit.SECONDS.toMillis(EVERY_SECONDS), timer -> {
            if (System.nanoTime() - scrapedNanos < LOOKED_AT_NANOS) {
                measure();
            }
        });
    }

    private void measure() {
        lifecycle.broker().ifPresent(broker -> broker.lags(lags -> measured = lags));
    }

    @Override
    public List<MetricFamilySamples> collect() {
        boolean first = System.nanoTime() - scrapedNanos >= LOOKED_AT_NANOS;
        scrapedNanos = System.nanoTime();
        if (first) {
            measure();
        }
        return families(measured, config);
    }

    private record GroupTopic(String group, String topic) implements Comparable<GroupTopic> {
        @Override
        public int compareTo(GroupTopic other) {
            int byGroup = group.compareTo(other.group);
            return byGroup != 0 ? byGroup : topic.compareTo(other.topic);
        }

        List<String> labels() {
            return List.of(group, topic);
        }
    }

    private static final Comparator<GroupLag> ORDER = Comparator.<GroupLag, String>comparing(lag -> lag.position().groupId())
            .thenComparing(lag -> lag.position().topic())
            .thenComparing(lag -> lag.position().partition());

    static List<MetricFamilySamples> families(List<GroupLag> lags, MetricsConfig config) {
        var records = new GaugeMetricFamily("partita_group_lag_records", "Records of a topic that a group has not consumed yet", List.of("group", "topic"));
        var seconds = new GaugeMetricFamily("partita_group_lag_seconds",
                "Seconds since the first record of a topic was made that a group has not consumed; 0 when it has consumed all", List.of("group", "topic"));
        var one = new GaugeMetricFamily("partita_group_partition_lag_records", "Records of a partition that a group has not consumed yet",
                List.of("group", "topic", "partition"));
        Map<GroupTopic, Long> recordsBehind = new TreeMap<>();
        Map<GroupTopic, Long> millisBehind = new TreeMap<>();
        int shown = 0;
        for (GroupLag lag : lags.stream().sorted(ORDER).toList()) {
            GroupTopic key = new GroupTopic(lag.position().groupId(), lag.position().topic());
            recordsBehind.merge(key, lag.records(), Long::sum);
            if (lag.behindMillis() != GroupLag.UNKNOWN) {
                millisBehind.merge(key, lag.behindMillis(), Math::max);
            }
            if (shown++ < config.partitionsMax()) {
                one.addMetric(List.of(key.group(), key.topic(), Integer.toString(lag.position().partition())), lag.records());
            }
        }
        recordsBehind.entrySet().stream().limit(config.topicsMax()).forEach(entry -> {
            records.addMetric(entry.getKey().labels(), entry.getValue());
            Long millis = millisBehind.get(entry.getKey());
            if (millis != null) {
                seconds.addMetric(entry.getKey().labels(), millis / 1_000.0);
            }
        });
        return List.of(records, seconds, one);
    }
}
