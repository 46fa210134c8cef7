package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.GroupSettings;
import io.partita.broker.group.StreamsGroupConfig;
import io.partita.broker.metadata.ClusterImage;
import java.util.Map;

/** The settings of streams groups: those of brokers for all of them, and those that a group has of its own. */
final class StreamsSettings {

    private final BrokerConfig config;
    private final StreamsGroupConfig ofAll;

    StreamsSettings(BrokerConfig config) {
        this.config = config;
        this.ofAll = of(Map.of());
    }

    StreamsGroupConfig of(ClusterImage image, String groupId) {
        Map<String, String> own = image.groupConfigs(groupId);
        return own.isEmpty() ? ofAll : of(own);
    }

    private StreamsGroupConfig of(Map<String, String> own) {
        return new StreamsGroupConfig(
                GroupSettings.intValue(GroupSettings.STREAMS_SESSION_TIMEOUT_MS, own, config),
                GroupSettings.intValue(GroupSettings.STREAMS_HEARTBEAT_INTERVAL_MS, own, config),
                own.containsKey(GroupSettings.STREAMS_HEARTBEAT_INTERVAL_MS),
                config.intValue("group.streams.max.size"),
                GroupSettings.intValue(GroupSettings.STREAMS_INITIAL_REBALANCE_DELAY_MS, own, config),
                GroupSettings.intValue(GroupSettings.STREAMS_NUM_STANDBY_REPLICAS, own, config),
                GroupSettings.intValue(GroupSettings.STREAMS_NUM_WARMUP_REPLICAS, own, config),
                Long.parseLong(GroupSettings.value(GroupSettings.STREAMS_ACCEPTABLE_RECOVERY_LAG, own, config)),
                GroupSettings.intValue(GroupSettings.STREAMS_TASK_OFFSET_INTERVAL_MS, own, config));
    }
}
