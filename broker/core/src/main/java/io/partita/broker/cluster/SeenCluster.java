package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Listing;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionState;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.security.Acls;
import io.partita.broker.security.sasl.ScramUsers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects of a cluster as they were seen last, from wherever: a watch, a list, the answer to a write. No object goes back to an earlier version. Notes what has changed since it was
 * asked last, so that nobody has to look at everything. What cannot be read is said to be so, and stays as it was before. Owned by the store's loop.
 */
final class SeenCluster {

    private static final Logger LOG = LoggerFactory.getLogger(SeenCluster.class);

    private static final String SETS = "sets/";

    /** A broker's registration as it was seen. */
    record SeenBroker(BrokerObject object, long version) {}

    /** A topic as it was seen. */
    record SeenTopic(TopicObject object, long version) {}

    /**
     * A set as it was seen.
     *
     * @param isDamaged whether what is there now cannot be read; {@code set} is then what was there before, and it is not to be written
     */
    record SeenSet(PartitionSet set, long version, boolean isDamaged) {

        static final SeenSet NONE = new SeenSet(PartitionSet.EMPTY, ObjectStore.ABSENT, false);
    }

    /** By name, also of objects that are gone: nothing that was before comes back by a late answer. */
    private final Map<String, Long> versions = new HashMap<>();
    private ClusterObject cluster;
    private long clusterVersion;
    private Acls acls = Acls.NONE;
    private long aclsVersion = ObjectStore.ABSENT;
    private ClientQuotas quotas = ClientQuotas.NONE;
    private long quotasVersion = ObjectStore.ABSENT;
    private ScramUsers users = ScramUsers.NONE;
    private long usersVersion = ObjectStore.ABSENT;
    private final Map<Integer, SeenBroker> brokers = new TreeMap<>();
    private final Map<String, SeenTopic> topics = new TreeMap<>();
    private final Map<UUID, String> names = new HashMap<>();
    /** Topics some of whose partitions are not known to have been stored, and by set those that have some of these there. */
    private final Set<String> unstored = new LinkedHashSet<>();
    private final Map<String, Set<String>> unstoredBySet = new HashMap<>();
    private final Map<String, SeenSet> sets = new TreeMap<>();
    /** How many partitions are placed in each set. */
    private final Map<String, Integer> placed = new HashMap<>();
    private final Set<String> damaged = new HashSet<>();

    private Set<UUID> touchedTopics = new LinkedHashSet<>();
    private Set<String> touchedSets = new LinkedHashSet<>();
    private boolean brokersTouched;
    private boolean clusterTouched;

    static String setName(String objectName) {
        return objectName.startsWith(SETS) ? objectName.substring(SETS.length()) : null;
    }

    static String setObjectName(String set) {
        return SETS + set;
    }

    /**
     * An object as it was in a version.
     *
     * @param text {@code null} when it was gone
     * @return whether that is news
     */
    boolean see(String name, long version, String text) {
        if (version <= versions.getOrDefault(name, ObjectStore.ABSENT)) {
            return false;
        }
        versions.put(name, version);
        try {
            seeOne(name, version, text);
            damaged.remove(name);
        } catch (UnreadableException unreadable) {
            tellDamage(name, unreadable.getMessage());
        }
        return true;
    }

    private void tellDamage(String name, String what) {
        if (damaged.add(name)) {
            LOG.error("The object {} cannot be read and is not used: {}. What was seen of it before is served; put it back as it was.", name, what);
        }
    }

    /** Everything there is: what is not in it is gone. */
    void seeAll(Listing listing) {
        Set<String> present = new HashSet<>();
        for (Stored object : listing.objects()) {
            present.add(object.name());
            see(object.name(), object.version(), object.text());
        }
        for (String name : List.copyOf(versions.keySet())) {
            boolean isKnown = isThere(name);
            if (!present.contains(name) && isKnown) {
                see(name, listing.version(), null);
            }
        }
    }

    /** Whether a list has an object in an earlier version than one that the store must have had by then: only a copy that was put in the store's place explains that. */
    boolean isOlderThanSeen(Listing listing) {
        return listing.objects().stream().anyMatch(object -> {
            long known = versions.getOrDefault(object.name(), ObjectStore.ABSENT);
            return object.version() < known && known <= listing.version();
        });
    }

    private boolean isThere(String name) {
        String topic = TopicObject.topicOf(name);
        String set = setName(name);
        boolean isWhole = name.equals(AclsObject.NAME) && aclsVersion != ObjectStore.ABSENT
                || name.equals(QuotasObject.NAME) && quotasVersion != ObjectStore.ABSENT
                || name.equals(UsersObject.NAME) && usersVersion != ObjectStore.ABSENT;
        return isWhole || topic != null && topics.containsKey(topic) || set != null && sets.containsKey(set)
                || brokers.values().stream().anyMatch(broker -> BrokerObject.objectName(broker.object.broker().id()).equals(name));
    }

