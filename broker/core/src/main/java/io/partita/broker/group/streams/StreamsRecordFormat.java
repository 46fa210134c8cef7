package io.partita.broker.group.streams;

import io.netty.buffer.ByteBuf;
import io.partita.broker.group.EpochRecordFormat;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.message.StreamsGroupCurrentMemberAssignmentValue;
import io.partita.broker.protocol.message.StreamsGroupMemberMetadataValue;
import io.partita.broker.protocol.message.StreamsGroupMetadataValue;
import io.partita.broker.protocol.message.StreamsGroupTargetAssignmentMemberValue;
import io.partita.broker.protocol.message.StreamsGroupTopologyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;

/**
 * The records of streams groups as Kafka 4.4 writes them. The key's version says what a record is; every value is of version 0. Keys and the epoch of targets
 * have the fields of consumer groups.
 */
public final class StreamsRecordFormat {

    private static final short GROUP_KEY = 17;
    private static final short MEMBER_KEY = 19;
    private static final short TARGET_EPOCH_KEY = 20;
    private static final short MEMBER_TARGET_KEY = 21;
    private static final short CURRENT_KEY = 22;
    private static final short TOPOLOGY_KEY = 23;

    private StreamsRecordFormat() {}

    public static void writeKey(StreamsRecord record, ByteBuf out) {
        switch (record) {
            case StreamsRecord.GroupEpoch group -> EpochRecordFormat.writeKey(GROUP_KEY, group.groupId(), out);
            case StreamsRecord.Described described -> EpochRecordFormat.writeKey(TOPOLOGY_KEY, described.groupId(), out);
            case StreamsRecord.Member member -> EpochRecordFormat.writeKey(MEMBER_KEY, member.groupId(), member.memberId(), out);
            case StreamsRecord.TargetEpoch target -> EpochRecordFormat.writeKey(TARGET_EPOCH_KEY, target.groupId(), out);
            case StreamsRecord.MemberTarget target -> EpochRecordFormat.writeKey(MEMBER_TARGET_KEY, target.groupId(), target.memberId(), out);
            case StreamsRecord.Current current -> EpochRecordFormat.writeKey(CURRENT_KEY, current.groupId(), current.memberId(), out);
        }
    }

    /** Whether the record has a value. */
    public static boolean writeValue(StreamsRecord record, ByteBuf out) {
        return !record.deletes() && EpochRecordFormat.write(value(record), out);
    }

    private static Message value(StreamsRecord record) {
        return switch (record) {
            case StreamsRecord.GroupEpoch group -> value(group.value());
            case StreamsRecord.Described described -> value(described.value());
            case StreamsRecord.Member member -> value(member.value());
            case StreamsRecord.TargetEpoch target -> EpochRecordFormat.value(target.value());
            case StreamsRecord.MemberTarget target -> value(target.value());
            case StreamsRecord.Current current -> value(current.value());
        };
    }

    private static Message value(StreamsRecord.Metadata metadata) {
        var value = new StreamsGroupMetadataValue();
        value.epoch = metadata.epoch();
        value.metadataHash = metadata.hash();
        value.validatedTopologyEpoch = metadata.readyEpoch();
        value.lastAssignmentConfigs = new ArrayList<>();
        metadata.settings().forEach((name, set) -> {
            var config = new StreamsGroupMetadataValue.LastAssignmentConfig();
            config.key = name;
            config.value = set;
            value.lastAssignmentConfigs.add(config);
        });
        return value;
    }

    private static Message value(Topology topology) {
        var value = new StreamsGroupTopologyValue();
        value.epoch = topology.epoch();
        for (Topology.Subtopology subtopology : topology.subtopologies()) {
            var one = new StreamsGroupTopologyValue.Subtopology();
            one.subtopologyId = subtopology.id();
            one.sourceTopics = subtopology.sourceTopics();
            one.repartitionSinkTopics = subtopology.repartitionSinks();
            subtopology.repartitionSources().forEach(topic -> one.repartitionSourceTopics.add(value(topic)));
            subtopology.changelogs().forEach(topic -> one.stateChangelogTopics.add(value(topic)));
            for (Topology.Copartition group : subtopology.copartitions()) {
                var copartition = new StreamsGroupTopologyValue.CopartitionGroup();
                copartition.sourceTopics = group.sourceTopics();
                copartition.repartitionSourceTopics = group.repartitionSources();
                one.copartitionGroups.add(copartition);
            }
            value.subtopologies.add(one);
        }
        return value;
    }

