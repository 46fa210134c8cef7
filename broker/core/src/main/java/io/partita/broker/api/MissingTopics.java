package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.InternalTopics;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicNames;

/** Topics that come into being because a client speaks of them ({@code auto.create.topics.enable}). */
final class MissingTopics {

    private final ClusterConfig cluster;

    MissingTopics(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    /** The topic to create for a name that {@code image} does not have; null when it has it, the name is illegal, or topics are created on purpose only. */
    NewTopic creatable(String name, ClusterImage image) {
        if (image.topic(name) != null || TopicNames.problem(name) != null) {
            return null;
        }
        BrokerConfig config = cluster.broker(image);
        if (!config.booleanValue("auto.create.topics.enable")) {
            return null;
        }
        return TopicNames.isInternal(name)
                ? InternalTopics.of(name, config, image)
                : NewTopic.withDefaults(name);
    }
}
