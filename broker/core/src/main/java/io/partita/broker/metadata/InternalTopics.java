package io.partita.broker.metadata;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.TopicSettings;
import java.util.Map;

/** How the topics begin in which the cluster keeps its own state. */
public final class InternalTopics {

    private InternalTopics() {}

    /**
     * The topic to create for {@link TopicNames#CONSUMER_OFFSETS}, {@link TopicNames#TRANSACTION_STATE} or {@link TopicNames#SHARE_GROUP_STATE}, by the broker's settings for it. It has no
     * more replicas than there are brokers, so that a single broker can serve groups under Kafka's defaults.
     */
    public static NewTopic of(String name, BrokerConfig config, ClusterImage image) {
        int replicas = replicas(name, config, image.brokers().size());
        return switch (name) {
            case TopicNames.CONSUMER_OFFSETS -> new NewTopic(name, config.intValue("offsets.topic.num.partitions"),
                    replicas, null, Map.of(
                            TopicSettings.CLEANUP_POLICY, "compact",
                            TopicSettings.COMPRESSION_TYPE, "producer",
                            segmentSetting(config.intValue("offsets.topic.segment.bytes")), config.value("offsets.topic.segment.bytes")));
            case TopicNames.TRANSACTION_STATE -> {
                int inSync = Math.min(replicas, config.intValue("transaction.state.log.min.isr"));
                yield new NewTopic(name, config.intValue("transaction.state.log.num.partitions"), replicas, null, Map.of(
                        TopicSettings.CLEANUP_POLICY, "compact",
                        TopicSettings.COMPRESSION_TYPE, "uncompressed",
                        TopicSettings.MIN_INSYNC_REPLICAS, Integer.toString(inSync),
                        segmentSetting(config.intValue("transaction.state.log.segment.bytes")), config.value("transaction.state.log.segment.bytes")));
            }
            case TopicNames.SHARE_GROUP_STATE -> {
                int inSync = Math.min(replicas, config.intValue("share.coordinator.state.topic.min.isr"));
                // Who coordinates a partition cuts it where nobody needs it any more.
                yield new NewTopic(name, config.intValue("share.coordinator.state.topic.num.partitions"), replicas, null, Map.of(
                        TopicSettings.CLEANUP_POLICY, "delete",
                        TopicSettings.RETENTION_MS, "-1",
                        TopicSettings.RETENTION_BYTES, "-1",
                        TopicSettings.COMPRESSION_TYPE, "producer",
                        TopicSettings.MIN_INSYNC_REPLICAS, Integer.toString(inSync),
                        segmentSetting(config.intValue("share.coordinator.state.topic.segment.bytes")),
                        config.value("share.coordinator.state.topic.segment.bytes")));
            }
            default -> throw new IllegalArgumentException(name + " is not a topic this cluster keeps its state in");
        };
    }

    /** How many replicas such a topic is to have: no more than there are brokers. */
    public static int replicas(String name, BrokerConfig config, int brokers) {
        int wanted = config.intValue(switch (name) {
            case TopicNames.TRANSACTION_STATE -> "transaction.state.log.replication.factor";
            case TopicNames.SHARE_GROUP_STATE -> "share.coordinator.state.topic.replication.factor";
            default -> "offsets.topic.replication.factor";
        });
        return Math.min(Math.max(1, brokers), wanted);
    }

    /** The brokers' settings allow smaller segments than a topic's setting of that name does. */
    private static String segmentSetting(int bytes) {
        return bytes < 1024 * 1024 ? TopicSettings.INTERNAL_SEGMENT_BYTES : TopicSettings.SEGMENT_BYTES;
    }
}
