package io.partita.broker.metadata;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.env.Entropy;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataJournalFrame;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The changes that commands carried out together make to an image: each sees what those before it did, and in the end only the difference
 * counts. Used by one thread.
 */
public final class PlannedChanges {

    private final ClusterImage before;
    private final ClusterImage.Edit image;
    private final BrokerConfig config;
    private final Entropy entropy;
    private final Supplier<List<Integer>> awaited;
    private final Set<UUID> touchedTopics = new LinkedHashSet<>();
    private final Set<Integer> touchedBrokers = new LinkedHashSet<>();
    private final Set<String> touchedGroups = new LinkedHashSet<>();
    private final Set<AclBinding> touchedAcls = new LinkedHashSet<>();
    private final Set<String> touchedUsers = new LinkedHashSet<>();
    private final Set<QuotaEntity> touchedQuotas = new LinkedHashSet<>();
    private int restartedBroker = JournalRecords.NO_BROKER;
    private boolean first;
    private Set<UUID> removed = Set.of();

    /** Plans changes of {@code before}, on a broker started with {@code config}. */
    public PlannedChanges(ClusterImage before, BrokerConfig config, Entropy entropy) {
        this(before, config, entropy, List::of);
    }

    /** @param awaited the brokers that are away and count as if they were there where new replicas are placed; asked only where those that are there are too few */
    public PlannedChanges(ClusterImage before, BrokerConfig config, Entropy entropy, Supplier<List<Integer>> awaited) {
        this.before = before;
        this.image = before.edit();
        this.config = config;
        this.entropy = entropy;
        this.awaited = awaited;
    }

    /**
     * Makes a broker a member, and its new process the leader of what the last one led, in epochs that none of its logs has records of: metadata that were restored from
     * a backup are older than the logs.
     *
     * @param deleted topics whose logs may still be there
     */
    void start(BrokerImage self, MetadataStore.LogEpochs epochs, Set<UUID> deleted) {
        image.put(self);
        if (image.nextEpochOf(self.id())) {
            restartedBroker = self.id();
        }
        for (TopicImage topic : image.done().topics()) {
            TopicImage raised = topic.inEpochsAbove(self.id(), index -> epochs.latest(topic.name(), topic.id(), index));
            if (raised != topic) {
                put(raised);
            }
        }
        removed = deleted;
        first = true;
    }

    /** Plans a topic; its id is made up here, and a store that gives ids itself puts its own in its place. */
    public Result<TopicImage> create(NewTopic topic, boolean validateOnly) {
        Result<NewTopic> resolved = TopicRules.resolve(topic, image, config, awaited);
        if (!resolved.isDone()) {
            return resolved.refusal();
        }
        TopicImage created = TopicRules.create(resolved.value(), entropy.nextUuid(), image, awaited);
        if (!validateOnly) {
            put(created);
        }
        return Result.done(created);
    }

    /** Plans the end of a topic; the result carries it as it was. */
    public Result<TopicImage> delete(TopicSelector selector) {
        Result<TopicImage> found = TopicRules.find(selector, image);
        if (found.isDone()) {
            image.removeTopic(found.value().id());
            touchedTopics.add(found.value().id());
        }
        return found;
    }

    /** Plans more partitions; the result carries the topic with them. */
    public Result<TopicImage> grow(NewPartitions addition, boolean validateOnly) {
        Result<TopicImage> grown = TopicRules.grow(addition, image, awaited);
        if (grown.isDone() && !validateOnly) {
            put(grown.value());
        }
        return grown;
    }

    /** Plans changes of settings. */
    public Result<Void> alter(ConfigAlteration alteration, boolean validateOnly) {
        return switch (alteration.target()) {
            case ConfigAlteration.Topic(String name) -> alterTopic(name, alteration, validateOnly);
            case ConfigAlteration.Broker(int id) -> alterBroker(id, alteration, validateOnly);
            case ConfigAlteration.Group(String id) -> alterGroup(id, alteration, validateOnly);
        };
    }

