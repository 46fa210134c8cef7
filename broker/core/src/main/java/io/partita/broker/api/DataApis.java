package io.partita.broker.api;

import io.partita.broker.api.fetch.FetchHandler;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Workers;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.replication.Partitions;

/** The APIs about records, with the versions they are served in. */
public final class DataApis {

    private DataApis() {}

    /** Serves them. {@code config} is what this broker was started with. */
    public static void serve(
            ApiRegistry.Builder registry,
            MetadataStore store,
            BrokerConfig config,
            Partitions partitions,
            Workers workers,
            Clock clock,
            Entropy entropy) {
        ClusterConfig cluster = new ClusterConfig(store, config);
        registry.serve(ApiKey.PRODUCE, 0, 13, new ProduceHandler(partitions, cluster, clock))
                .serve(ApiKey.FETCH, 0, 18, new FetchHandler(partitions, workers, clock, entropy, config))
                .serve(ApiKey.LIST_OFFSETS, 0, 11, new ListOffsetsHandler(partitions, workers))
                .serve(ApiKey.DELETE_RECORDS, 0, 2, new DeleteRecordsHandler(partitions))
                .serve(ApiKey.DESCRIBE_PRODUCERS, 0, 0, new DescribeProducersHandler(partitions))
                .serve(ApiKey.INIT_PRODUCER_ID, 0, 5, new InitProducerIdHandler(entropy))
                .serve(ApiKey.OFFSET_FOR_LEADER_EPOCH, 0, 4, new OffsetForLeaderEpochHandler(partitions));
    }
}
