package io.partita.broker.cluster;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigDefinition;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.InternalTopics;
import io.partita.broker.metadata.TopicNames;
import java.util.Map;

/** What settings say of topics and brokers where the cluster's own are in its object: those above this broker's. Owned by the store's loop. */
final class StoreSettings implements Duties.Settings, SelfMoves.Settings {

    private static final ConfigDefinition MIN = TopicSettings.definitions().find(TopicSettings.MIN_INSYNC_REPLICAS);
    private static final ConfigDefinition UNCLEAN = TopicSettings.definitions().find(TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE);

    private final SeenCluster seen;
    private final BrokerConfig config;

    /** @param config as this broker was started with it */
    StoreSettings(SeenCluster seen, BrokerConfig config) {
        this.seen = seen;
        this.config = config;
    }

    private BrokerConfig inForce() {
        ClusterObject cluster = seen.cluster();
        return cluster == null ? config : config.overlaid(cluster.settings(ClusterImage.ALL_BROKERS), Map.of());
    }

    /** Whether leaders go back to those that are to lead. */
    boolean isRebalanced() {
        return inForce().booleanValue("auto.leader.rebalance.enable");
    }

    @Override
    public boolean isStaying(int broker) {
        return true;
    }

    @Override
    public long replacementDelayMillis() {
        return inForce().longValue("broker.replacement.delay.ms");
    }

    /** Nobody is there who could know. */
    @Override
    public String lost(int broker) {
        return null;
    }

    @Override
    public boolean isNewFilled() {
        return inForce().booleanValue("new.broker.rebalance.enable");
    }

    @Override
    public int minInSync(TopicObject topic) {
        return Integer.parseInt(TopicSettings.effective(MIN, topic.configs(), inForce()));
    }

    @Override
    public int replicas(TopicObject topic, int brokers) {
        return TopicNames.isInternal(topic.name()) ? InternalTopics.replicas(topic.name(), config, brokers) : 0;
    }

    @Override
    public boolean isUncleanAllowed(TopicObject topic) {
        return Boolean.parseBoolean(TopicSettings.effective(UNCLEAN, topic.configs(), inForce()));
    }

    @Override
    public boolean asksForRecords(TopicObject topic) {
        return false;
    }
}