    private void seeOne(String name, long version, String text) throws UnreadableException {
        String topic = TopicObject.topicOf(name);
        String set = setName(name);
        if (topic != null) {
            seeTopic(topic, version, text);
        } else if (set != null) {
            seeSet(name, set, version, text);
        } else if (BrokerObject.isName(name)) {
            seeBroker(name, version, text);
        } else if (name.equals(ClusterObject.NAME) && text != null) {
            cluster = ClusterObject.read(text);
            clusterVersion = version;
            clusterTouched = true;
        } else if (name.equals(AclsObject.NAME)) {
            acls = text == null ? Acls.NONE : AclsObject.read(text);
            aclsVersion = text == null ? ObjectStore.ABSENT : version;
        } else if (name.equals(QuotasObject.NAME)) {
            quotas = text == null ? ClientQuotas.NONE : QuotasObject.read(text);
            quotasVersion = text == null ? ObjectStore.ABSENT : version;
        } else if (name.equals(UsersObject.NAME)) {
            users = text == null ? ScramUsers.NONE : UsersObject.read(text);
            usersVersion = text == null ? ObjectStore.ABSENT : version;
        }
    }

    private void seeBroker(String name, long version, String text) throws UnreadableException {
        if (text == null) {
            brokers.values().removeIf(broker -> BrokerObject.objectName(broker.object.broker().id()).equals(name));
        } else {
            BrokerObject object = BrokerObject.read(text);
            brokers.put(object.broker().id(), new SeenBroker(object, version));
        }
        brokersTouched = true;
    }

    private void seeTopic(String name, long version, String text) throws UnreadableException {
        TopicObject object = text == null ? null : TopicObject.read(name, text);
        SeenTopic before = topics.remove(name);
        if (before != null) {
            names.remove(before.object.id());
            if (unstored.remove(name)) {
                before.object.places().forEach(place -> unstoredBySet.getOrDefault(place.set(), new HashSet<>()).remove(name));
            }
            count(before.object, -1);
            touchedTopics.add(before.object.id());
        }
        if (object != null) {
            topics.put(name, new SeenTopic(object, version));
            names.put(object.id(), name);
            count(object, 1);
            touchedTopics.add(object.id());
            if (object.storedCount() < object.places().size()) {
                unstored.add(name);
                object.places().forEach(place -> {
                    touchedSets.add(place.set());
                    unstoredBySet.computeIfAbsent(place.set(), set -> new LinkedHashSet<>()).add(name);
                });
            }
        }
        boolean isConfigured = before != null && object != null && !before.object.configs().equals(object.configs());
        if (isConfigured || object == null && before != null) {
            (object == null ? before.object : object).places().forEach(place -> touchedSets.add(place.set()));
        }
    }

    private void count(TopicObject topic, int sign) {
        for (TopicObject.Place place : topic.places()) {
            placed.merge(place.set(), sign, Integer::sum);
        }
    }

    private void seeSet(String objectName, String name, long version, String text) {
        SeenSet before = set(name);
        PartitionSet next = before.set;
        boolean isDamaged = false;
        if (text == null && before.set.states().isEmpty()) {
            sets.remove(name);
            return;
        }
        if (text == null) {
            // Lost: what was seen stays shown, and is not made anew from nothing.
            isDamaged = true;
            tellDamage(objectName, "it was deleted, with the states of " + before.set.states().size() + " partitions");
        } else {
            switch (PartitionSetText.read(ObjectText.split(text))) {
                case PartitionSetText.Reading.Whole(PartitionSet whole) -> next = whole;
                case PartitionSetText.Reading.Damaged(String sentence) -> {
                    isDamaged = true;
                    tellDamage(objectName, sentence);
                }
                case PartitionSetText.Reading.Newer(int format) -> {
                    isDamaged = true;
                    tellDamage(objectName, "a later release has written it, in format " + format);
                }
            }
        }
        sets.put(name, new SeenSet(next, version, isDamaged));
        touchedSets.add(name);
        touch(before.set, next);
    }

    /** Notes whose topics differ. */
    private void touch(PartitionSet before, PartitionSet after) {
        after.states().forEach((key, state) -> {
            if (!state.equals(before.states().get(key))) {
                touchedTopics.add(key.topicId());
            }
        });
        for (PartitionKey key : before.states().keySet()) {
            if (!after.states().containsKey(key)) {
                touchedTopics.add(key.topicId());
            }
        }
    }

    // ---- what was seen

    /** {@code null} when it was not seen yet. */
    ClusterObject cluster() {
        return cluster;
    }

