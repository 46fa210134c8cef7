package io.partita.broker.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.group.CommittedPosition;
import io.partita.broker.group.GroupLag;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GroupLagMetricsTest {

    private record Bounds(int partitionsMax, int topicsMax) implements MetricsConfig {}

    private static GroupLag lag(String group, String topic, int partition, long records, long behindMillis) {
        return new GroupLag(new CommittedPosition(group, topic, partition, 10), 10 + records, behindMillis);
    }

    private static Map<String, MetricFamilySamples> families(List<GroupLag> lags, MetricsConfig bounds) {
        return GroupLagMetrics.families(lags, bounds).stream().collect(Collectors.toMap(family -> family.name, Function.identity()));
    }

    private static String values(MetricFamilySamples family) {
        return family.samples.stream().map(sample -> String.join("/", sample.labelValues) + "=" + sample.value).collect(Collectors.joining(" "));
    }

    @Test
    void addsUpRecordsAndShowsTheLongestTime() {
        var families = families(List.of(lag("b", "t", 0, 1, 500), lag("a", "t", 1, 3, 2_000), lag("a", "t", 0, 4, 1_000)), new Bounds(100, 100));

        assertEquals("a/t=7.0 b/t=1.0", values(families.get("partita_group_lag_records")));
        assertEquals("a/t=2.0 b/t=0.5", values(families.get("partita_group_lag_seconds")));
        assertEquals("a/t/0=4.0 a/t/1=3.0 b/t/0=1.0", values(families.get("partita_group_partition_lag_records")));
    }

    @Test
    void saysNothingOfATimeThatNobodyKnows() {
        var families = families(List.of(lag("a", "t", 0, 4, GroupLag.UNKNOWN)), new Bounds(100, 100));

        assertEquals("a/t=4.0", values(families.get("partita_group_lag_records")));
        assertEquals("", values(families.get("partita_group_lag_seconds")));
    }

    @Test
    void showsNoMoreThanItMay() {
        var families = families(List.of(lag("a", "t", 0, 1, 0), lag("a", "t", 1, 1, 0), lag("b", "t", 0, 1, 0)), new Bounds(2, 1));

        assertEquals("a/t/0=1.0 a/t/1=1.0", values(families.get("partita_group_partition_lag_records")));
        assertEquals("a/t=2.0", values(families.get("partita_group_lag_records")));
    }
}
