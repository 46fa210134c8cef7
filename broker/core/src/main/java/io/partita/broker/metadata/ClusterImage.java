package io.partita.broker.metadata;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Acls;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.sasl.ScramUsers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What the cluster looked like at one moment. Immutable, read by every thread without locks; a later look is another object. One request works
 * with one image from beginning to end.
 */
public final class ClusterImage {

    /** In place of a broker's number, for the settings of all brokers. */
    public static final int ALL_BROKERS = -1;

    private final String clusterId;
    private final int controllerId;
    private final List<BrokerImage> brokers;
    private final TopicTable topics;
    private final Map<Integer, Map<String, String>> brokerConfigs;
    private final Map<String, Map<String, String>> groupConfigs;
    private final Acls acls;
    private final ClientQuotas quotas;
    private final ScramUsers scramUsers;
    private final Map<String, KnownUser> knownUsers;
    private volatile List<TopicImage> sortedTopics;

    private ClusterImage(
            String clusterId,
            int controllerId,
            List<BrokerImage> brokers,
            TopicTable topics,
            Map<Integer, Map<String, String>> brokerConfigs,
            Map<String, Map<String, String>> groupConfigs,
            Acls acls,
            ClientQuotas quotas,
            ScramUsers scramUsers,
            Map<String, KnownUser> knownUsers) {
        this.clusterId = clusterId;
        this.controllerId = controllerId;
        this.brokers = brokers;
        this.topics = topics;
        this.brokerConfigs = brokerConfigs;
        this.groupConfigs = groupConfigs;
        this.acls = acls;
        this.quotas = quotas;
        this.scramUsers = scramUsers;
        this.knownUsers = knownUsers;
    }

    /** A cluster in which there is nothing yet. */
    public static ClusterImage empty(String clusterId) {
        return new ClusterImage(clusterId, PartitionImage.NO_LEADER, List.of(), TopicTable.EMPTY, Map.of(), Map.of(), Acls.NONE, ClientQuotas.NONE,
                ScramUsers.NONE, Map.of());
    }

    /** A cluster as a store of another kind reads it. No two topics may have one name. */
    public static ClusterImage of(String clusterId, List<BrokerImage> brokers, List<TopicImage> topics, Map<Integer, Map<String, String>> brokerConfigs) {
        Edit edit = empty(clusterId).edit();
        brokers.forEach(edit::put);
        topics.forEach(edit::put);
        brokerConfigs.forEach(edit::put);
        return edit.done();
    }

    public String clusterId() {
        return clusterId;
    }

    /** The broker that clients are told is the controller; -1 when there is none. Every broker takes every request, so it is just a name. */
    public int controllerId() {
        return controllerId;
    }

    /** Whether a broker is there that does not stop. */
    public boolean isAnybodyStaying() {
        return brokers.stream().anyMatch(broker -> broker.standing() != BrokerImage.Standing.STOPPING);
    }

