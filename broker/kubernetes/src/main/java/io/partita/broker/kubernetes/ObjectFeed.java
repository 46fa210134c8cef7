package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.partita.broker.cluster.BrokerObject;
import io.partita.broker.cluster.SetKeeper;
import io.partita.broker.cluster.TopicObject;
import io.partita.broker.cluster.TopicObject.Place;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.crds.Cluster;
import io.partita.crds.ForeignTopics;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Placed;
import io.partita.crds.ClusterStatus;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
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
import java.util.stream.Collectors;

/**
 * Tells a {@link SetKeeper} what the objects of Kubernetes say, whenever they say something else. A Topic that cannot be acted on (not placed, its status damaged or another object's) is told of as
 * it was before, if it was: only one that is gone is gone. Owned by the keeper's loop.
 */
final class ObjectFeed {

    private static final Comparator<Topic> AGE = Comparator
            .comparing((Topic topic) -> topic.getMetadata().getCreationTimestamp(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(topic -> topic.getMetadata().getUid(), Comparator.nullsLast(Comparator.naturalOrder()));

    private final SetKeeper keeper;
    /** By uid: the version of a Topic that was told of last. */
    private Map<String, String> told = new HashMap<>();
    private Set<String> sets = new HashSet<>();
    private Map<String, String> settings;
    private int wantedBrokers;

    ObjectFeed(SetKeeper keeper) {
        this.keeper = keeper;
    }

    /** Whether a Topic is placed in a cluster, by a status that is its own. */
    static boolean isPlaced(Topic topic, Cluster cluster) {
        TopicStatus status = topic.getStatus();
        return topic.getSpec() != null && !ForeignTopics.isForeign(topic) && cluster.getMetadata().getName().equals(topic.getSpec().cluster) && status != null
                && !status.places.isEmpty()
                && TopicRules.isOwnStatus(topic);
    }

    /**
     * Tells what is new.
     *
     * @param isThere whether the broker of a Lease is there
     * @param last the image before: of two Topics of one name the one that is in it stays
     * @return what is wrong with statuses, by object name
     */
    Map<String, String> tell(SeenObjects objects, Predicate<Lease> isThere, ClusterImage last) {
        objects.sets().forEach(set -> tell(set, objects.cluster().getMetadata().getName()));
        Set<String> present = new HashSet<>();
        objects.sets().forEach(set -> present.add(set.setOf(objects.cluster().getMetadata().getName())));
        sets.stream().filter(set -> !present.contains(set)).forEach(keeper::noSet);
        sets = present;
        keeper.brokers(brokers(objects, isThere));
        Map<String, String> damage = topics(objects, last);
        Map<String, String> live = ObjectImages.liveSettings(objects.cluster());
        int wanted = objects.cluster().getSpec().brokers;
        if (!live.equals(settings) || wanted != wantedBrokers) {
            settings = live;
            wantedBrokers = wanted;
            keeper.unsettle();
        }
        return damage;
    }

    private void tell(PartitionSetObject set, String cluster) {
        String name = set.setOf(cluster);
        if (name != null) {
            keeper.set(name, set.version(), set.getSpec().lines);
        }
    }

    private static List<BrokerObject> brokers(SeenObjects objects, Predicate<Lease> isThere) {
        List<BrokerObject> brokers = new ArrayList<>();
        Set<Integer> fenced = objects.cluster().fencedBrokers();
        for (Lease lease : objects.leases()) {
            BrokerImage broker = Registration.broker(lease, objects.cluster());
            if (broker != null && isThere.test(lease)) {
                brokers.add(new BrokerObject(new BrokerImage(broker.id(), List.of(), broker.rack()), new BrokerProcess(broker.id(), Registration.holder(lease)),
                        Registration.logs(lease), "-",
                        level(lease, objects.cluster()), Registration.isLeaving(lease) || fenced.contains(broker.id()), Registration.isHindered(lease),
                        Registration.isNew(lease), 0));
            }
        }
        return brokers;
    }

    /** Levels of Kubernetes began with another form before the sets. Nobody does what has not been finalized, whatever he can read; a cluster without a status is new. */
    private static int level(Lease lease, Cluster cluster) {
        boolean isFinalized = cluster.getStatus() == null || cluster.getStatus().level == null || cluster.getStatus().level >= ClusterStatus.LEVEL_MOVES;
        return isFinalized && Registration.level(lease) >= ClusterStatus.LEVEL_MOVES ? BrokerObject.LEVEL_MOVES : 1;
    }

    private Map<String, String> topics(SeenObjects objects, ClusterImage last) {
        Map<String, String> damage = new TreeMap<>();
        keeper.existing(objects.topics().stream().map(topic -> topic.getMetadata().getUid()).filter(ObjectFeed::isUuid).map(UUID::fromString)
                .collect(Collectors.toSet()));
        Map<String, Topic> byName = new HashMap<>();
        Set<String> uids = new HashSet<>();
        for (Topic topic : objects.topics()) {
            uids.add(topic.getMetadata().getUid());
            String found = topic.getStatus() == null ? null : TopicRules.damage(topic.getStatus());
            if (found != null) {
                damage.put(topic.getMetadata().getName(), found);
            } else if (!isUuid(topic.getMetadata().getUid())) {
                damage.put(topic.getMetadata().getName(), "its uid is no UUID");
            } else if (isPlaced(topic, objects.cluster())) {
                byName.merge(ObjectNames.kafkaName(topic), topic, (one, other) -> chosen(one, other, last));
            }
        }
        for (String name : keeper.topicNames()) {
            TopicObject before = keeper.topic(name);
            Topic now = byName.get(name);
            boolean isReplaced = now != null && !now.getMetadata().getUid().equals(before.id().toString());
            if (!uids.contains(before.id().toString()) || isReplaced) {
                keeper.noTopic(name);
            }
        }
        Map<String, String> next = new HashMap<>();
        byName.forEach((name, topic) -> {
            String uid = topic.getMetadata().getUid();
            next.put(uid, topic.getMetadata().getResourceVersion());
            if (!topic.getMetadata().getResourceVersion().equals(told.get(uid)) || keeper.topic(name) == null) {
                keeper.topic(object(name, topic, keeper.topic(name)));
            }
        });
        told = next;
        return damage;
    }

    /** Two placed objects of one name come only from a restored backup: the one that was shown stays, else all brokers take the older one. */
    private static Topic chosen(Topic one, Topic other, ClusterImage last) {
        boolean isOneShown = last.topic(UUID.fromString(one.getMetadata().getUid())) != null;
        boolean isOtherShown = last.topic(UUID.fromString(other.getMetadata().getUid())) != null;
        if (isOneShown != isOtherShown) {
            return isOneShown ? one : other;
        }
        return AGE.compare(one, other) <= 0 ? one : other;
    }

    /** What was placed once stays so, whoever edits the status. */
    private static TopicObject object(String name, Topic topic, TopicObject before) {
        TopicStatus status = topic.getStatus();
        List<Place> places = new ArrayList<>();
        for (Placed placed : Placed.read(status.places)) {
            places.add(new Place(placed.set(), placed.replicas()));
        }
        if (before != null) {
            for (int i = 0; i < before.places().size(); i++) {
                if (i < places.size()) {
                    places.set(i, before.places().get(i));
                } else {
                    places.add(before.places().get(i));
                }
            }
        }
        // Partitions of an earlier release are taken over by the operator, and are not to begin anew before that.
        int stored = Boolean.TRUE.equals(status.adopting) ? places.size() : status.stored == null ? 0 : status.stored;
        int atLeast = before == null ? 0 : before.storedCount();
        return new TopicObject(name, UUID.fromString(topic.getMetadata().getUid()), places, Math.min(places.size(), Math.max(stored, atLeast)),
                ObjectImages.settings(topic));
    }

    private static boolean isUuid(String uid) {
        try {
            return uid != null && UUID.fromString(uid) != null;
        } catch (IllegalArgumentException no) {
            return false;
        }
    }
}
