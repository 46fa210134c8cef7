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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;

/** What the objects of Kubernetes say, as the broker's image. Pure functions. */
final class ObjectImages {

    private ObjectImages() {}

    /**
     * @param isThere whether the broker of a Lease is there
     * @param self this process: what an earlier process of this broker led has no leader until this one is elected
     * @param broker this broker, which is there whatever its Lease says
     */
    static ClusterImage image(SeenObjects objects, Predicate<Lease> isThere, Leader self, BrokerImage broker) {
        Cluster cluster = objects.cluster();
        List<BrokerImage> brokers = new ArrayList<>();
        brokers.add(withZone(broker, cluster));
        for (Lease lease : objects.leases()) {
            BrokerImage other = Registration.broker(lease, cluster);
            if (other != null && other.id() != broker.id() && isThere.test(lease)) {
                brokers.add(withZone(other, cluster));
            }
        }
        Map<String, Topic> byName = new HashMap<>();
        for (Topic topic : objects.topics()) {
            if (isVisible(topic, cluster)) {
                // Two placed objects of one name come only from a restored backup; all brokers must take the same.
                byName.merge(ObjectNames.kafkaName(topic), topic, (a, b) -> AGE.compare(a, b) <= 0 ? a : b);
            }
        }
        List<TopicImage> images = new ArrayList<>(byName.size());
        byName.forEach((name, topic) -> images.add(topic(name, topic, self)));
        Map<String, String> settings = liveSettings(cluster);
        return ClusterImage.of(cluster.getMetadata().getUid(), brokers, images, settings.isEmpty() ? Map.of() : Map.of(ClusterImage.ALL_BROKERS, settings));
    }

    private static final Comparator<Topic> AGE = Comparator
            .comparing((Topic topic) -> topic.getMetadata().getCreationTimestamp(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(topic -> topic.getMetadata().getUid(), Comparator.nullsLast(Comparator.naturalOrder()));

    /** Whether clients see a topic: it is placed, in this cluster, and its status is its own. */
    static boolean isVisible(Topic topic, Cluster cluster) {
        return topic.getSpec() != null && cluster.getMetadata().getName().equals(topic.getSpec().cluster)
                && topic.getStatus() != null && !topic.getStatus().partitions.isEmpty() && TopicRules.isOwnStatus(topic);
    }

    private static TopicImage topic(String name, Topic topic, Leader self) {
        List<PartitionImage> partitions = new ArrayList<>(topic.getStatus().partitions.size());
        for (PartitionStatus partition : topic.getStatus().partitions) {
            partitions.add(new PartitionImage(leader(partition, self), partition.leaderEpoch(), partition.version(), partition.replicas(),
                    partition.isr().stream().map(InSyncReplica::broker).toList()));
        }
        return new TopicImage(name, UUID.fromString(topic.getMetadata().getUid()), partitions, settings(topic));
    }

    private static int leader(PartitionStatus partition, Leader self) {
        Leader leader = partition.leader();
        boolean earlierProcess = leader != null && leader.broker() == self.broker() && !leader.equals(self);
        return leader == null || earlierProcess ? PartitionImage.NO_LEADER : leader.broker();
    }

    /** The topic's settings, or the last ones the operator found valid. */
    static Map<String, String> settings(Topic topic) {
        Map<String, String> wanted = topic.getSpec().config;
        if (TopicSettings.problem(wanted) == null) {
            return TopicSettings.canonical(wanted);
        }
        Map<String, String> valid = topic.getStatus().config;
        return valid != null && TopicSettings.problem(valid) == null ? TopicSettings.canonical(valid) : Map.of();
    }

    /** Those of the cluster's settings that apply while brokers run; the others come with a broker's start. */
    private static Map<String, String> liveSettings(Cluster cluster) {
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
