package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.GroupSettings;
import io.partita.broker.config.OffsetReset;
import io.partita.broker.group.ShareGroupConfig;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.share.SharePartitionConfig;
import io.partita.broker.share.state.ShareStateConfig;
import java.util.Map;

/** The settings of share groups: those of brokers for all of them, and those that a group has of its own. */
final class ShareSettings {

    private final BrokerConfig config;
    private final ShareGroupConfig members;
    private final SharePartitionConfig records;

    ShareSettings(BrokerConfig config) {
        this.config = config;
        this.members = members(Map.of());
        this.records = records(Map.of());
    }

    ShareGroupConfig members(ClusterImage image, String groupId) {
        Map<String, String> own = image.groupConfigs(groupId);
        return own.isEmpty() ? members : members(own);
    }

    SharePartitionConfig records(ClusterImage image, String groupId) {
        Map<String, String> own = image.groupConfigs(groupId);
        return own.isEmpty() ? records : records(own);
    }

    private ShareGroupConfig members(Map<String, String> own) {
        String reset = GroupSettings.value(GroupSettings.SHARE_AUTO_OFFSET_RESET, own, config);
        return new ShareGroupConfig(
                GroupSettings.intValue(GroupSettings.SHARE_SESSION_TIMEOUT_MS, own, config),
                GroupSettings.intValue(GroupSettings.SHARE_HEARTBEAT_INTERVAL_MS, own, config),
                own.containsKey(GroupSettings.SHARE_HEARTBEAT_INTERVAL_MS),
                config.intValue("group.share.max.size"),
                new ShareGroupConfig.Reset(reset.equals("earliest"), OffsetReset.backMillis(reset)));
    }

    private SharePartitionConfig records(Map<String, String> own) {
        return new SharePartitionConfig(
                GroupSettings.intValue(GroupSettings.SHARE_RECORD_LOCK_DURATION_MS, own, config),
                GroupSettings.intValue(GroupSettings.SHARE_DELIVERY_COUNT_LIMIT, own, config),
                GroupSettings.intValue(GroupSettings.SHARE_PARTITION_MAX_RECORD_LOCKS, own, config),
                GroupSettings.value(GroupSettings.SHARE_ISOLATION_LEVEL, own, config).equals("read_committed"),
                Boolean.parseBoolean(GroupSettings.value(GroupSettings.SHARE_RENEW_ACKNOWLEDGE_ENABLE, own, config)),
                GroupSettings.value(GroupSettings.DEAD_LETTER_TOPIC_NAME, own, config),
                Boolean.parseBoolean(GroupSettings.value(GroupSettings.DEAD_LETTER_COPY_RECORD, own, config)));
    }

    /** Of the share coordinator. */
    static ShareStateConfig states(BrokerConfig config) {
        return new ShareStateConfig(
                config.intValue("share.coordinator.snapshot.update.records.per.snapshot"),
                config.longValue("share.coordinator.write.timeout.ms"),
                config.longValue("share.coordinator.state.topic.prune.interval.ms"));
    }
}
