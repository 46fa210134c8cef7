package io.partita.cli.command;

import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.message.ConsumerGroupDescribeRequest;
import io.partita.broker.protocol.message.ConsumerGroupDescribeResponse;
import io.partita.broker.protocol.message.ConsumerProtocolAssignment;
import io.partita.broker.protocol.message.DescribeGroupsRequest;
import io.partita.broker.protocol.message.DescribeGroupsResponse;
import io.partita.broker.protocol.message.ListGroupsRequest;
import io.partita.broker.protocol.message.ListGroupsResponse;
import io.partita.broker.protocol.message.ListGroupsResponse.ListedGroup;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.broker.protocol.message.OffsetFetchRequest;
import io.partita.broker.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.partita.broker.protocol.message.OffsetFetchResponse;
import io.partita.broker.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.partita.broker.protocol.message.StreamsGroupDescribeRequest;
import io.partita.broker.protocol.message.StreamsGroupDescribeResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.NearNames;
import io.partita.cli.client.Sentences;
import io.partita.cli.command.DescribedGroup.Subtopology;
import io.partita.cli.command.GroupMember.StreamsTasks;
import io.partita.cli.command.ShareGroups.Stand;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Asks coordinators about groups. */
final class Groups {

    private static final short CONSUMER_PROTOCOL_HIGHEST = ConsumerProtocolAssignment.HIGHEST_VERSION;

    private final Cluster cluster;

