package io.partita.broker.metadata;

import io.netty.buffer.ByteBuf;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.DirectoryIdentity;
import io.partita.broker.log.FoundDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionMetadata;
import io.partita.broker.log.RecordFiles;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.message.OffsetCommitKey;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.security.AclBinding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The data directories of an Apache Kafka broker, as they can be taken over: its files are ours, so nothing is copied, and all there is to make is a journal that names the
 * topics. They are known by the names of the directories and {@code partition.metadata}; settings, and topics that have more partitions elsewhere, by the metadata log of
 * Kafka's controllers where it is there. Looking changes nothing.
 *
 * @param topics what would be served
 * @param acls the access rules that come along
 * @param quotas what comes along of them
 * @param problems why that would not be all that Kafka served; each a sentence
 * @param notes what does not come along, or cannot be known; each a sentence
 */
record KafkaAdoption(List<TopicImage> topics, List<AclBinding> acls, ClientQuotas quotas, List<String> problems, List<String> notes) {

    /** Kinds of keys in __consumer_offsets: 0 and 1 are of committed offsets. */
    private static final short OFFSET_KEY_MAX = 1;

    /** Finds out what the directories hold. */
    static KafkaAdoption of(Disk disk, DataDirectories directories, Path metadataDirectory, BrokerConfig config, Entropy entropy) throws IOException {
        return new Look(disk, directories, config, entropy, metadataLog(disk, directories, metadataDirectory)).done();
    }

    private static KafkaMetadataLog metadataLog(Disk disk, DataDirectories directories, Path metadataDirectory) throws IOException {
        List<Path> places = new ArrayList<>(directories.found().stream().map(FoundDirectory::path).toList());
        if (metadataDirectory != null) {
            places.add(metadataDirectory);
        }
        for (Path place : places) {
            KafkaMetadataLog log = KafkaMetadataLog.read(disk, place.resolve(KafkaMetadataLog.DIRECTORY));
            if (log != null) {
                return log;
            }
        }
        return null;
    }

    /** One look, step by step. */
    private static final class Look {
        private final Disk disk;
        private final DataDirectories directories;
        private final BrokerConfig config;
        private final Entropy entropy;
        private final KafkaMetadataLog known;
        private final Map<String, Map<Integer, Path>> logs = new TreeMap<>();
        private final List<TopicImage> topics = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();

        Look(Disk disk, DataDirectories directories, BrokerConfig config, Entropy entropy, KafkaMetadataLog known) {
            this.disk = disk;
            this.directories = directories;
            this.config = config;
            this.entropy = entropy;
            this.known = known;
            for (FoundDirectory directory : directories.found()) {
                for (LogId log : directory.logs()) {
                    logs.computeIfAbsent(log.topic(), topic -> new TreeMap<>()).put(log.partition(), directory.path().resolve(log.directoryName()));
                }
            }
        }

        KafkaAdoption done() throws IOException {
            Map<String, KafkaMetadataLog.Topic> named = known == null ? Map.of() : known.topics();
            for (Map.Entry<String, Map<Integer, Path>> topic : logs.entrySet()) {
                take(topic.getKey(), topic.getValue(), named.get(topic.getKey()));
            }
            for (KafkaMetadataLog.Topic topic : named.values()) {
                if (!logs.containsKey(topic.name)) {
                    notes.add("Topic '" + topic.name + "' has no partition in these directories and is not taken over.");
                }
            }
            if (known == null) {
                notes.add("Settings of topics cannot be known, because there is no " + KafkaMetadataLog.DIRECTORY + ": nothing is deleted for its age or size"
                        + " (retention.ms=-1, retention.bytes=-1) before you set these; topics that were compacted before are compacted, others are not.");
            } else {
                if (!known.acls().isEmpty() && config.value("authorizer.class.name").isEmpty()) {
                    notes.add("Access rules are taken over, and asked only when authorizer.class.name is set, as in Kafka's server.properties.");
                }
                known.notTaken().forEach((what, count) -> notes.add("Not taken over: " + what + " (" + count + " records)."));
            }
            notes.add(
                    "What topics do not set themselves they take from the settings of this broker: start it with Kafka's server.properties (--config), or with its"
                            + " log.retention and other defaults.");
            return new KafkaAdoption(List.copyOf(topics), known == null ? List.of() : List.copyOf(known.acls()),
                    known == null ? ClientQuotas.NONE : known.quotas(),
                    List.copyOf(problems), List.copyOf(notes));
        }