    /** Whether a process leads any partition. Looks at all of them until it does. */
    public boolean isLedBy(BrokerProcess process) {
        for (TopicImage topic : topics()) {
            for (PartitionImage partition : topic.partitions()) {
                if (partition.stored() != null && partition.stored().state().isLedBy(process)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The brokers by ascending number. */
    public List<BrokerImage> brokers() {
        return brokers;
    }

    /** The broker of a number, or {@code null} when there is none. */
    public BrokerImage broker(int id) {
        for (int i = 0; i < brokers.size(); i++) {
            if (brokers.get(i).id() == id) {
                return brokers.get(i);
            }
        }
        return null;
    }

    /**
     * Whether a partition has a leader and yet takes no write with acks=all: of those in sync fewer are there than {@code min.insync.replicas} asks for. The in-sync set does not
     * become smaller than that, so who is gone may still be in it.
     */
    public boolean lacksReplicasToWrite(PartitionImage partition) {
        return partition.stored() != null && broker(partition.leader()) != null
                && partition.inSyncReplicas().stream().filter(id -> broker(id) != null).count() < partition.stored().state().effectiveMin();
    }

    /** The topic of a name, or {@code null} when there is none. */
    public TopicImage topic(String name) {
        return topics.find(name);
    }

    /** The topic of an id, or {@code null} when there is none. */
    public TopicImage topic(UUID id) {
        return topics.find(id);
    }

    public int topicCount() {
        return topics.size();
    }

    /** All topics by name. The first call on an image sorts them. */
    public List<TopicImage> topics() {
        List<TopicImage> sorted = sortedTopics;
        if (sorted == null) {
            TopicImage[] all = topics.toArray();
            Arrays.sort(all, Comparator.comparing(TopicImage::name));
            sorted = Collections.unmodifiableList(Arrays.asList(all));
            sortedTopics = sorted;
        }
        return sorted;
    }

    /** The settings changed for one broker, or for {@link #ALL_BROKERS}, by name; empty when there are none. */
    public Map<String, String> brokerConfigs(int broker) {
        return brokerConfigs.getOrDefault(broker, Map.of());
    }

    /** The brokers for which settings were changed, {@link #ALL_BROKERS} among them, in ascending order. */
    public List<Integer> configuredBrokers() {
        return List.copyOf(brokerConfigs.keySet());
    }

    /** The settings changed for one group, by name; empty when there are none. */
    public Map<String, String> groupConfigs(String group) {
        return groupConfigs.getOrDefault(group, Map.of());
    }

    /** The groups for which settings were changed, sorted. They need not exist. */
    public List<String> configuredGroups() {
        return List.copyOf(groupConfigs.keySet());
    }

    /** The access rules, whether or not brokers ask them. */
    public Acls acls() {
        return acls;
    }

    /**
     * The image after a change, at a cost that does not grow with the topics that stay as they are.
     *
     * @param brokers all of them
     * @param removed ids of topics that are gone, before {@code put}
     * @param put topics that are new, or in place of those with their ids; no two of the image may have one name
     * @param brokerConfigs the settings of all brokers and of each
     */
    public ClusterImage changed(
            List<BrokerImage> brokers, Collection<UUID> removed, Collection<TopicImage> put, Map<Integer, Map<String, String>> brokerConfigs, Acls acls,
            ClientQuotas quotas, ScramUsers users) {
        Edit edit = new ClusterImage(clusterId, PartitionImage.NO_LEADER, List.of(), topics, Map.of(), groupConfigs, acls, quotas, users, knownUsers).edit();
        brokers.forEach(edit::put);
        removed.forEach(edit::removeTopic);
        put.forEach(edit::put);
        brokerConfigs.forEach(edit::put);
        return edit.done();
    }

    /** The image with other access rules, quotas, and settings of groups. */
    public ClusterImage withRules(Acls newAcls, ClientQuotas newQuotas, Map<String, Map<String, String>> newGroupConfigs) {
        Map<String, Map<String, String>> groups = new TreeMap<>();
        newGroupConfigs.forEach((group, configs) -> groups.put(group, Collections.unmodifiableMap(new TreeMap<>(configs))));
        return new ClusterImage(clusterId, controllerId, brokers, topics, brokerConfigs, Collections.unmodifiableMap(groups), newAcls, newQuotas, scramUsers,
                knownUsers);
    }

    /** The image with other rules about clients, and other users. */
    public ClusterImage withAccess(Acls rules, ClientQuotas bounds, ScramUsers users, Map<String, KnownUser> known) {
        return new ClusterImage(clusterId, controllerId, brokers, topics, brokerConfigs, groupConfigs, rules, bounds, users, Map.copyOf(known));
    }

    /** What clients are bounded by. */
    public ClientQuotas quotas() {
        return quotas;
    }

    /** The users of SCRAM that administrators have made. */
    public ScramUsers scramUsers() {
        return scramUsers;
    }

    /** The users that are objects of their own, by name; none where they are not. */
    public Map<String, KnownUser> knownUsers() {
        return knownUsers;
    }

    /** Whether another image has the same users, with the same passwords. */
    public boolean hasUsersOf(ClusterImage other) {
        return scramUsers.equals(other.scramUsers) && knownUsers.equals(other.knownUsers);
    }

    /** Begins a set of changes that ends in another image. */
    Edit edit() {
        return new Edit(this);
    }

    /** An image being changed. Used by one thread. */
    static final class Edit {
        private final ClusterImage from;
        private int controllerId;
        private List<BrokerImage> brokers;
        private TopicTable.Edit topics;
        private Map<Integer, Map<String, String>> brokerConfigs;
        private Map<String, Map<String, String>> groupConfigs;
        /** Null as long as nothing changes. */
        private Set<AclBinding> acls;
        private ClientQuotas quotas;
        private ScramUsers scramUsers;

        private Edit(ClusterImage from) {
            this.from = from;
            this.controllerId = from.controllerId;
            this.brokers = from.brokers;
            this.brokerConfigs = from.brokerConfigs;
            this.groupConfigs = from.groupConfigs;
            this.quotas = from.quotas;
            this.scramUsers = from.scramUsers;
        }

        /** The topic of a name in what has become of the image so far, or {@code null}. */
        TopicImage topic(String name) {
            return table().find(name);
        }

        /** The topic of an id in what has become of the image so far, or {@code null}. */
        TopicImage topic(UUID id) {
            return table().find(id);
        }

        /** A topic with another name that differs from {@code name} only in '.' for '_', or {@code null}. */
        TopicImage collidingTopic(String name) {
            return table().collision(name);
        }

        List<BrokerImage> brokers() {
            return brokers;
        }

        Map<String, String> brokerConfigs(int broker) {
            return brokerConfigs.getOrDefault(broker, Map.of());
        }

        private TopicTable table() {
            return topics == null ? from.topics : topics.view();
        }

        /** Adds a broker or puts it in place of the one with its number; the controller is the one with the lowest number of those that stay. */
        Edit put(BrokerImage broker) {
            List<BrokerImage> next = new ArrayList<>(brokers);
            next.removeIf(other -> other.id() == broker.id());
            next.add(broker);
            next.sort(Comparator.comparingInt(BrokerImage::id));
            brokers = List.copyOf(next);
            controllerId = brokers.stream().filter(one -> one.standing() != BrokerImage.Standing.STOPPING).findFirst().orElse(brokers.getFirst()).id();
            return this;
        }

        /** Adds a topic or puts it in place of the one with its id. */
        Edit put(TopicImage topic) {
            topicTable().put(topic);
            return this;
        }

        /** Takes a topic out and returns it, {@code null} when there is none. */
        TopicImage removeTopic(UUID id) {
            return topicTable().remove(id);
        }

        /** Raises the leader epoch of every partition that {@code broker} leads; whether there is one. */
        boolean nextEpochOf(int broker) {
            boolean any = false;
            for (TopicImage topic : table().toArray()) {
                TopicImage next = topic.inNextEpochOf(broker);
                if (next != topic) {
                    put(next);
                    any = true;
                }
            }
            return any;
        }

        /** Puts the settings of a broker or of {@link #ALL_BROKERS} in place of what they were. */
        Edit put(int broker, Map<String, String> configs) {
            TreeMap<Integer, Map<String, String>> next = new TreeMap<>(brokerConfigs);
            if (configs.isEmpty()) {
                next.remove(broker);
            } else {
                next.put(broker, Collections.unmodifiableMap(new TreeMap<>(configs)));
            }
            brokerConfigs = Collections.unmodifiableMap(next);
            return this;
        }

        Map<String, String> groupConfigs(String group) {
            return groupConfigs.getOrDefault(group, Map.of());
        }

        /** Puts the settings of a group in place of what they were. */
        void putGroup(String group, Map<String, String> configs) {
            TreeMap<String, Map<String, String>> next = new TreeMap<>(groupConfigs);
            if (configs.isEmpty()) {
                next.remove(group);
            } else {
                next.put(group, Collections.unmodifiableMap(new TreeMap<>(configs)));
            }
            groupConfigs = Collections.unmodifiableMap(next);
        }

        ClientQuotas quotas() {
            return quotas;
        }

        ScramUsers scramUsers() {
            return scramUsers;
        }

        /** Puts users of SCRAM in place of those that were. */
        void put(ScramUsers next) {
            scramUsers = next;
        }

        /** Puts quotas in place of what they were. */
        void put(ClientQuotas next) {
            quotas = next;
        }

        /** Adds a rule; false when it is there. */
        boolean add(AclBinding acl) {
            return !acls().contains(acl) && changedAcls().add(acl);
        }

        /** Takes a rule out; false when it is not there. */
        boolean remove(AclBinding acl) {
            return acls().contains(acl) && changedAcls().remove(acl);
        }

        /** The rules as changed so far. */
        Set<AclBinding> acls() {
            return acls == null ? from.acls.bindings() : Collections.unmodifiableSet(acls);
        }

        private Set<AclBinding> changedAcls() {
            if (acls == null) {
                acls = new LinkedHashSet<>(from.acls.bindings());
            }
            return acls;
        }

        private TopicTable.Edit topicTable() {
            if (topics == null) {
                topics = from.topics.edit();
            }
            return topics;
        }

        ClusterImage done() {
            return new ClusterImage(from.clusterId, controllerId, brokers, topics == null ? from.topics : topics.done(), brokerConfigs, groupConfigs,
                    acls == null ? from.acls : Acls.of(acls), quotas, scramUsers, from.knownUsers);
        }
    }
}
