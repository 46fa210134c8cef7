package io.partita.broker;

import io.partita.broker.config.GroupSettings;
import io.partita.broker.group.ConsumerGroupConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.Topics;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Lets the group coordinator know the topics there are, and the settings of groups, step by step. */
final class GroupTopics {

    private GroupTopics() {}

    /** To be called in each step, before the partitions that are led from then on are served. */
    static void follow(GroupCoordinator groups, ConsumerGroupConfig config, ShareSettings shares, StreamsSettings streams, ImageChange change) {
        ClusterImage after = change.after();
        groups.settingsChanged(id -> {
            Map<String, String> own = after.groupConfigs(id);
            return own.isEmpty()
                    ? config
                    : config.with(intValue(own, GroupSettings.CONSUMER_SESSION_TIMEOUT_MS), intValue(own, GroupSettings.CONSUMER_HEARTBEAT_INTERVAL_MS));
        });
        groups.shareSettingsChanged(id -> shares.members(after, id));
        groups.streamsSettingsChanged(id -> streams.of(after, id));
        var names = new ArrayList<String>();
        change.deleted().forEach(topic -> names.add(topic.name()));
        change.created().forEach(topic -> names.add(topic.name()));
        for (TopicImage topic : change.changed()) {
            // Leaders and replicas change often, and mean nothing for who reads what.
            TopicImage before = change.before().topic(topic.id());
            if (before == null || before.partitions().size() != topic.partitions().size()) {
                names.add(topic.name());
            }
        }
        groups.topicsChanged(new OfImage(change.after()), names);
    }

    private static Integer intValue(Map<String, String> own, String name) {
        String value = own.get(name);
        return value == null ? null : Integer.valueOf(value.trim());
    }

    /** The topics of an image. */
    private record OfImage(ClusterImage image) implements Topics {

        @Override
        public Topic find(String name) {
            return of(image.topic(name));
        }

        @Override
        public Topic find(UUID id) {
            return of(image.topic(id));
        }

        private static Topic of(TopicImage topic) {
            return topic == null ? null : new Topic(topic.name(), topic.id(), topic.partitions().size());
        }

        @Override
        public Collection<String> names() {
            List<String> names = new ArrayList<>();
            image.topics().forEach(topic -> names.add(topic.name()));
            return names;
        }
    }
}
