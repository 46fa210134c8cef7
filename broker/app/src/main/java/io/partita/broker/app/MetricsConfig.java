package io.partita.broker.app;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How much the metrics may tell. A series costs memory here and in whatever collects it. */
@ConfigMapping(prefix = "partita.metrics")
interface MetricsConfig {

    /** Partitions shown one by one (size, offsets), first by topic name. Further ones are in the figures of their topics. As many partitions are shown
     * with the lag of a group. */
    @WithDefault("1000")
    int partitionsMax();

    /** Topics shown one by one (bytes in and out, size), first by name. Further ones are in the totals. As many pairs of group and topic are shown with their lag. */
    @WithDefault("1000")
    int topicsMax();
}
