package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.config.ConfigDefinition;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionStatus;
import io.partita.crds.PartitionStatus.InSyncReplica;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
     * @param self this process: what an earlier process of this broker led has no leader until this one is elected
     * @param isFenced whether another process has taken this broker's place, so that this one leads nothing
     * @param broker this broker, which is there whatever its Lease says
     * @param last the image before. A topic that is there but cannot be read stays as it was in it, and no partition goes back behind what it was in it
     */
    static Look look(SeenObjects objects, Predicate<Lease> isThere, Leader self, boolean isFenced, BrokerImage broker, ClusterImage last) {
        Cluster cluster = objects.cluster();
        List<BrokerImage> brokers = new ArrayList<>();
        brokers.add(withZone(broker, cluster));
        for (Lease lease : objects.leases()) {
            BrokerImage other = Registration.broker(lease, cluster);
            if (other != null && other.id() != broker.id() && isThere.test(lease)) {
                brokers.add(withZone(other, cluster));
            }
        }
        Map<String, TopicImage> byName = new HashMap<>();
        Set<UUID> hidden = new HashSet<>();
        Map<String, String> damage = new TreeMap<>();
        objects.topics().stream().sorted(AGE).forEach(topic -> {
            TopicImage image = image(topic, cluster, self, last, hidden, damage);
            // Two placed objects of one name come only from a restored backup: the one that was shown stays, else all brokers take the older one.
            TopicImage rival = image == null ? null : byName.get(image.name());
            boolean isShown = image != null && (rival == null || last.topic(rival.id()) == null && last.topic(image.id()) != null);
            if (isShown) {
                byName.put(image.name(), isFenced ? without(image, broker.id()) : image);
            }
            TopicImage left = isShown ? rival : image;
            if (left != null) {
                hidden.add(left.id());
            }
        });
        Map<String, String> settings = liveSettings(cluster);
        ClusterImage image = ClusterImage.of(cluster.id(), brokers, List.copyOf(byName.values()),
                settings.isEmpty() ? Map.of() : Map.of(ClusterImage.ALL_BROKERS, settings));
        return new Look(image, hidden, damage);
    }

    /** The image of one topic, {@code null} when there is none to show; its id is then among the hidden ones. */
    private static TopicImage image(Topic topic, Cluster cluster, Leader self, ClusterImage last, Set<UUID> hidden, Map<String, String> damage) {
        UUID id;
        try {
            id = UUID.fromString(topic.getMetadata().getUid());
        } catch (IllegalArgumentException noUuid) {
            damage.put(topic.getMetadata().getName(), "its uid is no UUID");
            return null;
        }
        TopicImage before = last.topic(id);
        String found = topic.getStatus() == null ? null : TopicRules.damage(topic.getStatus());
        if (found != null) {
            damage.put(topic.getMetadata().getName(), found);
        }
        TopicImage image = found == null && isVisible(topic, cluster) ? topic(ObjectNames.kafkaName(topic), id, topic, self, before) : before;
        if (image == null) {
            hidden.add(id);
        }
        return image;
    }

    private static TopicImage without(TopicImage topic, int broker) {
        List<PartitionImage> partitions = topic.partitions().stream()
                .map(it -> it.leader() != broker
                        ? it
                        : new PartitionImage(PartitionImage.NO_LEADER, it.leaderEpoch(), it.version(), it.replicas(), it.inSyncReplicas()))
                .toList();
        return new TopicImage(topic.name(), topic.id(), partitions, topic.configs());
    }

    private static final Comparator<Topic> AGE = Comparator
            .comparing((Topic topic) -> topic.getMetadata().getCreationTimestamp(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(topic -> topic.getMetadata().getUid(), Comparator.nullsLast(Comparator.naturalOrder()));

    /** Whether a topic can be acted on: it is in this cluster, placed, its status is its own, and nothing is wrong with that. */
    static boolean isSound(Topic topic, Cluster cluster) {
        return isVisible(topic, cluster) && TopicRules.damage(topic.getStatus()) == null;
    }

    private static boolean isVisible(Topic topic, Cluster cluster) {
        return topic.getSpec() != null && cluster.getMetadata().getName().equals(topic.getSpec().cluster)
                && topic.getStatus() != null && !topic.getStatus().partitions.isEmpty() && TopicRules.isOwnStatus(topic);
    }

    private static TopicImage topic(String name, UUID id, Topic topic, Leader self, TopicImage before) {
        List<PartitionStatus> statuses = topic.getStatus().partitions;
        int known = before == null ? 0 : before.partitions().size();
        List<PartitionImage> partitions = new ArrayList<>(Math.max(known, statuses.size()));
        for (PartitionStatus partition : statuses) {
            PartitionImage was = before == null ? null : before.partition(partition.partition());
            boolean isOlder = was != null && (partition.version() < was.version() || partition.leaderEpoch() < was.leaderEpoch());
            partitions.add(isOlder
                    ? was
                    : new PartitionImage(leader(partition, self), partition.leaderEpoch(), partition.version(), partition.replicas(),
                            partition.isr().stream().map(InSyncReplica::broker).toList()));
        }
        for (int index = statuses.size(); index < known; index++) {
            partitions.add(before.partition(index));
        }
        return new TopicImage(name, id, partitions, settings(topic));
    }

    private static int leader(PartitionStatus partition, Leader self) {
        Leader leader = partition.leader();
        boolean earlierProcess = leader != null && leader.broker() == self.broker() && !leader.equals(self);
        return leader == null || earlierProcess ? PartitionImage.NO_LEADER : leader.broker();
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
        Map<String, String> valid = topic.getStatus().config == null ? wanted : topic.getStatus().config;
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

    private static BrokerImage withZone(BrokerImage broker, Cluster cluster) {
        if (cluster.getStatus() != null) {
            for (BrokerStatus status : cluster.getStatus().brokers) {
                if (status.id() == broker.id() && status.zone() != null) {
                    return new BrokerImage(broker.id(), broker.endpoints(), status.zone());
                }
            }
        }
        return broker;
    }
}