    private static StreamsGroupTopologyValue.TopicInfo value(Topology.InternalTopic topic) {
        var info = new StreamsGroupTopologyValue.TopicInfo();
        info.name = topic.name();
        info.partitions = topic.partitions();
        info.replicationFactor = topic.replicationFactor();
        topic.configs().forEach((name, set) -> {
            var config = new StreamsGroupTopologyValue.TopicConfig();
            config.key = name;
            config.value = set;
            info.topicConfigs.add(config);
        });
        return info;
    }

    private static Message value(StreamsMemberMetadata metadata) {
        var value = new StreamsGroupMemberMetadataValue();
        value.instanceId = metadata.instanceId();
        value.rackId = metadata.rackId();
        value.clientId = metadata.clientId();
        value.clientHost = metadata.clientHost();
        value.rebalanceTimeoutMs = metadata.rebalanceTimeoutMillis();
        value.topologyEpoch = metadata.topologyEpoch();
        value.processId = metadata.processId();
        if (metadata.endpoint() != null) {
            value.userEndpoint = new StreamsGroupMemberMetadataValue.Endpoint();
            value.userEndpoint.host = metadata.endpoint().host();
            value.userEndpoint.port = metadata.endpoint().port();
        }
        metadata.tags().forEach((name, set) -> {
            var tag = new StreamsGroupMemberMetadataValue.KeyValue();
            tag.key = name;
            tag.value = set;
            value.clientTags.add(tag);
        });
        return value;
    }

    private static Message value(Tasks tasks) {
        var value = new StreamsGroupTargetAssignmentMemberValue();
        value.activeTasks = ids(tasks.active(), StreamsRecordFormat::target);
        value.standbyTasks = ids(tasks.standby(), StreamsRecordFormat::target);
        value.warmupTasks = ids(tasks.warmup(), StreamsRecordFormat::target);
        return value;
    }

    private static StreamsGroupTargetAssignmentMemberValue.TaskIds target(String subtopology, List<Integer> partitions) {
        var ids = new StreamsGroupTargetAssignmentMemberValue.TaskIds();
        ids.subtopologyId = subtopology;
        ids.partitions = partitions;
        return ids;
    }

    private static Message value(CurrentTasks current) {
        var value = new StreamsGroupCurrentMemberAssignmentValue();
        value.memberEpoch = current.epoch();
        value.previousMemberEpoch = current.previousEpoch();
        value.state = current.state().code();
        value.activeTasks = ids(current.assigned().active(), (subtopology, partitions) -> {
            var ids = current(subtopology, partitions);
            ids.assignmentEpochs = partitions.stream().map(partition -> current.since(new TaskId(subtopology, partition))).toList();
            return ids;
        });
        value.standbyTasks = ids(current.assigned().standby(), StreamsRecordFormat::current);
        value.warmupTasks = ids(current.assigned().warmup(), StreamsRecordFormat::current);
        value.activeTasksPendingRevocation = ids(current.revoking().active(), StreamsRecordFormat::current);
        value.standbyTasksPendingRevocation = ids(current.revoking().standby(), StreamsRecordFormat::current);
        value.warmupTasksPendingRevocation = ids(current.revoking().warmup(), StreamsRecordFormat::current);
        return value;
    }

    private static StreamsGroupCurrentMemberAssignmentValue.TaskIds current(String subtopology, List<Integer> partitions) {
        var ids = new StreamsGroupCurrentMemberAssignmentValue.TaskIds();
        ids.subtopologyId = subtopology;
        ids.partitions = partitions;
        return ids;
    }

    /** By subtopology, each with its partitions. */
    private static <T> List<T> ids(SortedSet<TaskId> tasks, BiFunction<String, List<Integer>, T> make) {
        var partitions = new TreeMap<String, List<Integer>>();
        tasks.forEach(task -> partitions.computeIfAbsent(task.subtopology(), id -> new ArrayList<>()).add(task.partition()));
        var ids = new ArrayList<T>();
        partitions.forEach((subtopology, of) -> ids.add(make.apply(subtopology, of)));
        return ids;
    }

    // ---- reading

    /** The record of a key of type {@code keyType}, whose other bytes are in {@code key}; null when it is of another kind. */
    public static StreamsRecord read(int keyType, MessageReader key, ByteBuf value) {
        return switch (keyType) {
            case GROUP_KEY -> new StreamsRecord.GroupEpoch(EpochRecordFormat.readGroup(key), value == null ? null : metadata(value));
            case TARGET_EPOCH_KEY -> new StreamsRecord.TargetEpoch(EpochRecordFormat.readGroup(key), value == null ? null : EpochRecordFormat.target(value));
            case TOPOLOGY_KEY -> new StreamsRecord.Described(EpochRecordFormat.readGroup(key), value == null ? null : topology(value));
            case MEMBER_KEY, MEMBER_TARGET_KEY, CURRENT_KEY -> {
                var read = EpochRecordFormat.readPart(key);
                yield read(keyType, read.group, read.part, value);
            }
            default -> null;
        };
    }