        private void take(String name, Map<Integer, Path> partitions, KafkaMetadataLog.Topic known) throws IOException {
            UUID id = id(name, partitions, known);
            int count = partitions.keySet().stream().max(Integer::compare).orElseThrow() + 1;
            if (known != null) {
                count = Math.max(count, known.epochs.keySet().stream().max(Integer::compare).orElse(-1) + 1);
            }
            List<PartitionImage> images = new ArrayList<>(count);
            List<Integer> missing = new ArrayList<>();
            PartitionImage first = PartitionImage.onReplicas(List.of(config.nodeId()));
            for (int index = 0; index < count; index++) {
                if (!partitions.containsKey(index)) {
                    missing.add(index);
                }
                images.add(known == null || !known.epochs.containsKey(index) ? first : first.inEpoch(known.epochs.get(index) + 1));
            }
            if (!missing.isEmpty()) {
                problems.add("Topic '" + name + "' has no log of its partitions " + missing + " here" + holders(known, missing) + ": they would begin empty.");
            }
            for (Map.Entry<Integer, Path> partition : partitions.entrySet()) {
                checkFormat(name + "-" + partition.getKey(), partition.getValue());
            }
            topics.add(new TopicImage(name, id, images, configs(name)));
        }

        private static String holders(KafkaMetadataLog.Topic known, List<Integer> missing) {
            Set<Integer> brokers = new TreeSet<>();
            missing.forEach(partition -> brokers.addAll(known == null ? List.of() : known.replicas.getOrDefault(partition, List.of())));
            return brokers.isEmpty() ? "" : " (they are on the brokers " + brokers + ")";
        }

        /** The id its logs were made for. Logs of before Kafka 2.8 have none, and get one. */
        private UUID id(String name, Map<Integer, Path> partitions, KafkaMetadataLog.Topic known) throws IOException {
            Map<UUID, Integer> ids = new HashMap<>();
            for (Map.Entry<Integer, Path> partition : partitions.entrySet()) {
                UUID id = PartitionMetadata.topicId(disk, partition.getValue());
                if (id != null) {
                    ids.put(id, partition.getKey());
                }
            }
            if (ids.size() > 1) {
                problems.add("The logs of topic '" + name + "' are of " + ids.size()
                        + " topics of that name, one of which was deleted: move those of the older out of the way.");
            }
            if (known != null && !ids.isEmpty() && !ids.containsKey(known.id)) {
                problems.add("The logs of topic '" + name + "' are of an older topic than the one that Kafka's metadata name so.");
            }
            return known != null ? known.id : ids.isEmpty() ? entropy.nextUuid() : ids.keySet().iterator().next();
        }

        private Map<String, String> configs(String name) throws IOException {
            if (known == null) {
                boolean isOurs = TopicNames.isInternal(name);
                if (isOurs) {
                    return InternalTopics.of(name, config, ClusterImage.empty("")).configs();
                }
                boolean isCompacted = TopicNames.isInternal(name);
                for (FoundDirectory directory : directories.found()) {
                    isCompacted |= directory.compacted().stream().anyMatch(log -> log.topic().equals(name));
                }
                return isCompacted
                        ? Map.of(TopicSettings.CLEANUP_POLICY, "compact")
                        : Map.of(TopicSettings.RETENTION_MS, "-1", TopicSettings.RETENTION_BYTES, "-1");
            }
            Map<String, String> taken = new TreeMap<>();
            known.configs(name).forEach((setting, value) -> {
                String problem = TopicSettings.problem(Map.of(setting, value));
                if (problem == null) {
                    taken.put(setting, value);
                } else {
                    notes.add("Not taken over: the setting " + setting + "=" + value + " of topic '" + name + "'. " + problem);
                }
            });
            return TopicSettings.canonical(taken);
        }

