package io.partita.broker;

import io.partita.broker.api.AdminApis;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.DeleteGroupsHandler;
import io.partita.broker.api.DescribeGroupsHandler;
import io.partita.broker.api.FindCoordinatorHandler;
import io.partita.broker.api.HeartbeatHandler;
import io.partita.broker.api.InitProducerIdHandler;
import io.partita.broker.api.JoinGroupHandler;
import io.partita.broker.api.LeaveGroupHandler;
import io.partita.broker.api.ListGroupsHandler;
import io.partita.broker.api.ListOffsetsHandler;
import io.partita.broker.api.OffsetCommitHandler;
import io.partita.broker.api.OffsetDeleteHandler;
import io.partita.broker.api.OffsetFetchHandler;
import io.partita.broker.api.OffsetForLeaderEpochHandler;
import io.partita.broker.api.ProduceHandler;
import io.partita.broker.api.SyncGroupHandler;
import io.partita.broker.api.fetch.FetchHandler;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Workers;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.metadata.InternalTopics;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicNames;
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
            GroupCoordinator groups,
            Workers workers,
            String clusterId) {
        ApiRegistry.Builder builder = new ApiRegistry.Builder()
                .serve(ApiKey.PRODUCE, 0, 13, new ProduceHandler(partitions))
                .serve(ApiKey.FETCH, 0, 18, new FetchHandler(partitions, workers, options.clock(), options.entropy()))
                .serve(ApiKey.LIST_OFFSETS, 0, 11, new ListOffsetsHandler(partitions, workers))
                .serve(ApiKey.API_VERSIONS, 0, 5, new ApiVersionsHandler(this::registry, clusterId, config.nodeId()))
                .serve(ApiKey.INIT_PRODUCER_ID, 0, 5, new InitProducerIdHandler(options.entropy()))
                .serve(ApiKey.OFFSET_FOR_LEADER_EPOCH, 0, 4, new OffsetForLeaderEpochHandler(partitions));
        serveGroups(builder, metadata, config, groups);
        AdminApis.serve(builder, metadata, config, directories, options.disk(), workers);
        this.registry = builder.build();
    }

    private static void serveGroups(ApiRegistry.Builder builder, MetadataStore metadata, BrokerConfig config, GroupCoordinator groups) {
        NewTopic offsetsTopic = InternalTopics.of(TopicNames.CONSUMER_OFFSETS, config, metadata.image());
        builder.serve(ApiKey.OFFSET_COMMIT, 0, 10, new OffsetCommitHandler(groups, metadata::image))
                .serve(ApiKey.OFFSET_FETCH, 0, 10, new OffsetFetchHandler(groups, metadata::image))
                .serve(ApiKey.FIND_COORDINATOR, 0, 6, new FindCoordinatorHandler(metadata, offsetsTopic))
                .serve(ApiKey.JOIN_GROUP, 0, 9, new JoinGroupHandler(groups))
                .serve(ApiKey.HEARTBEAT, 0, 4, new HeartbeatHandler(groups))
                .serve(ApiKey.LEAVE_GROUP, 0, 5, new LeaveGroupHandler(groups))
                .serve(ApiKey.SYNC_GROUP, 0, 5, new SyncGroupHandler(groups))
                .serve(ApiKey.DESCRIBE_GROUPS, 0, 6, new DescribeGroupsHandler(groups))
                .serve(ApiKey.LIST_GROUPS, 0, 5, new ListGroupsHandler(groups))
                .serve(ApiKey.DELETE_GROUPS, 0, 3, new DeleteGroupsHandler(groups))
                .serve(ApiKey.OFFSET_DELETE, 0, 0, new OffsetDeleteHandler(groups, metadata::image));
    }

    ApiRegistry registry() {
        return registry;
    }
}