    private Result<Void> alterTopic(String name, ConfigAlteration alteration, boolean validateOnly) {
        TopicImage topic = image.topic(name);
        if (topic == null) {
            return TopicRules.unknownTopic(name);
        }
        BrokerConfig inForce = config.overlaid(image.brokerConfigs(ClusterImage.ALL_BROKERS), Map.of());
        Result<TopicImage> altered = TopicRules.alter(topic, alteration, inForce);
        if (!altered.isDone()) {
            return altered.refusal();
        }
        if (!validateOnly && !altered.value().configs().equals(topic.configs())) {
            put(altered.value());
        }
        return Result.done(null);
    }

    private Result<Void> alterBroker(int id, ConfigAlteration alteration, boolean validateOnly) {
        Map<String, String> forAll = image.brokerConfigs(ClusterImage.ALL_BROKERS);
        Map<String, String> current = image.brokerConfigs(id);
        BrokerConfig inForce = id == ClusterImage.ALL_BROKERS ? config.overlaid(forAll, Map.of()) : config.overlaid(forAll, current);
        ConfigChange.Outcome outcome = ConfigChange.ofBroker(alteration.fromScratch() ? Map.of() : current, alteration.changes(), inForce);
        if (outcome.problem() != null) {
            // For topics it is INVALID_CONFIG; Kafka gives this for brokers.
            return Result.refused(ErrorCode.INVALID_REQUEST, outcome.problem());
        }
        if (!validateOnly && !outcome.overrides().equals(current)) {
            image.put(id, outcome.overrides());
            touchedBrokers.add(id);
        }
        return Result.done(null);
    }

    /** Plans a rule; one that is there already is as good as new. */
    public Result<Void> create(AclBinding acl) {
        String problem = acl.problem();
        if (problem != null) {
            return Result.refused(ErrorCode.INVALID_REQUEST, problem);
        }
        if (image.add(acl)) {
            touchedAcls.add(acl);
        }
        return Result.done(null);
    }

    /** Plans the end of the rules that a filter means; the result carries them. */
    public Result<List<AclBinding>> delete(AclFilter filter) {
        String problem = filter.problem();
        if (problem != null) {
            return Result.refused(ErrorCode.INVALID_REQUEST, problem);
        }
        List<AclBinding> meant = image.acls().stream().filter(filter::matches).toList();
        meant.forEach(image::remove);
        touchedAcls.addAll(meant);
        return Result.done(meant);
    }

    private Result<Void> alterGroup(String id, ConfigAlteration alteration, boolean validateOnly) {
        Map<String, String> current = image.groupConfigs(id);
        BrokerConfig inForce = config.overlaid(image.brokerConfigs(ClusterImage.ALL_BROKERS), Map.of());
        ConfigChange.Outcome outcome = ConfigChange.ofGroup(alteration.fromScratch() ? Map.of() : current, alteration.changes(), inForce);
        if (outcome.problem() != null) {
            return Result.refused(ErrorCode.INVALID_CONFIG, outcome.problem());
        }
        if (!validateOnly && !outcome.overrides().equals(current)) {
            image.putGroup(id, outcome.overrides());
            touchedGroups.add(id);
        }
        return Result.done(null);
    }

    /** Plans other credentials of a user. */
    public Result<Void> alter(UserAlteration alteration) {
        Map<ScramHash, ScramCredential> credentials = new EnumMap<>(ScramHash.class);
        credentials.putAll(image.scramUsers().byName().getOrDefault(alteration.user(), Map.of()));
        for (ScramHash hash : alteration.removed()) {
            if (credentials.remove(hash) == null) {
                return Result.refused(ErrorCode.RESOURCE_NOT_FOUND, "Attempt to delete a user credential that does not exist");
            }
        }
        credentials.putAll(alteration.set());
        image.put(image.scramUsers().with(alteration.user(), credentials));
        touchedUsers.add(alteration.user());
        return Result.done(null);
    }