        private void checkFormat(String log, Path directory) throws IOException {
            for (Path segment : RecordFiles.segments(disk, directory, ".log")) {
                int format = RecordFiles.format(disk, segment);
                if (format >= 0 && format < RecordBatch.MAGIC_V2) {
                    problems.add("Log " + log + " has records in the format v" + format + " of Kafka before 0.11 (" + segment.getFileName()
                            + "), which cannot be read: let retention or compaction remove them first.");
                    return;
                }
            }
        }
    }

    /** Names of groups that have committed offsets, each with how many. Reads the whole of {@code __consumer_offsets}. */
    static Map<String, Integer> groups(Disk disk, DataDirectories directories) throws IOException {
        Map<String, Set<String>> offsets = new TreeMap<>();
        for (FoundDirectory directory : directories.found()) {
            for (LogId log : directory.logs()) {
                if (log.topic().equals(TopicNames.CONSUMER_OFFSETS)) {
                    for (Path segment : RecordFiles.segments(disk, directory.path().resolve(log.directoryName()), ".log")) {
                        RecordFiles.read(disk, segment, (offset, key, value) -> {
                            note(key, value != null, offsets);
                            return true;
                        });
                    }
                }
            }
        }
        Map<String, Integer> counts = new TreeMap<>();
        offsets.forEach((group, partitions) -> {
            if (!partitions.isEmpty()) {
                counts.put(group, partitions.size());
            }
        });
        return counts;
    }

    private static void note(ByteBuf key, boolean isThere, Map<String, Set<String>> offsets) {
        if (key == null || key.readableBytes() < Short.BYTES || key.getShort(key.readerIndex()) > OFFSET_KEY_MAX) {
            return;
        }
        try {
            MessageReader in = new MessageReader(key.duplicate());
            short version = in.int16();
            OffsetCommitKey commit = new OffsetCommitKey();
            commit.read(in, version);
            Set<String> partitions = offsets.computeIfAbsent(commit.group, group -> new TreeSet<>());
            String partition = commit.topic + "-" + commit.partition;
            if (isThere) {
                partitions.add(partition);
            } else {
                partitions.remove(partition);
            }
        } catch (MalformedMessageException other) {
            // A key of a kind that this broker does not know: its coordinator will leave it out, too.
        }
    }

    /** What would be taken over, and what not, for a person to read. */
    String report(DataDirectories directories, Map<String, Integer> groups) {
        StringBuilder text = new StringBuilder();
        for (FoundDirectory directory : directories.found()) {
            text.append(directory.path()).append(": cluster ").append(directories.clusterId()).append(", ").append(DataDirectories.some(directory.logs()))
                    .append(directory.wasClosedProperly() ? ", closed properly\n" : ", not closed properly: its logs will be checked\n");
        }
        text.append('\n').append(topics.size()).append(" topics would be served, without copying anything:\n");
        for (TopicImage topic : topics) {
            text.append("  ").append(topic.name()).append("  id ").append(DirectoryIdentity.format(topic.id())).append("  ").append(topic.partitions().size())
                    .append(topic.partitions().size() == 1 ? " partition" : " partitions");
            topic.configs().forEach((name, value) -> text.append("  ").append(name).append('=').append(value));
            text.append('\n');
        }
        text.append('\n').append(groups.size()).append(" groups have committed offsets:\n");
        groups.forEach((group, count) -> text.append("  ").append(group).append("  ").append(count).append(count == 1 ? " partition\n" : " partitions\n"));
        if (!acls.isEmpty() || !quotas.isEmpty()) {
            text.append('\n').append(acls.size()).append(acls.size() == 1 ? " access rule" : " access rules").append(" and quotas for ")
                    .append(quotas.byEntity().size()).append(" users, client ids and addresses would be kept.\n");
        }
        append(text, "What is in the way:", problems);
        append(text, "What does not come along, or cannot be known:", notes);
        text.append('\n').append(problems.isEmpty()
                ? "Nothing was changed. --adopt-kafka takes the directories over; Kafka must not use them after that.\n"
                : "Nothing was changed. --adopt-kafka refuses the directories as they are; --adopt-kafka=incomplete takes over what is there.\n");
        return text.toString();
    }

    private static void append(StringBuilder text, String title, List<String> sentences) {
        if (!sentences.isEmpty()) {
            text.append('\n').append(title).append('\n');
            sentences.forEach(sentence -> text.append("  ").append(sentence).append('\n'));
        }
    }
}
