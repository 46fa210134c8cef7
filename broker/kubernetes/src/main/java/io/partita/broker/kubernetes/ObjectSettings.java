package io.partita.broker.kubernetes;

import io.partita.broker.cluster.SetKeeper;
import io.partita.broker.cluster.TopicObject;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigDefinition;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.metadata.InternalTopics;
import io.partita.broker.metadata.TopicNames;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Topic;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What settings say, as objects have them now. Any thread. */
final class ObjectSettings implements SetKeeper.Settings {

    private static final ConfigDefinition MIN = TopicSettings.definitions().find(TopicSettings.MIN_INSYNC_REPLICAS);
    private static final ConfigDefinition UNCLEAN = TopicSettings.definitions().find(TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE);

    private final BrokerConfig atStart;
    private final Supplier<SeenObjects> objects;
    private final Predicate<UUID> asksForRecords;

    /**
     * @param atStart what this broker was started with
     * @param objects as they are now, gives {@code null} while that is not known
     * @param asksForRecords whether the Topic of an id is to begin with what is kept of another
     */
    ObjectSettings(BrokerConfig atStart, Supplier<SeenObjects> objects, Predicate<UUID> asksForRecords) {
        this.atStart = atStart;
        this.objects = objects;
        this.asksForRecords = asksForRecords;
    }

    private Cluster cluster() {
        SeenObjects seen = objects.get();
        return seen == null ? null : seen.cluster();
    }

    private BrokerConfig inForce() {
        Cluster cluster = cluster();
        return cluster == null ? atStart : atStart.overlaid(ObjectImages.liveSettings(cluster), Map.of());
    }

    @Override
    public int minInSync(TopicObject topic) {
        return Integer.parseInt(TopicSettings.effective(MIN, topic.configs(), inForce()));
    }

    /** The cluster's own topics have what the brokers' settings say, unless somebody has said it of the Topic. */
    @Override
    public int replicas(TopicObject topic, int brokers) {
        SeenObjects seen = objects.get();
        Topic object = seen == null || !TopicNames.isInternal(topic.name()) ? null : seen.topic(topic.id());
        return object == null || object.getSpec().replicas != null ? 0 : InternalTopics.replicas(topic.name(), atStart, brokers);
    }

    @Override
    public boolean isStaying(int broker) {
        Cluster cluster = cluster();
        return cluster != null && broker < cluster.getSpec().brokers;
    }

    @Override
    public long replacementDelayMillis() {
        return inForce().longValue("broker.replacement.delay.ms");
    }

    /** The operator sees nodes and volumes. */
    @Override
    public String lost(int broker) {
        Cluster cluster = cluster();
        return cluster == null || cluster.getStatus() == null
                ? null
                : cluster.getStatus().brokers.stream().filter(seen -> seen.id() == broker).map(BrokerStatus::lost).filter(Objects::nonNull).findFirst()
                        .orElse(null);
    }

    @Override
    public boolean isNewFilled() {
        return inForce().booleanValue("new.broker.rebalance.enable");
    }

    @Override
    public boolean isUncleanAllowed(TopicObject topic) {
        return Boolean.parseBoolean(TopicSettings.effective(UNCLEAN, topic.configs(), inForce()));
    }

    @Override
    public boolean asksForRecords(TopicObject topic) {
        return asksForRecords.test(topic.id());
    }

    @Override
    public boolean isRebalanced() {
        return inForce().booleanValue("auto.leader.rebalance.enable");
    }

    @Override
    public long undeleteMillis() {
        return inForce().longValue("log.undelete.retention.ms");
    }
}
