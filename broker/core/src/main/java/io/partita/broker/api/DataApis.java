package io.partita.broker.api;

import io.partita.broker.api.fetch.FetchHandler;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.Workers;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.replication.Partitions;
import io.partita.broker.transaction.TransactionAdmission;

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
            TransactionAdmission transactions,
            Clock clock,
            Entropy entropy,
            MemoryBudget memory) {
        PartitionLookup lookup = new PartitionLookup(partitions, store, config.nodeId(),
                config.value("replica.selector.class").equals("org.apache.kafka.common.replica.RackAwareReplicaSelector"));
        registry.serve(ApiKey.PRODUCE, 0, 13, new ProduceHandler(lookup, transactions, workers, memory.conversions(), clock))
                .serve(ApiKey.FETCH, 0, 18, new FetchHandler(lookup, workers, clock, entropy, config, memory))
                .serve(ApiKey.LIST_OFFSETS, 0, 11, new ListOffsetsHandler(lookup, workers))
                .serve(ApiKey.DELETE_RECORDS, 0, 2, new DeleteRecordsHandler(lookup))
                .serve(ApiKey.DESCRIBE_PRODUCERS, 0, 0, new DescribeProducersHandler(lookup))
                .serve(ApiKey.OFFSET_FOR_LEADER_EPOCH, 0, 4, new OffsetForLeaderEpochHandler(lookup, workers));
    }

    /** What brokers ask each other about logs, and have each other write: where partitions end, and records that could not be delivered to share groups. */
    public static void serveBrokers(ApiRegistry.Builder registry, MetadataStore store, BrokerConfig config, Partitions partitions, Workers workers) {
        PartitionLookup lookup = new PartitionLookup(partitions, store, config.nodeId());
        var positions = new LogPositionsHandler(lookup, workers);
        var offsets = new ListOffsetsHandler(lookup, workers);
        registry.<ListOffsetsRequest>serve(ApiKey.LIST_OFFSETS, 9, LogPositionsHandler.VERSION, (context, request) -> {
            if (context.version() == LogPositionsHandler.VERSION) {
                positions.handle(context, request);
            } else {
                offsets.handle(context, request);
            }
        }).serve(ApiKey.PRODUCE, 9, 9, new InternalProduceHandler(partitions));
    }
}
