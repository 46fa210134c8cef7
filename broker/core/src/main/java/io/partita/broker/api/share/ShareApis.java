package io.partita.broker.api.share;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.PartitionLookup;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.replication.Partitions;
import io.partita.broker.share.SharePartitions;
import io.partita.broker.share.state.StateAccess;

/** The APIs by which members of share groups get records, with the versions they are served in. */
public final class ShareApis {

    private ShareApis() {}

    /** Serves them. {@code config} is what this broker was started with. */
    public static void serve(ApiRegistry.Builder registry, MetadataStore store, BrokerConfig config, Partitions partitions, SharePartitions shares) {
        var sessions = new ShareSessions(config.intValue("group.share.max.share.sessions"));
        var places = new SharePlaces(new PartitionLookup(partitions, store, config.nodeId()), shares);
        registry.serve(ApiKey.SHARE_FETCH, 1, 2, new ShareFetchHandler(sessions, places, config.intValue("fetch.max.bytes")))
                .serve(ApiKey.SHARE_ACKNOWLEDGE, 1, 2, new ShareAcknowledgeHandler(sessions, places));
    }

    /** What brokers ask each other for: who leads a partition, of who coordinates its state. */
    public static void serveBrokers(ApiRegistry.Builder registry, StateAccess states) {
        ShareStateHandlers.serve(registry, states);
    }
}
