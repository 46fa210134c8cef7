package io.partita.broker.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.replication.PartitionLeader;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogMetricsTest {

    private record Bounds(int partitionsMax, int topicsMax) implements MetricsConfig {}

    private final MemoryDisk disk = new MemoryDisk();
    private Broker broker;

    @BeforeEach
    void createTopics() {
        start();
        List<NewTopic> topics = List.of(
                new NewTopic("a", 3, NewTopic.DEFAULT, null, Map.of()),
                new NewTopic("b", 3, NewTopic.DEFAULT, null, Map.of()),
                new NewTopic("c", 3, NewTopic.DEFAULT, null, Map.of()));
        broker.metadata().createTopics(topics, false).toCompletableFuture().join();
    }

    private void start() {
        BrokerConfig config = BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "data", "node.id", "1"));
        broker = Broker.start(BrokerOptions.of(config).withDisk(disk));
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private Map<String, List<MetricFamilySamples.Sample>> look(MetricsConfig bounds) {
        return new LogMetrics.Look(bounds).at(broker).stream().collect(Collectors.toMap(family -> family.name, family -> family.samples));
    }

    @Test
    void showsEveryPartition() {
        var families = look(new Bounds(100, 100));

        assertEquals(9, families.get("partita_partition_high_watermark").size());
        assertEquals(3, families.get("partita_topic_bytes_in").size());
        assertEquals(0, families.get("partita_partitions_without_leader").getFirst().value);
        assertEquals(0, families.get("partita_partitions_under_replicated").getFirst().value);
        assertEquals(0, families.get("partita_partitions_under_min_isr").getFirst().value);
        assertEquals(List.of("a", "0"), families.get("partita_partition_log_end_offset").getFirst().labelValues);
    }

    @Test
    void boundsTheSeriesAndStillCountsAll() {
        var families = look(new Bounds(4, 2));

        assertEquals(4, families.get("partita_partition_log_size_bytes").size());
        assertEquals(2, families.get("partita_topic_log_size_bytes").size());
        assertEquals(3, families.get("partita_topics").getFirst().value);
        assertEquals(9, families.get("partita_partitions").getFirst().value);
    }

    @Test
    void knowsTheSizeOfLogsThatNobodyHasUsedSinceTheStart() throws Exception {
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.append(1, null, new byte[100]).finish();
        }
        CompletableFuture<AppendResult> appended = new CompletableFuture<>();
        broker.partitions().find("a", 0).append(batch, AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, appended::complete);
        assertInstanceOf(AppendResult.Appended.class, appended.get(10, TimeUnit.SECONDS));
        assertEquals(batch.readableBytes(), look(new Bounds(9, 9)).get("partita_topic_bytes_in").getFirst().value);

        broker.close();
        start();

        var families = look(new Bounds(9, 9));
        assertEquals(batch.readableBytes(), families.get("partita_partition_log_size_bytes").getFirst().value);
        assertEquals(batch.readableBytes(), families.get("partita_log_size_bytes").getFirst().value);
    }
}
