package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.cluster.SetKeeper;
import io.partita.broker.config.ConfigDefinition;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionState;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.BrokerImage.Standing;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Topic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;

/** What the objects of Kubernetes say, as the broker's image. Pure functions. */
final class ObjectImages {

    private ObjectImages() {}

    /**
     * An image, and what it leaves out.
     *
     * @param hidden topics that exist and are not shown: not placed yet, of another cluster, or with a status nobody can act on
     * @param damage what is wrong with statuses, by object name
     */
    record Look(ClusterImage image, Set<UUID> hidden, Map<String, String> damage) {}

    /**
     * @param isThere whether the broker of a Lease is there
     * @param keeper was told of the objects, and knows the state of partitions
     * @param damage what is wrong with statuses, by object name
     * @param self this process: what an earlier process of this broker led has no leader until this one is elected
     * @param former the process that died here and whose partitions without a second replica this one goes on with, {@code null} for none
     * @param isFenced whether another process has taken this broker's place, so that this one leads nothing
     * @param broker this broker, which is there whatever its Lease says
     * @param last the image before
     */
    static Look look(SeenObjects objects, Predicate<Lease> isThere, SetKeeper keeper, Map<String, String> damage, BrokerProcess self,
            BrokerProcess former, boolean isFenced, BrokerImage broker, ClusterImage last) {
        Cluster cluster = objects.cluster();
        List<BrokerImage> brokers = new ArrayList<>();
        brokers.add(withZone(broker, cluster));
        for (Lease lease : objects.leases()) {
            BrokerImage other = Registration.broker(lease, cluster);
            if (other != null && other.id() != broker.id() && isThere.test(lease) && keeper.isReached(other.id())) {
                brokers.add(withZone(other.as(standing(lease)), cluster));
            }
        }
        List<TopicImage> topics = new ArrayList<>();
        Set<UUID> hidden = new HashSet<>();
        objects.topics().forEach(topic -> hidden.add(id(topic)));
        hidden.remove(null);
        for (String name : keeper.topicNames()) {
            UUID id = keeper.topic(name).id();
            TopicImage image = keeper.image(id, last.topic(id));
            if (image != null) {
                hidden.remove(id);
                topics.add(asLed(image, self, former, isFenced, last.topic(id)));
            }
        }
        Map<String, String> settings = liveSettings(cluster);
        ClusterImage image = ClusterImage.of(cluster.id(), brokers, topics, settings.isEmpty() ? Map.of() : Map.of(ClusterImage.ALL_BROKERS, settings));
        return new Look(image, hidden, damage);
    }

    private static UUID id(Topic topic) {
        try {
            return UUID.fromString(topic.getMetadata().getUid());
        } catch (IllegalArgumentException noUuid) {
            return null;
        }
    }

    /** A partition that a former process led alone, as if it had been this one. */
    private static PartitionImage goneOnWith(PartitionImage partition, BrokerProcess self, BrokerProcess former) {
        PartitionState state = partition.stored().state();
        boolean isOurs = former != null && state.isLedBy(former) && state.replicas().size() == 1;
        return !isOurs
                ? partition
                : PartitionImage.of(
                        new PartitionState(state.replicas(), self, state.epoch(), state.version(), state.isr(), state.minInSync(), state.uncleanEpoch(),
                                state.reassignment()),
                        partition.stored().objectVersion());
    }

    /** What names another process of this broker than this one has no leader for clients: that process is gone, or this one is not to be asked. */
    private static TopicImage asLed(TopicImage topic, BrokerProcess self, BrokerProcess former, boolean isFenced, TopicImage before) {
        List<PartitionImage> partitions = new ArrayList<>(topic.partitions().size());
        boolean isSame = true;
        for (PartitionImage stored : topic.partitions()) {
            PartitionImage partition = goneOnWith(stored, self, former);
            BrokerProcess leader = partition.stored().state().leader();
            boolean isOurs = leader != null && leader.broker() == self.broker();
            int shown = leader == null || isOurs && (isFenced || !leader.equals(self)) ? PartitionImage.NO_LEADER : leader.broker();
            partitions.add(shown == partition.leader()
                    ? partition
                    : new PartitionImage(shown, partition.leaderEpoch(), partition.version(), partition.replicas(), partition.inSyncReplicas(),
                            partition.stored()));
            isSame &= shown == stored.leader() && partition == stored;
        }
        TopicImage shown = isSame ? topic : new TopicImage(topic.name(), topic.id(), partitions, topic.configs());
        return shown.equals(before) ? before : shown;
    }

    /**
     * The topic's settings, or of the last ones the operator found valid those that this release knows: an operator of a newer one knows more, and what retention there is must
     * not go with a setting beside it.
     */
    static Map<String, String> settings(Topic topic) {
        Map<String, String> wanted = topic.getSpec().config;
        if (TopicSettings.problem(wanted) == null) {
            return TopicSettings.canonical(wanted);
        }
        Map<String, String> known = new TreeMap<>();
        Map<String, String> valid = topic.getStatus() == null || topic.getStatus().config == null ? wanted : topic.getStatus().config;
        valid.forEach((name, value) -> {
            known.put(name, value);
            if (TopicSettings.problem(known) != null) {
                known.remove(name);
            }
        });
        return TopicSettings.canonical(known);
    }

    /** Those of the cluster's settings that apply while brokers run; the others come with a broker's start. */
    static Map<String, String> liveSettings(Cluster cluster) {
        Map<String, String> live = new TreeMap<>();
        cluster.getSpec().config.forEach((name, value) -> {
            ConfigDefinition definition = BrokerSettings.definitions().find(name);
            if (definition != null && definition.update() == ConfigDefinition.Update.AT_ONCE && definition.problem(value) == null) {
                live.put(name, definition.canonical(value));
            }
        });
        return live;
    }

    private static Standing standing(Lease lease) {
        if (Registration.isLeaving(lease)) {
            return Standing.STOPPING;
        }
        return Registration.isHindered(lease) ? Standing.HINDERED : Standing.SERVING;
    }

    private static BrokerImage withZone(BrokerImage broker, Cluster cluster) {
        if (cluster.getStatus() != null) {
            for (BrokerStatus status : cluster.getStatus().brokers) {
                if (status.id() == broker.id() && status.zone() != null) {
                    return new BrokerImage(broker.id(), broker.endpoints(), status.zone(), broker.standing());
                }
            }
        }
        return broker;
    }
}
