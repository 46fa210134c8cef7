package io.partita.broker;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.InitProducerIdHandler;
import io.partita.broker.api.ListOffsetsHandler;
import io.partita.broker.api.OffsetForLeaderEpochHandler;
import io.partita.broker.api.ProduceHandler;
import io.partita.broker.api.fetch.FetchHandler;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.replication.Partitions;
import java.util.List;

/** Makes the handlers and says in which versions each is served. Everything that a client may ask for stands here. */
final class Apis {

    private final ApiRegistry registry;

    Apis(
            BrokerOptions options,
            BrokerConfig config,
            MetadataStore metadata,
            Partitions partitions,
            List<LogDirectory> directories,
            Workers workers,
            String clusterId) {
        this.registry = new ApiRegistry.Builder()
                .serve(ApiKey.PRODUCE, 0, 13, new ProduceHandler(partitions))
                .serve(ApiKey.FETCH, 0, 18, new FetchHandler(partitions, workers, options.clock(), options.entropy()))
                .serve(ApiKey.LIST_OFFSETS, 0, 11, new ListOffsetsHandler(partitions, workers))
                .serve(ApiKey.API_VERSIONS, 0, 5, new ApiVersionsHandler(this::registry, clusterId, config.nodeId()))
                .serve(ApiKey.INIT_PRODUCER_ID, 0, 5, new InitProducerIdHandler(options.entropy()))
                .serve(ApiKey.OFFSET_FOR_LEADER_EPOCH, 0, 4, new OffsetForLeaderEpochHandler(partitions))
                .build();
    }

    ApiRegistry registry() {
        return registry;
    }
}
