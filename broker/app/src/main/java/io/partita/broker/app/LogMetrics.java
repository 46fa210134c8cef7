package io.partita.broker.app;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.partita.broker.Broker;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.replication.PartitionLeader;
import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Figures of topics and partitions, read from the partitions when somebody asks: no meters to keep in step with topics that come and go, and no cost
 * while nobody looks. {@link MetricsConfig} bounds how many are shown.
 */
@Singleton
class LogMetrics extends Collector {

    private final BrokerLifecycle lifecycle;
    private final MetricsConfig config;
    private final PrometheusMeterRegistry registry;

    LogMetrics(BrokerLifecycle lifecycle, MetricsConfig config, PrometheusMeterRegistry registry) {
        this.lifecycle = lifecycle;
        this.config = config;
        this.registry = registry;
    }

    void onStart(@Observes StartupEvent event) {
        registry.getPrometheusRegistry().register(this);
    }

    @Override
    public List<MetricFamilySamples> collect() {
        Optional<Broker> broker = lifecycle.broker();
        return broker.isEmpty() ? List.of() : new Look(config).at(broker.get());
    }

    /** One look at all partitions. */
    static final class Look {

        private static final List<String> TOPIC = List.of("topic");
        private static final List<String> PARTITION = List.of("topic", "partition");

        private final MetricsConfig config;
        private final GaugeMetricFamily topics = gauge("partita_topics", "Topics, internal ones included", List.of());
        private final GaugeMetricFamily partitions = gauge("partita_partitions", "Partitions led by this broker", List.of());
        private final GaugeMetricFamily unserved = gauge("partita_partitions_without_leader",
                "Partitions of the whole cluster that nobody leads, or whose leader is away, as this broker sees it", List.of());
        private final GaugeMetricFamily underReplicated = gauge("partita_partitions_under_replicated",
                "Partitions led by this broker of whose replicas some are not in sync", List.of());
        private final GaugeMetricFamily underMinIsr = gauge("partita_partitions_under_min_isr",
                "Partitions led by this broker of whose in-sync replicas fewer are there than min.insync.replicas: acks=all is not served", List.of());
        private final GaugeMetricFamily size = gauge("partita_log_size_bytes", "Segments of all partitions led by this broker", List.of());
        private final GaugeMetricFamily shortOfSpace = gauge("partita_directory_short_of_space",
                "1 while producers are refused because less than log.dirs.reserve.bytes is free", List.of("directory"));
        private final GaugeMetricFamily freeSpace = gauge("partita_directory_free_bytes", "Bytes free on the disk of a data directory", List.of("directory"));
        private final GaugeMetricFamily space = gauge("partita_directory_total_bytes", "Size of the disk of a data directory", List.of("directory"));
        private final CounterMetricFamily bytesIn = counter("partita_topic_bytes_in", "Record batches written by clients");
        private final CounterMetricFamily bytesOut = counter("partita_topic_bytes_out", "Record batches read by clients");
        private final CounterMetricFamily expired = counter("partita_topic_expired_records",
                "Records past their time that share groups did not give out, counted for each group");
        private final GaugeMetricFamily delayed = gauge("partita_topic_delayed_records", "Records that wait until they are due", TOPIC);
        private final GaugeMetricFamily topicSize = gauge("partita_topic_log_size_bytes", "Segments of a topic's partitions", TOPIC);
        private final GaugeMetricFamily partitionSize = gauge("partita_partition_log_size_bytes", "Segments of a partition", PARTITION);
        private final GaugeMetricFamily startOffset = gauge("partita_partition_log_start_offset", "First offset that can be read", PARTITION);
        private final GaugeMetricFamily endOffset = gauge("partita_partition_log_end_offset", "Offset of the next record", PARTITION);
        private final GaugeMetricFamily highWatermark = gauge("partita_partition_high_watermark", "Offset behind the last committed record", PARTITION);
        private int partitionCount;
        private long allBytes;

        Look(MetricsConfig config) {
            this.config = config;
        }

        List<MetricFamilySamples> at(Broker broker) {
            List<TopicImage> images = broker.image().topics();
            for (int i = 0; i < images.size(); i++) {
                add(images.get(i), broker.partitions().of(images.get(i).id()), i < config.topicsMax());
            }
            unserved.addMetric(List.of(), images.stream().mapToLong(topic -> unserved(topic, broker.image())).sum());
            topics.addMetric(List.of(), images.size());
            partitions.addMetric(List.of(), partitionCount);
            size.addMetric(List.of(), allBytes);
            List<PartitionImage> led = images.stream().flatMap(topic -> topic.partitions().stream()).filter(partition -> partition.leader() == broker.nodeId())
                    .toList();
            underReplicated.addMetric(List.of(), led.stream().filter(partition -> partition.inSyncReplicas().size() < partition.replicas().size()).count());
            underMinIsr.addMetric(List.of(), led.stream().filter(broker.image()::lacksReplicasToWrite).count());
            broker.directories().forEach(this::add);
            return List.of(topics, partitions, unserved, underReplicated, underMinIsr, size, shortOfSpace, freeSpace, space, bytesIn, bytesOut, expired,
                    delayed,
                    topicSize, partitionSize, startOffset, endOffset,
                    highWatermark);
        }

        private static long unserved(TopicImage topic, ClusterImage image) {
            return topic.partitions().stream().filter(partition -> image.broker(partition.leader()) == null).count();
        }

        private void add(LogDirectory directory) {
            List<String> labels = List.of(directory.path().toString());
            shortOfSpace.addMetric(labels, directory.isShortOfSpace() ? 1 : 0);
            if (directory.totalBytes() >= 0) {
                freeSpace.addMetric(labels, directory.freeBytes());
                space.addMetric(labels, directory.totalBytes());
            }
        }

        private void add(TopicImage topic, List<PartitionLeader> leaders, boolean shown) {
            long written = 0;
            long read = 0;
            long bytes = 0;
            long past = 0;
            long waiting = 0;
            for (PartitionLeader leader : leaders) {
                long logBytes = sizeOf(leader);
                written += leader.traffic().bytesWritten();
                read += leader.traffic().bytesRead();
                bytes += logBytes;
                past += leader.traffic().recordsExpired();
                waiting += leader.delayedCount();
                if (partitionCount++ < config.partitionsMax()) {
                    List<String> labels = List.of(topic.name(), Integer.toString(leader.partition()));
                    partitionSize.addMetric(labels, logBytes);
                    startOffset.addMetric(labels, leader.log().logStartOffset());
                    endOffset.addMetric(labels, leader.log().logEndOffset());
                    highWatermark.addMetric(labels, leader.highWatermark());
                }
            }
            allBytes += bytes;
            if (shown && !leaders.isEmpty()) {
                List<String> labels = List.of(topic.name());
                bytesIn.addMetric(labels, written);
                bytesOut.addMetric(labels, read);
                expired.addMetric(labels, past);
                delayed.addMetric(labels, waiting);
                topicSize.addMetric(labels, bytes);
            }
        }

        /** A log that cannot be read counts as empty here; what is wrong with it is told by the log. */
        private static long sizeOf(PartitionLeader leader) {
            try {
                return leader.log().sizeOnDisk();
            } catch (IOException e) {
                return 0;
            }
        }

        private static GaugeMetricFamily gauge(String name, String help, List<String> labels) {
            return new GaugeMetricFamily(name, help, labels);
        }

        private static CounterMetricFamily counter(String name, String help) {
            return new CounterMetricFamily(name, help, TOPIC);
        }
    }
}
