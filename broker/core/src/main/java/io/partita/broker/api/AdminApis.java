package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import java.util.List;

/** The APIs about topics, brokers and their settings, with the versions they are served in. */
public final class AdminApis {

    private AdminApis() {}

    /**
     * Serves them.
     *
     * @param config the settings this broker was started with
     * @param directories its data directories
     */
    public static void serve(
            ApiRegistry.Builder registry, MetadataStore store, BrokerConfig config, List<LogDirectory> directories, Disk disk, Workers workers) {
        ClusterConfig cluster = new ClusterConfig(store, config);
        registry.serve(ApiKey.METADATA, 0, 13, new MetadataHandler(cluster))
                .serve(ApiKey.CREATE_TOPICS, 0, 7, new CreateTopicsHandler(cluster, config.nodeId(), directories))
                .serve(ApiKey.DELETE_TOPICS, 0, 6, new DeleteTopicsHandler(cluster))
                .serve(ApiKey.DESCRIBE_CONFIGS, 0, 4, new DescribeConfigsHandler(cluster))
                .serve(ApiKey.ALTER_CONFIGS, 0, 2, new AlterConfigsHandler(cluster))
                .serve(ApiKey.DESCRIBE_LOG_DIRS, 0, 5, new DescribeLogDirsHandler(directories, store.away(), disk, workers))
                .serve(ApiKey.CREATE_PARTITIONS, 0, 3, new CreatePartitionsHandler(cluster))
                .serve(ApiKey.ELECT_LEADERS, 0, 2, new ElectLeadersHandler(cluster))
                .serve(ApiKey.INCREMENTAL_ALTER_CONFIGS, 0, 1, new IncrementalAlterConfigsHandler(cluster))
                .serve(ApiKey.ALTER_PARTITION_REASSIGNMENTS, 0, 1, new AlterPartitionReassignmentsHandler(cluster))
                .serve(ApiKey.LIST_PARTITION_REASSIGNMENTS, 0, 0, new ListPartitionReassignmentsHandler(cluster))
                .serve(ApiKey.DESCRIBE_CLUSTER, 0, 2, new DescribeClusterHandler(cluster))
                .serve(ApiKey.LIST_CONFIG_RESOURCES, 0, 1, new ListConfigResourcesHandler(cluster))
                .serve(ApiKey.DESCRIBE_TOPIC_PARTITIONS, 0, 0, new DescribeTopicPartitionsHandler(cluster));
    }
}