    /** Plans other quotas of an entity. */
    public Result<Void> alter(QuotaAlteration alteration, boolean validateOnly) {
        String problem = alteration.problem();
        if (problem != null) {
            return Result.refused(ErrorCode.INVALID_REQUEST, problem);
        }
        if (!validateOnly) {
            image.put(image.quotas().with(alteration));
            touchedQuotas.add(alteration.entity());
        }
        return Result.done(null);
    }

    private void put(TopicImage topic) {
        image.put(topic);
        touchedTopics.add(topic.id());
    }

    /** A topic in what has become of the image so far, {@code null} when there is none. */
    public TopicImage topic(String name) {
        return image.topic(name);
    }

    /** The settings of a broker in what has become of the image so far. */
    public Map<String, String> brokerConfigs(int broker) {
        return image.brokerConfigs(broker);
    }

    /** The settings of a group in what has become of the image so far. */
    public Map<String, String> groupConfigs(String group) {
        return image.groupConfigs(group);
    }

    /** The step all changes make together, {@code null} when they make none. */
    ImageChange done() {
        if (first) {
            return ImageChange.first(image.done(), ImageChange.Basis.READ, Set.of(), removed);
        }
        List<TopicImage> deleted = new ArrayList<>();
        List<TopicImage> created = new ArrayList<>();
        List<TopicImage> changed = new ArrayList<>();
        for (UUID id : touchedTopics) {
            TopicImage old = before.topic(id);
            TopicImage now = image.topic(id);
            if (old == null && now != null) {
                created.add(now);
            } else if (old != null && now == null) {
                deleted.add(old);
            } else if (now != null) {
                changed.add(now);
            }
        }
        boolean none = deleted.isEmpty() && created.isEmpty() && changed.isEmpty() && touchedBrokers.isEmpty() && touchedAcls.isEmpty()
                && touchedQuotas.isEmpty() && touchedUsers.isEmpty() && touchedGroups.isEmpty();
        return none
                ? null
                : new ImageChange(before, image.done(), deleted, created, changed, !touchedBrokers.isEmpty(), ImageChange.Basis.DECIDED, Set.of(), Set.of());
    }

    /** What has to be written for {@code change}, {@code null} when nothing has to. */
    MetadataJournalFrame frame(ImageChange change) {
        if (change == null) {
            return null;
        }
        MetadataJournalFrame frame = new MetadataJournalFrame();
        frame.restartedBroker = restartedBroker;
        for (UUID id : touchedTopics) {
            TopicImage now = change.after().topic(id);
            if (now != null) {
                frame.topics.add(JournalRecords.record(now));
            } else if (before.topic(id) != null) {
                frame.deletedTopics.add(id);
            }
        }
        for (Integer broker : touchedBrokers) {
            frame.brokers.add(JournalRecords.record(broker, change.after().brokerConfigs(broker)));
        }
        for (String group : touchedGroups) {
            frame.groups.add(JournalRecords.groupRecord(group, change.after().groupConfigs(group)));
        }
        for (AclBinding acl : touchedAcls) {
            boolean isThere = change.after().acls().bindings().contains(acl);
            if (isThere != before.acls().bindings().contains(acl)) {
                (isThere ? frame.acls : frame.deletedAcls).add(JournalRecords.record(acl));
            }
        }
        for (String user : touchedUsers) {
            frame.users.add(JournalRecords.record(user, change.after().scramUsers().byName().getOrDefault(user, Map.of())));
        }
        for (QuotaEntity entity : touchedQuotas) {
            frame.quotas.add(JournalRecords.record(entity, change.after().quotas().byEntity().getOrDefault(entity, Map.of())));
        }
        boolean empty = frame.topics.isEmpty() && frame.deletedTopics.isEmpty() && frame.brokers.isEmpty()
                && frame.acls.isEmpty() && frame.deletedAcls.isEmpty() && frame.quotas.isEmpty() && frame.users.isEmpty() && frame.groups.isEmpty()
                && restartedBroker == JournalRecords.NO_BROKER;
        return empty ? null : frame;
    }
}
