package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TransactionAdmission;
import io.partita.broker.transaction.TransactionCoordinator;

/** The APIs about transactions, with the versions they are served in. */
public final class TransactionApis {

    private TransactionApis() {}

    /** Serves them. {@code markers} writes those of administrators to partitions that are led here. */
    public static void serve(
            ApiRegistry.Builder registry,
            MetadataStore store,
            BrokerConfig config,
            TransactionCoordinator transactions,
            TransactionAdmission admissions,
            GroupCoordinator groups,
            MarkerSender markers,
            Clock clock) {
        var partitions = new TransactionPartitions(store, config.nodeId());
        registry.serve(ApiKey.INIT_PRODUCER_ID, 0, 5, new InitProducerIdHandler(transactions))
                .serve(ApiKey.ADD_PARTITIONS_TO_TXN, 0, 5, new AddPartitionsToTxnHandler(transactions, partitions))
                .serve(ApiKey.ADD_OFFSETS_TO_TXN, 0, 4, new AddOffsetsToTxnHandler(transactions, partitions, new CoordinatorTopics(store, config)))
                .serve(ApiKey.END_TXN, 0, 5, new EndTxnHandler(transactions))
                .serve(ApiKey.WRITE_TXN_MARKERS, 1, 2, new WriteTxnMarkersHandler(markers))
                .serve(ApiKey.TXN_OFFSET_COMMIT, 0, 6, new TxnOffsetCommitHandler(admissions, groups, partitions))
                .serve(ApiKey.DESCRIBE_TRANSACTIONS, 0, 0, new DescribeTransactionsHandler(transactions))
                .serve(ApiKey.LIST_TRANSACTIONS, 0, 2, new ListTransactionsHandler(transactions, clock));
    }

    /**
     * What brokers ask each other for: whoever coordinates a transaction has its markers written where its partitions are led, and whoever leads a partition asks whether
     * it is part of one.
     *
     * @param markers writes to partitions that are led here
     */
    public static void serveBrokers(
            ApiRegistry.Builder registry, MetadataStore store, BrokerConfig config, TransactionCoordinator transactions, MarkerSender markers) {
        registry.serve(ApiKey.ADD_PARTITIONS_TO_TXN, 4, 5, new AddPartitionsToTxnHandler(transactions, new TransactionPartitions(store, config.nodeId())))
                .serve(ApiKey.WRITE_TXN_MARKERS, 1, 2, new WriteTxnMarkersHandler(markers));
    }
}
