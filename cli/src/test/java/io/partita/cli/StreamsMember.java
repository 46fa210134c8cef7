package io.partita.cli;

import io.partita.broker.Broker;
import io.partita.broker.net.Caller;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetCommitResponse;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatRequest;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatResponse;
import io.partita.broker.security.Principal;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/** The only member of a group of Kafka Streams that reads one topic: what an application's client sends, without the application. */
final class StreamsMember {

    private static final int HEARTBEAT = 1;
    private static final int COMMIT = 9;
    private static final int FIND = 4;
    private static final Set<ErrorCode> PASSING = Set.of(ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE,
            ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);

    private final Broker broker;
    private final String group;
    private final Caller caller;
    private StreamsGroupHeartbeatResponse told = new StreamsGroupHeartbeatResponse();

    private StreamsMember(Broker broker, String group) {
        this.broker = broker;
        this.group = group;
        this.caller = new Caller(Principal.ANONYMOUS, InetAddress.getLoopbackAddress(), broker.config().listeners().getFirst().name(), "streams-1");
    }

    /** Joins, and waits for its task. */
    static StreamsMember of(Broker broker, String group, String topic) {
        StreamsMember member = new StreamsMember(broker, group);
        var subtopology = new StreamsGroupHeartbeatRequest.Subtopology();
        subtopology.subtopologyId = "0";
        subtopology.sourceTopics.add(topic);
        var topology = new StreamsGroupHeartbeatRequest.Topology();
        topology.epoch = 3;
        topology.subtopologies.add(subtopology);
        var coordinator = new FindCoordinatorRequest();
        coordinator.coordinatorKeys.add(group);
        do {
            // Asking for it makes it, and it may still be loading.
            member.call(ApiKey.FIND_COORDINATOR, FIND, coordinator);
            member.told = member.heartbeat(0, topology);
        } while (PASSING.contains(ErrorCode.forCode(member.told.errorCode)));
        if (member.told.errorCode != ErrorCode.NONE.code()) {
            throw new AssertionError(ErrorCode.forCode(member.told.errorCode) + ": " + member.told.errorMessage);
        }
        List<StreamsGroupHeartbeatRequest.TaskIds> none = List.of();
        while (member.told.activeTasks == null || member.told.activeTasks.isEmpty()) {
            member.told = member.heartbeat(member.told.memberEpoch, null, none);
        }
        var mine = new StreamsGroupHeartbeatRequest.TaskIds();
        mine.subtopologyId = "0";
        mine.partitions.addAll(member.told.activeTasks.getFirst().partitions);
        member.told = member.heartbeat(member.told.memberEpoch, null, List.of(mine));
        return member;
    }

    private StreamsGroupHeartbeatResponse heartbeat(int epoch, StreamsGroupHeartbeatRequest.Topology topology) {
        return heartbeat(epoch, topology, topology == null ? null : List.of());
    }

    private StreamsGroupHeartbeatResponse heartbeat(int epoch, StreamsGroupHeartbeatRequest.Topology topology,
            List<StreamsGroupHeartbeatRequest.TaskIds> active) {
        var request = new StreamsGroupHeartbeatRequest();
        request.groupId = group;
        request.memberId = "member-1";
        request.memberEpoch = epoch;
        request.topology = topology;
        request.activeTasks = active;
        request.standbyTasks = active == null ? null : List.of();
        request.warmupTasks = active == null ? null : List.of();
        if (topology != null) {
            request.rebalanceTimeoutMs = 30_000;
            request.processId = "process-1";
        }
        return call(ApiKey.STREAMS_GROUP_HEARTBEAT, HEARTBEAT, request);
    }

    /** Commits an offset of the first partition. */
    void commit(String topic, long offset) {
        var request = new OffsetCommitRequest();
        request.groupId = group;
        request.memberId = "member-1";
        request.generationIdOrMemberEpoch = told.memberEpoch;
        var of = new OffsetCommitRequest.OffsetCommitRequestTopic();
        of.name = topic;
        var partition = new OffsetCommitRequest.OffsetCommitRequestPartition();
        partition.committedOffset = offset;
        of.partitions.add(partition);
        request.topics.add(of);
        OffsetCommitResponse answer = call(ApiKey.OFFSET_COMMIT, COMMIT, request);
        if (answer.topics.getFirst().partitions.getFirst().errorCode != ErrorCode.NONE.code()) {
            throw new AssertionError("the offset is refused with " + ErrorCode.forCode(answer.topics.getFirst().partitions.getFirst().errorCode));
        }
    }

    /** Leaves the group. */
    void leave() {
        told = heartbeat(-1, null);
    }

    @SuppressWarnings("unchecked")
    private <R extends Message> R call(ApiKey key, int version, Message request) {
        return (R) broker.clients().call(caller, broker.nodeId(), key, version, request).join();
    }
}