    Groups(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Those of all coordinators. */
    List<ListedGroup> list() {
        List<ListedGroup> all = new ArrayList<>();
        for (int broker : cluster.brokers().keySet()) {
            ListGroupsResponse response = cluster.broker(broker).call(ApiKey.LIST_GROUPS, 1, 5, new ListGroupsRequest(), new ListGroupsResponse());
            Sentences.check(response.errorCode, null, "The groups of broker " + broker);
            all.addAll(response.groups);
        }
        return all;
    }

    /** Whether its members commit offsets, as consumers do and Kafka Streams does. */
    static boolean hasOffsets(ListedGroup group) {
        return group.protocolType.isEmpty() || group.protocolType.equals("consumer") || group.protocolType.equals("streams");
    }

    /** By the protocol of KIP-848 where it is such a group, else as a classic one. */
    DescribedGroup describe(String id) {
        int coordinator = cluster.coordinator(Cluster.GROUP, id);
        if (cluster.broker(coordinator).serves(ApiKey.CONSUMER_GROUP_DESCRIBE, 0, 1)) {
            ConsumerGroupDescribeRequest request = new ConsumerGroupDescribeRequest();
            request.groupIds.add(id);
            var group = cluster.callCoordinator(Cluster.GROUP, id, ApiKey.CONSUMER_GROUP_DESCRIBE, 0, 1, request, ConsumerGroupDescribeResponse::new,
                    answer -> answer.groups.getFirst().errorCode).groups.getFirst();
            if (ErrorCode.forCode(group.errorCode) != ErrorCode.GROUP_ID_NOT_FOUND && ErrorCode.forCode(group.errorCode) != ErrorCode.UNSUPPORTED_VERSION) {
                Sentences.check(group.errorCode, group.errorMessage, "The group " + id);
                return new DescribedGroup(id, group.groupState, "consumer", group.assignorName, group.groupEpoch, coordinator,
                        group.members.stream().map(Groups::member).toList());
            }
        }
        DescribeGroupsRequest request = new DescribeGroupsRequest();
        request.groups.add(id);
        var group = cluster.callCoordinator(Cluster.GROUP, id, ApiKey.DESCRIBE_GROUPS, 0, 6, request, DescribeGroupsResponse::new,
                answer -> answer.groups.getFirst().errorCode).groups.getFirst();
        if (ErrorCode.forCode(group.errorCode) == ErrorCode.GROUP_ID_NOT_FOUND || group.errorCode == 0 && group.groupState.equals("Dead")) {
            DescribedGroup streams = streams(id, coordinator);
            DescribedGroup found = streams != null ? streams : new ShareGroups(cluster).described(id, coordinator);
            if (found != null) {
                return found;
            }
            throw unknown(id);
        }
        Sentences.check(group.errorCode, group.errorMessage, "The group " + id);
        return new DescribedGroup(id, group.groupState, "classic", group.protocolData, null, coordinator,
                group.members.stream().map(Groups::member).toList());
    }

    /** As one of Kafka Streams (KIP-1071); null when it is none. */
    private DescribedGroup streams(String id, int coordinator) {
        if (!cluster.broker(coordinator).serves(ApiKey.STREAMS_GROUP_DESCRIBE, 0, 1)) {
            return null;
        }
        StreamsGroupDescribeRequest request = new StreamsGroupDescribeRequest();
        request.groupIds.add(id);
        var group = cluster.callCoordinator(Cluster.GROUP, id, ApiKey.STREAMS_GROUP_DESCRIBE, 0, 1, request, StreamsGroupDescribeResponse::new,
                answer -> answer.groups.getFirst().errorCode).groups.getFirst();
        if (ErrorCode.forCode(group.errorCode) == ErrorCode.GROUP_ID_NOT_FOUND || ErrorCode.forCode(group.errorCode) == ErrorCode.UNSUPPORTED_VERSION) {
            return null;
        }
        Sentences.check(group.errorCode, group.errorMessage, "The group " + id);
        Map<String, TreeSet<String>> sources = new TreeMap<>();
        List<Subtopology> parts = new ArrayList<>();
        if (group.topology != null && group.topology.subtopologies != null) {
            group.topology.subtopologies.forEach(part -> {
                TreeSet<String> of = new TreeSet<>(part.sourceTopics);
                part.repartitionSourceTopics.forEach(topic -> of.add(topic.name));
                sources.put(part.subtopologyId, of);
                parts.add(new Subtopology(part.subtopologyId, List.copyOf(of), List.copyOf(part.repartitionSinkTopics),
                        part.stateChangelogTopics.stream().map(topic -> topic.name).toList()));
            });
        }
        List<String> topics = sources.values().stream().flatMap(TreeSet::stream).distinct().toList();
        Map<String, Integer> partitions = new TreeMap<>();
        if (!topics.isEmpty()) {
            cluster.metadata(topics).topics.forEach(topic -> partitions.put(topic.name, topic.partitions.size()));
        }
        return new DescribedGroup(id, group.groupState, "streams", group.assignorName, group.groupEpoch, group.topology == null ? null : group.topology.epoch,
                coordinator, group.members.stream().map(member -> member(member, sources, partitions)).toList(), parts);
    }

    /** A task reads the partition of its number of each topic that has one. */
    private static GroupMember member(StreamsGroupDescribeResponse.Member member, Map<String, TreeSet<String>> sources, Map<String, Integer> partitions) {
        List<TopicPartition> reads = new ArrayList<>();
        member.assignment.activeTasks.forEach(tasks -> sources.getOrDefault(tasks.subtopologyId, new TreeSet<>())
                .forEach(topic -> tasks.partitions.stream().filter(index -> index < partitions.getOrDefault(topic, 0))
                        .forEach(index -> reads.add(new TopicPartition(topic, index)))));
        return new GroupMember(member.memberId, member.instanceId, member.clientId, member.clientHost, member.memberEpoch, reads,
                new StreamsTasks(member.topologyEpoch, member.processId, names(member.assignment.activeTasks), names(member.assignment.standbyTasks),
                        names(member.assignment.warmupTasks)),
                null);
    }

    private static List<String> names(List<StreamsGroupDescribeResponse.TaskIds> tasks) {
        return tasks.stream().flatMap(of -> of.partitions.stream().map(partition -> of.subtopologyId + "_" + partition)).toList();
    }

    static boolean isShare(ListedGroup group) {
        return group.protocolType.equals("share");
    }

    /** Whether there is a share group of this name. @throws Failure when it is of a kind that is neither that nor commits offsets */
    boolean isShare(String id) {
        List<ListedGroup> named = list().stream().filter(group -> group.groupId.equals(id)).toList();
        named.stream().filter(group -> !hasOffsets(group) && !isShare(group)).findFirst().ifPresent(group -> {
            throw new Failure(Kind.REFUSED, id + " is a group of the kind " + group.protocolType + ", which commits no offsets of this kind.",
                    "kafka-" + group.protocolType + "-groups.sh shows and changes it.");
        });
        return named.stream().anyMatch(Groups::isShare);
    }

    private RuntimeException unknown(String id) {
        isShare(id);
        return new NearNames(list().stream().map(group -> group.groupId).toList()).unknown("group", id, "partita group list shows all.");
    }

    private static GroupMember member(ConsumerGroupDescribeResponse.Member member) {
        List<TopicPartition> assigned = new ArrayList<>();
        member.assignment.topicPartitions.forEach(topic -> topic.partitions.forEach(partition -> assigned.add(new TopicPartition(topic.topicName, partition))));
        return new GroupMember(member.memberId, member.instanceId, member.clientId, member.clientHost, member.memberEpoch, assigned);
    }

    private static GroupMember member(DescribeGroupsResponse.DescribedGroupMember member) {
        List<TopicPartition> assigned = new ArrayList<>();
        if (member.memberAssignment != null && member.memberAssignment.length > Short.BYTES) {
            try {
                MessageReader reader = new MessageReader(Unpooled.wrappedBuffer(member.memberAssignment));
                ConsumerProtocolAssignment assignment = new ConsumerProtocolAssignment();
                assignment.read(reader, (short) Math.min(reader.int16(), CONSUMER_PROTOCOL_HIGHEST));
                assignment.assignedPartitions.forEach(topic -> topic.partitions.forEach(partition -> assigned.add(new TopicPartition(topic.topic, partition))));
            } catch (MalformedMessageException e) {
                // A group of another kind, whose assignments only its members understand.
                assigned.clear();
            }
        }
        return new GroupMember(member.memberId, member.groupInstanceId, member.clientId, member.clientHost, null, assigned);
    }

    /** What the group has committed, and where those partitions end; also of partitions that members have and nothing was committed for. */
    List<GroupLag> lag(DescribedGroup group) {
        if (group.isShare()) {
            return shared(group.id(), group.members());
        }
        Map<TopicPartition, GroupMember> members = new TreeMap<>();
        group.members().forEach(member -> member.assigned().forEach(partition -> members.put(partition, member)));
        return lag(group.id(), members);
    }

    /** The same without members. */
    List<GroupLag> lag(ListedGroup group) {
        return isShare(group) ? shared(group.groupId, List.of()) : lag(group.groupId, Map.of());
    }

    private List<GroupLag> shared(String id, List<GroupMember> members) {
        Map<TopicPartition, Stand> stands = new ShareGroups(cluster).stands(id);
        TreeSet<TopicPartition> partitions = new TreeSet<>(stands.keySet());
        members.forEach(member -> partitions.addAll(member.assigned()));
        Map<TopicPartition, Long> ends = ends(partitions);
        List<GroupLag> lag = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Stand stand = stands.getOrDefault(partition, new Stand(null, null));
            Long end = ends.get(partition);
            lag.add(new GroupLag(partition, stand.start(), end == null || end == Offsets.UNKNOWN ? null : end, stand.lag(), null,
                    members.stream().filter(member -> member.assigned().contains(partition)).toList()));
        }
        return lag;
    }

