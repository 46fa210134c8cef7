package io.partita.broker.metadata;

import io.partita.broker.protocol.message.MetadataJournalFrame;
import io.partita.broker.protocol.message.MetadataJournalFrame.AclRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.BrokerRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.CredentialRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.DirectoryRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.PartitionRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.GroupSettingsRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.QuotaName;
import io.partita.broker.protocol.message.MetadataJournalFrame.QuotaRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.QuotaValue;
import io.partita.broker.protocol.message.MetadataJournalFrame.Setting;
import io.partita.broker.protocol.message.MetadataJournalFrame.TopicRecord;
import io.partita.broker.protocol.message.MetadataJournalFrame.UserRecord;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.quota.QuotaKey;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Translates between images and the frames of the journal. */
final class JournalRecords {

    /** In place of a broker in {@link MetadataJournalFrame#restartedBroker}. */
    static final int NO_BROKER = -1;
    /** The types of {@link QuotaName}. */
    private static final byte USER = 0;
    private static final byte CLIENT_ID = 1;
    private static final byte IP = 2;

    /** Most partitions live on the same few sets of brokers: each set is kept once. */
    private final Map<List<Integer>, List<Integer>> brokerSets = new HashMap<>();

    /**
     * A frame that says everything.
     *
     * @param deleting topics that are not in the image any more, and whose logs may still be there
     */
    static MetadataJournalFrame whole(ClusterImage image, List<KnownDirectories.Entry> directories, Set<UUID> deleting) {
        MetadataJournalFrame frame = new MetadataJournalFrame();
        frame.clusterId = image.clusterId();
        frame.directories = directories(directories);
        frame.deletedTopics = new ArrayList<>(deleting);
        for (TopicImage topic : image.topics()) {
            frame.topics.add(record(topic));
        }
        for (Integer broker : image.configuredBrokers()) {
            frame.brokers.add(record(broker, image.brokerConfigs(broker)));
        }
        image.configuredGroups().forEach(group -> frame.groups.add(groupRecord(group, image.groupConfigs(group))));
        image.acls().bindings().forEach(acl -> frame.acls.add(record(acl)));
        image.scramUsers().byName().forEach((user, credentials) -> frame.users.add(record(user, credentials)));
        image.quotas().byEntity().forEach((entity, values) -> frame.quotas.add(record(entity, values)));
        return frame;
    }

    static List<DirectoryRecord> directories(List<KnownDirectories.Entry> entries) {
        List<DirectoryRecord> records = new ArrayList<>();
        for (KnownDirectories.Entry entry : entries) {
            DirectoryRecord record = new DirectoryRecord();
            record.id = entry.id();
            record.path = entry.path();
            records.add(record);
        }
        return records;
    }

    static List<KnownDirectories.Entry> directories(MetadataJournalFrame frame) {
        return frame.directories.stream().map(record -> new KnownDirectories.Entry(record.id, record.path)).toList();
    }

    static TopicRecord record(TopicImage topic) {
        TopicRecord record = new TopicRecord();
        record.name = topic.name();
        record.id = topic.id();
        record.configs = settings(topic.configs());
        record.partitions = new ArrayList<>(topic.partitions().size());
        for (PartitionImage partition : topic.partitions()) {
            PartitionRecord one = new PartitionRecord();
            one.leader = partition.leader();
            one.leaderEpoch = partition.leaderEpoch();
            one.version = partition.version();
            one.replicas = partition.replicas();
            one.inSyncReplicas = partition.inSyncReplicas();
            record.partitions.add(one);
        }
        return record;
    }

    static BrokerRecord record(int broker, Map<String, String> configs) {
        BrokerRecord record = new BrokerRecord();
        record.id = broker;
        record.configs = settings(configs);
        return record;
    }

    static AclRecord record(AclBinding acl) {
        AclRecord record = new AclRecord();
        record.resourceType = acl.type().id();
        record.resourceName = acl.name();
        record.patternType = acl.pattern().id();
        record.principal = acl.acl().principal();
        record.host = acl.acl().host();
        record.operation = acl.acl().operation().id();
        record.permissionType = acl.acl().permission().id();
        return record;
    }

    static UserRecord record(String user, Map<ScramHash, ScramCredential> credentials) {
        UserRecord record = new UserRecord();
        record.name = user;
        credentials.forEach((hash, credential) -> {
            CredentialRecord one = new CredentialRecord();
            one.mechanism = hash.id();
            one.salt = credential.salt();
            one.storedKey = credential.storedKey();
            one.serverKey = credential.serverKey();
            one.iterations = credential.iterations();
            record.credentials.add(one);
        });
        return record;
    }

