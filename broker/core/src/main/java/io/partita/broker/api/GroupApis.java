package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;

/** The APIs about groups and their offsets, with the versions they are served in. */
public final class GroupApis {

    private GroupApis() {}

    /** Serves them. {@code config} is what this broker was started with. */
    public static void serve(ApiRegistry.Builder registry, MetadataStore store, BrokerConfig config, GroupCoordinator groups) {
        registry.serve(ApiKey.OFFSET_COMMIT, 0, 10, new OffsetCommitHandler(groups, store::image))
                .serve(ApiKey.OFFSET_FETCH, 0, 10, new OffsetFetchHandler(groups, store::image))
                .serve(ApiKey.FIND_COORDINATOR, 0, 6, new FindCoordinatorHandler(store, config))
                .serve(ApiKey.JOIN_GROUP, 0, 9, new JoinGroupHandler(groups))
                .serve(ApiKey.HEARTBEAT, 0, 4, new HeartbeatHandler(groups))
                .serve(ApiKey.LEAVE_GROUP, 0, 5, new LeaveGroupHandler(groups))
                .serve(ApiKey.SYNC_GROUP, 0, 5, new SyncGroupHandler(groups))
                .serve(ApiKey.DESCRIBE_GROUPS, 0, 6, new DescribeGroupsHandler(groups))
                .serve(ApiKey.LIST_GROUPS, 0, 5, new ListGroupsHandler(groups))
                .serve(ApiKey.DELETE_GROUPS, 0, 3, new DeleteGroupsHandler(groups))
                .serve(ApiKey.OFFSET_DELETE, 0, 0, new OffsetDeleteHandler(groups, store::image))
                .serve(ApiKey.CONSUMER_GROUP_HEARTBEAT, 0, 1, new ConsumerGroupHeartbeatHandler(groups, store::image))
                .serve(ApiKey.CONSUMER_GROUP_DESCRIBE, 0, 1, new ConsumerGroupDescribeHandler(groups, store::image))
                .serve(ApiKey.SHARE_GROUP_HEARTBEAT, 1, 1, new ShareGroupHeartbeatHandler(groups))
                .serve(ApiKey.SHARE_GROUP_DESCRIBE, 1, 1, new ShareGroupDescribeHandler(groups, store::image))
                .serve(ApiKey.STREAMS_GROUP_HEARTBEAT, 0, 1, new StreamsGroupHeartbeatHandler(groups, store))
                .serve(ApiKey.STREAMS_GROUP_DESCRIBE, 0, 1, new StreamsGroupDescribeHandler(groups))
                .serve(ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS, 0, 1, new DescribeShareGroupOffsetsHandler(groups, store::image))
                .serve(ApiKey.ALTER_SHARE_GROUP_OFFSETS, 0, 0, new AlterShareGroupOffsetsHandler(groups, store::image))
                .serve(ApiKey.DELETE_SHARE_GROUP_OFFSETS, 0, 0, new DeleteShareGroupOffsetsHandler(groups, store::image));
    }
}