    private static StreamsRecord read(int keyType, String group, String member, ByteBuf value) {
        return switch (keyType) {
            case MEMBER_KEY -> new StreamsRecord.Member(group, member, value == null ? null : member(value));
            case MEMBER_TARGET_KEY -> new StreamsRecord.MemberTarget(group, member, value == null ? null : memberTarget(value));
            default -> new StreamsRecord.Current(group, member, value == null ? null : current(value));
        };
    }

    private static StreamsRecord.Metadata metadata(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new StreamsGroupMetadataValue(), bytes);
        var settings = new TreeMap<String, String>();
        if (value.lastAssignmentConfigs != null) {
            value.lastAssignmentConfigs.forEach(config -> settings.put(config.key, config.value));
        }
        return new StreamsRecord.Metadata(value.epoch, value.metadataHash, value.validatedTopologyEpoch, settings);
    }

    private static Topology topology(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new StreamsGroupTopologyValue(), bytes);
        var subtopologies = new ArrayList<Topology.Subtopology>();
        for (var one : value.subtopologies) {
            var copartitions = one.copartitionGroups.stream()
                    .map(group -> new Topology.Copartition(group.sourceTopics, group.repartitionSourceTopics)).toList();
            subtopologies.add(new Topology.Subtopology(one.subtopologyId, one.sourceTopics,
                    one.repartitionSourceTopics.stream().map(StreamsRecordFormat::internal).toList(), one.repartitionSinkTopics,
                    one.stateChangelogTopics.stream().map(StreamsRecordFormat::internal).toList(), copartitions));
        }
        return new Topology(value.epoch, subtopologies);
    }

    private static Topology.InternalTopic internal(StreamsGroupTopologyValue.TopicInfo info) {
        var configs = new TreeMap<String, String>();
        info.topicConfigs.forEach(config -> configs.put(config.key, config.value));
        return new Topology.InternalTopic(info.name, info.partitions, info.replicationFactor, configs);
    }

    private static StreamsMemberMetadata member(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new StreamsGroupMemberMetadataValue(), bytes);
        var tags = new TreeMap<String, String>();
        value.clientTags.forEach(tag -> tags.put(tag.key, tag.value));
        return new StreamsMemberMetadata(value.instanceId, value.rackId, value.clientId, value.clientHost, value.rebalanceTimeoutMs, value.topologyEpoch,
                value.processId, value.userEndpoint == null ? null : new StreamsMemberMetadata.Endpoint(value.userEndpoint.host, value.userEndpoint.port),
                tags);
    }

    private static Tasks memberTarget(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new StreamsGroupTargetAssignmentMemberValue(), bytes);
        return new Tasks(targets(value.activeTasks), targets(value.standbyTasks), targets(value.warmupTasks));
    }

    private static SortedSet<TaskId> targets(List<StreamsGroupTargetAssignmentMemberValue.TaskIds> ids) {
        var tasks = new TreeSet<TaskId>();
        ids.forEach(one -> one.partitions.forEach(partition -> tasks.add(new TaskId(one.subtopologyId, partition))));
        return tasks;
    }

    private static CurrentTasks current(ByteBuf bytes) {
        var value = EpochRecordFormat.read(new StreamsGroupCurrentMemberAssignmentValue(), bytes);
        var since = new TreeMap<TaskId, Integer>();
        for (var ids : value.activeTasks) {
            for (int i = 0; i < ids.partitions.size(); i++) {
                boolean known = ids.assignmentEpochs != null && i < ids.assignmentEpochs.size();
                since.put(new TaskId(ids.subtopologyId, ids.partitions.get(i)), known ? ids.assignmentEpochs.get(i) : value.memberEpoch);
            }
        }
        return new CurrentTasks(value.memberEpoch, value.previousMemberEpoch, StreamsMemberState.of(value.state),
                new Tasks(currents(value.activeTasks), currents(value.standbyTasks), currents(value.warmupTasks)), since,
                new Tasks(currents(value.activeTasksPendingRevocation), currents(value.standbyTasksPendingRevocation),
                        currents(value.warmupTasksPendingRevocation)));
    }

    private static SortedSet<TaskId> currents(List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids) {
        var tasks = new TreeSet<TaskId>();
        ids.forEach(one -> one.partitions.forEach(partition -> tasks.add(new TaskId(one.subtopologyId, partition))));
        return tasks;
    }
}