    private static Map<ScramHash, ScramCredential> credentials(UserRecord record) {
        Map<ScramHash, ScramCredential> credentials = new EnumMap<>(ScramHash.class);
        record.credentials.forEach(one -> credentials.put(ScramHash.forId(one.mechanism),
                new ScramCredential(one.salt, one.storedKey, one.serverKey, one.iterations)));
        return credentials;
    }

    static QuotaRecord record(QuotaEntity entity, Map<QuotaKey, Double> values) {
        QuotaRecord record = new QuotaRecord();
        addName(record, USER, entity.user());
        addName(record, CLIENT_ID, entity.clientId());
        addName(record, IP, entity.ip());
        values.forEach((key, value) -> {
            QuotaValue one = new QuotaValue();
            one.key = key.title();
            one.value = value;
            record.values.add(one);
        });
        return record;
    }

    private static void addName(QuotaRecord record, byte type, QuotaEntity.Name name) {
        if (name != null) {
            QuotaName one = new QuotaName();
            one.type = type;
            one.name = name.value();
            record.entity.add(one);
        }
    }

    private static void apply(QuotaRecord record, ClusterImage.Edit image) {
        QuotaEntity.Name[] names = new QuotaEntity.Name[IP + 1];
        record.entity.forEach(name -> names[name.type] = new QuotaEntity.Name(name.name));
        Map<QuotaKey, Double> values = new EnumMap<>(QuotaKey.class);
        record.values.forEach(value -> values.put(QuotaKey.named(value.key), value.value));
        image.put(image.quotas().with(new QuotaEntity(names[USER], names[CLIENT_ID], names[IP]), values));
    }

    private static AclBinding acl(AclRecord record) {
        return new AclBinding(ResourceType.forId(record.resourceType), record.resourceName, PatternType.forId(record.patternType), new Acl(record.principal,
                record.host, Operation.forId(record.operation), PermissionType.forId(record.permissionType)));
    }

    static GroupSettingsRecord groupRecord(String group, Map<String, String> configs) {
        GroupSettingsRecord record = new GroupSettingsRecord();
        record.id = group;
        record.configs = settings(configs);
        return record;
    }

    private static List<Setting> settings(Map<String, String> configs) {
        List<Setting> settings = new ArrayList<>(configs.size());
        for (Map.Entry<String, String> config : configs.entrySet()) {
            Setting setting = new Setting();
            setting.name = config.getKey();
            setting.value = config.getValue();
            settings.add(setting);
        }
        return settings;
    }

    /** Applies a frame to an image being read. */
    void apply(MetadataJournalFrame frame, ClusterImage.Edit image) {
        frame.deletedTopics.forEach(image::removeTopic);
        if (frame.restartedBroker != NO_BROKER) {
            image.nextEpochOf(frame.restartedBroker);
        }
        for (TopicRecord topic : frame.topics) {
            image.put(topic(topic));
        }
        for (BrokerRecord broker : frame.brokers) {
            image.put(broker.id, configs(broker.configs));
        }
        for (GroupSettingsRecord group : frame.groups) {
            image.putGroup(group.id, configs(group.configs));
        }
        frame.deletedAcls.forEach(record -> image.remove(acl(record)));
        frame.acls.forEach(record -> image.add(acl(record)));
        frame.quotas.forEach(record -> apply(record, image));
        frame.users.forEach(record -> image.put(image.scramUsers().with(record.name, credentials(record))));
    }

    private TopicImage topic(TopicRecord record) {
        List<PartitionImage> partitions = new ArrayList<>(record.partitions.size());
        PartitionImage previous = null;
        for (PartitionRecord one : record.partitions) {
            PartitionImage partition = new PartitionImage(one.leader, one.leaderEpoch, one.version, brokerSet(one.replicas), brokerSet(one.inSyncReplicas));
            if (!partition.equals(previous)) {
                previous = partition;
            }
            partitions.add(previous);
        }
        return new TopicImage(record.name, record.id, partitions, configs(record.configs));
    }

    private List<Integer> brokerSet(List<Integer> brokers) {
        List<Integer> known = brokerSets.get(brokers);
        if (known == null) {
            known = List.copyOf(brokers);
            brokerSets.put(known, known);
        }
        return known;
    }

    private static Map<String, String> configs(List<Setting> settings) {
        if (settings.isEmpty()) {
            return Map.of();
        }
        Map<String, String> configs = new TreeMap<>();
        for (Setting setting : settings) {
            configs.put(setting.name, setting.value);
        }
        return configs;
    }
}