    private List<GroupLag> lag(String id, Map<TopicPartition, GroupMember> members) {
        Map<TopicPartition, OffsetFetchResponse.OffsetFetchResponsePartitions> committed = committed(id);
        TreeSet<TopicPartition> partitions = new TreeSet<>(committed.keySet());
        partitions.addAll(members.keySet());
        Map<TopicPartition, Long> ends = ends(partitions);
        List<GroupLag> lag = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            var offset = committed.get(partition);
            Long end = ends.get(partition);
            lag.add(new GroupLag(partition, offset == null ? null : offset.committedOffset, end == null || end == Offsets.UNKNOWN ? null : end,
                    offset == null ? null : offset.metadata, members.get(partition)));
        }
        return lag;
    }

    private Map<TopicPartition, Long> ends(TreeSet<TopicPartition> partitions) {
        if (partitions.isEmpty()) {
            return Map.of();
        }
        List<MetadataResponseTopic> topics = cluster.metadata(partitions.stream().map(TopicPartition::topic).distinct().toList()).topics;
        return new Offsets(cluster).at(topics, partition -> partitions.contains(partition) ? Offsets.LATEST : Long.MIN_VALUE);
    }

    /** What it has committed. */
    Map<TopicPartition, OffsetFetchResponse.OffsetFetchResponsePartitions> committed(String id) {
        OffsetFetchRequest request = new OffsetFetchRequest();
        OffsetFetchRequestGroup asked = new OffsetFetchRequestGroup();
        asked.groupId = id;
        asked.topics = null;
        request.groups.add(asked);
        OffsetFetchResponseGroup group = cluster.callCoordinator(Cluster.GROUP, id, ApiKey.OFFSET_FETCH, 8, 9, request, OffsetFetchResponse::new,
                answer -> answer.groups.getFirst().errorCode).groups.getFirst();
        if (ErrorCode.forCode(group.errorCode) != ErrorCode.GROUP_ID_NOT_FOUND) {
            Sentences.check(group.errorCode, null, "The group " + id);
        }
        Map<TopicPartition, OffsetFetchResponse.OffsetFetchResponsePartitions> offsets = new TreeMap<>();
        group.topics.forEach(topic -> topic.partitions.stream()
                .filter(partition -> partition.errorCode == 0 && partition.committedOffset >= 0)
                .sorted(Comparator.comparingInt(partition -> partition.partitionIndex))
                .forEach(partition -> offsets.put(new TopicPartition(topic.name, partition.partitionIndex), partition)));
        return offsets;
    }
}
