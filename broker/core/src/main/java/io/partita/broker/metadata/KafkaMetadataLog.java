package io.partita.broker.metadata;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.Disk;
import io.partita.broker.log.RecordFiles;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What the metadata log of Kafka's controllers ({@code __cluster_metadata-0}) says of topics, access rules and quotas: the newest snapshot, and the records behind it. Of each record only the
 * fields are read that matter here, which are the first in all versions there are (Kafka 3.3 to 4.4). Nothing is changed. Used by one thread.
 */
final class KafkaMetadataLog {

    static final String DIRECTORY = "__cluster_metadata-0";

    // Kinds of records, by their apiKey.
    private static final int TOPIC = 2;
    private static final int PARTITION = 3;
    private static final int CONFIG = 4;
    private static final int PARTITION_CHANGE = 5;
    private static final int REMOVE_TOPIC = 9;
    private static final int QUOTA = 14;
    private static final int ACL = 18;
    private static final int REMOVE_ACL = 19;
    private static final Map<Integer, String> NOT_TAKEN = Map.of(11, "SCRAM credentials", 10, "delegation tokens");

    private static final byte CONFIG_OF_TOPIC = 2;

    /** A topic, its partitions each with a leader epoch that is not below the one it had. */
    static final class Topic {
        final String name;
        final UUID id;
        final Map<Integer, Integer> epochs = new TreeMap<>();
        final Map<Integer, List<Integer>> replicas = new HashMap<>();

        Topic(String name, UUID id) {
            this.name = name;
            this.id = id;
        }
    }

    private final Map<UUID, Topic> topics = new HashMap<>();
    private final Map<String, Map<String, String>> configs = new HashMap<>();
    private final Map<UUID, AclBinding> acls = new LinkedHashMap<>();
    private ClientQuotas quotas = ClientQuotas.NONE;
    private final Map<String, Integer> notTaken = new TreeMap<>();

    private KafkaMetadataLog() {}

    /** Reads the log in {@code directory}; {@code null} when there is none. */
    static KafkaMetadataLog read(Disk disk, Path directory) throws IOException {
        List<Path> segments = RecordFiles.segments(disk, directory, ".log");
        List<Path> snapshots = RecordFiles.segments(disk, directory, ".checkpoint");
        if (segments.isEmpty() && snapshots.isEmpty()) {
            return null;
        }
        KafkaMetadataLog log = new KafkaMetadataLog();
        long from = 0;
        if (!snapshots.isEmpty()) {
            // Its name is the offset behind it, in twenty digits, and an epoch.
            Path newest = snapshots.getLast();
            from = Long.parseLong(newest.getFileName().toString().substring(0, 20));
            RecordFiles.read(disk, newest, (offset, key, value) -> log.apply(value));
        }
        long behindSnapshot = from;
        for (Path segment : segments) {
            RecordFiles.read(disk, segment, (offset, key, value) -> offset < behindSnapshot || log.apply(value));
        }
        return log;
    }

    private boolean apply(ByteBuf value) {
        if (value == null) {
            return true;
        }
        try {
            MessageReader in = new MessageReader(value.duplicate());
            in.unsignedVarint(); // the version of this frame
            int kind = in.unsignedVarint();
            in.unsignedVarint(); // the version of the record
            apply(kind, in);
        } catch (MalformedMessageException unreadable) {
            notTaken.merge("records that cannot be read", 1, Integer::sum);
        }
        return true;
    }

    private void apply(int kind, MessageReader in) {
        switch (kind) {
            case TOPIC -> {
                String name = in.string(true);
                UUID id = in.uuid();
                topics.put(id, new Topic(name, id));
            }
            case PARTITION -> {
                int partition = in.int32();
                Topic topic = topics.get(in.uuid());
                List<Integer> replicas = in.int32List(true);
                for (int isrRemovingAdding = 0; isrRemovingAdding < 3; isrRemovingAdding++) {
                    in.nullableInt32List(true);
                }
                in.int32(); // the leader
                if (topic != null) {
                    topic.epochs.put(partition, in.int32());
                    topic.replicas.put(partition, replicas);
                }
            }
            case PARTITION_CHANGE -> {
                int partition = in.int32();
                Topic topic = topics.get(in.uuid());
                if (topic != null) {
                    // Whether a change raises the epoch depends on the release; one that is too high does no harm.
                    topic.epochs.merge(partition, 1, Integer::sum);
                }
            }
            case REMOVE_TOPIC -> {
                Topic removed = topics.remove(in.uuid());
                if (removed != null) {
                    configs.remove(removed.name);
                }
            }
            case CONFIG -> {
                byte type = in.int8();
                String resource = in.string(true);
                String name = in.string(true);
                String value = in.nullableString(true);
                if (type != CONFIG_OF_TOPIC) {
                    notTaken.merge("settings of brokers", 1, Integer::sum);
                } else if (value == null) {
                    configs.getOrDefault(resource, new TreeMap<>()).remove(name);
                } else {
                    configs.computeIfAbsent(resource, topic -> new TreeMap<>()).put(name, value);
                }
            }
            case ACL -> {
                UUID id = in.uuid();
                ResourceType type = ResourceType.forId(in.int8());
                String name = in.string(true);
                PatternType pattern = PatternType.forId(in.int8());
                AclBinding acl = new AclBinding(type, name, pattern,
                        new Acl(in.string(true), in.string(true), Operation.forId(in.int8()), PermissionType.forId(in.int8())));
                if (acl.problem() == null) {
                    acls.put(id, acl);
                } else {
                    notTaken.merge("access rules that mean nothing here", 1, Integer::sum);
                }
            }
            case REMOVE_ACL -> acls.remove(in.uuid());
            case QUOTA -> applyQuota(in);
            default -> {
                String name = NOT_TAKEN.get(kind);
                if (name != null) {
                    notTaken.merge(name, 1, Integer::sum);
                }
            }
        }
    }

    private void applyQuota(MessageReader in) {
        QuotaEntity.Name user = null;
        QuotaEntity.Name clientId = null;
        QuotaEntity.Name ip = null;
        for (int left = in.arrayCount(true, 3, 32); left > 0; left--) {
            String type = in.string(true);
            QuotaEntity.Name name = new QuotaEntity.Name(in.nullableString(true));
            in.skipTaggedFields();
            switch (type) {
                case "user" -> user = name;
                case "client-id" -> clientId = name;
                case "ip" -> ip = name;
                default -> {}
            }
        }
        String key = in.string(true);
        double value = in.float64();
        Map<String, Double> change = new HashMap<>();
        change.put(key, in.bool() ? null : (Double) value);
        QuotaAlteration alteration = new QuotaAlteration(new QuotaEntity(user, clientId, ip), change);
        if (alteration.problem() == null) {
            quotas = quotas.with(alteration);
        } else {
            notTaken.merge("quotas that mean nothing here", 1, Integer::sum);
        }
    }

    /** The access rules. */
    Collection<AclBinding> acls() {
        return acls.values();
    }

    ClientQuotas quotas() {
        return quotas;
    }

    /** The topics by name. */
    Map<String, Topic> topics() {
        Map<String, Topic> byName = new TreeMap<>();
        topics.values().forEach(topic -> byName.put(topic.name, topic));
        return byName;
    }

    /** The settings of a topic. */
    Map<String, String> configs(String topic) {
        return configs.getOrDefault(topic, Map.of());
    }

    /** What else there is that this broker does not know, with the number of records. */
    Map<String, Integer> notTaken() {
        return notTaken;
    }
}
