package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.TopicImage;

/** What the administration handlers share: the metadata, this broker's number, and its settings as they are in force at the moment. */
final class ClusterConfig {

    private final MetadataStore store;
    private final BrokerConfig atStart;
    private final int nodeId;

    ClusterConfig(MetadataStore store, BrokerConfig atStart) {
        this.store = store;
        this.atStart = atStart;
        this.nodeId = atStart.nodeId();
    }

    MetadataStore store() {
        return store;
    }

    ClusterImage image() {
        return store.image();
    }

    int nodeId() {
        return nodeId;
    }

    /** The settings in force on this broker. */
    BrokerConfig broker(ClusterImage image) {
        return atStart.overlaid(image.brokerConfigs(ClusterImage.ALL_BROKERS), image.brokerConfigs(nodeId));
    }

    /** How many replicas a topic's partitions have. */
    static int replicationFactor(TopicImage topic) {
        return topic.partition(0).replicas().size();
    }
}