    long clusterVersion() {
        return clusterVersion;
    }

    Acls acls() {
        return acls;
    }

    long aclsVersion() {
        return aclsVersion;
    }

    ClientQuotas quotas() {
        return quotas;
    }

    long quotasVersion() {
        return quotasVersion;
    }

    ScramUsers users() {
        return users;
    }

    long usersVersion() {
        return usersVersion;
    }

    /** Whether there are topics of which nobody can say which they are. */
    boolean hasUnreadableTopics() {
        return damaged.stream().anyMatch(name -> TopicObject.topicOf(name) != null);
    }

    /** Ids of all topics. */
    Set<UUID> topicIds() {
        return Set.copyOf(names.keySet());
    }

    /** How many partitions each topic is to have, by name. */
    Map<String, Integer> partitionCounts() {
        Map<String, Integer> counts = new HashMap<>();
        topics.forEach((name, topic) -> counts.put(name, topic.object().places().size()));
        return counts;
    }

    Collection<SeenBroker> brokers() {
        return brokers.values();
    }

    SeenBroker broker(int id) {
        return brokers.get(id);
    }

    /** {@code null} when there is none. */
    SeenTopic topic(String name) {
        return topics.get(name);
    }

    /** {@code null} when there is none. */
    SeenTopic topic(UUID id) {
        String name = names.get(id);
        return name == null ? null : topics.get(name);
    }

    /** Topics some of whose partitions are not known to have been stored. */
    List<TopicObject> unstored() {
        return unstored.stream().map(name -> topics.get(name).object).toList();
    }

    /** Those of them that have partitions in a set. */
    List<TopicObject> unstoredIn(String set) {
        return unstoredBySet.getOrDefault(set, Set.of()).stream().map(name -> topics.get(name).object).toList();
    }

    Set<String> setNames() {
        return sets.keySet();
    }

    /** The set of a name, {@link SeenSet#NONE} when there is none. */
    SeenSet set(String name) {
        return sets.getOrDefault(name, SeenSet.NONE);
    }

    /** How many partitions are placed in a set. */
    int placedIn(String set) {
        return placed.getOrDefault(set, 0);
    }

    /** The set that a partition is placed in, {@code null} when there is no such partition. */
    String setOf(PartitionKey key) {
        SeenTopic topic = topic(key.topicId());
        return topic == null || key.partition() >= topic.object.places().size() ? null : topic.object.places().get(key.partition()).set();
    }

    /** The state of a partition in the set it is placed in, {@code null} when it is not there. */
    PartitionState state(PartitionKey key) {
        String set = setOf(key);
        return set == null ? null : set(set).set.states().get(key);
    }

    // ---- what has changed

    /** What has changed since this was asked last. */
    record Touched(Set<UUID> topics, Set<String> sets, boolean brokers, boolean cluster) {}

    Touched takeTouched() {
        Touched touched = new Touched(touchedTopics, touchedSets, brokersTouched, clusterTouched);
        touchedTopics = new LinkedHashSet<>();
        touchedSets = new LinkedHashSet<>();
        brokersTouched = false;
        clusterTouched = false;
        return touched;
    }

    // ---- images

    /**
     * A topic as it is to be shown, {@code null} when it is not: no such topic, or some of its partitions have no entry and never had.
     *
     * @param before how it was shown last: a partition whose entry is missing now stays as it was
     */
    TopicImage image(UUID id, TopicImage before) {
        SeenTopic topic = topic(id);
        if (topic == null) {
            return null;
        }
        TopicObject object = topic.object;
        List<PartitionImage> partitions = new ArrayList<>(object.places().size());
        for (int i = 0; i < object.places().size(); i++) {
            PartitionImage was = before == null ? null : before.partition(i);
            PartitionImage now = image(object.key(i), object.places().get(i).set(), was);
            if (now == null) {
                // Partitions that are yet to come are not shown; the others are.
                break;
            }
            partitions.add(now);
        }
        boolean isWhole = partitions.size() == object.places().size() || !partitions.isEmpty() && before != null;
        return isWhole ? new TopicImage(object.name(), id, partitions, object.configs()) : null;
    }

    private PartitionImage image(PartitionKey key, String setName, PartitionImage was) {
        SeenSet set = set(setName);
        PartitionState state = set.set.states().get(key);
        if (state == null) {
            return was;
        }
        boolean isAsBefore = was != null && was.stored() != null && Objects.equals(was.stored().state(), state);
        return isAsBefore ? was : PartitionImage.of(state, set.version);
    }

    /** The process last heard of as a broker, {@code null} when none is there. */
    BrokerProcess process(int broker) {
        SeenBroker seen = brokers.get(broker);
        return seen == null ? null : seen.object.process();
    }
}
