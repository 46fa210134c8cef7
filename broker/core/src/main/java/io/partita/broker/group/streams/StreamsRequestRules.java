package io.partita.broker.group.streams;

import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.Refusal;
import io.partita.broker.group.streams.Topology.Copartition;
import io.partita.broker.group.streams.Topology.InternalTopic;
import io.partita.broker.group.streams.Topology.Subtopology;
import io.partita.broker.protocol.ErrorCode;
import java.util.HashSet;
import java.util.Set;

/** What is wrong with a heartbeat in itself, whatever the group is like. */
final class StreamsRequestRules {

    private StreamsRequestRules() {}

    /** Null when nothing is wrong. */
    static Refusal refusal(StreamsHeartbeatRequest request) {
        String invalid = invalid(request);
        if (invalid != null) {
            return new Refusal(ErrorCode.INVALID_REQUEST, invalid);
        }
        String topology = request.topology() == null ? null : invalid(request.topology());
        return topology == null ? null : new Refusal(ErrorCode.STREAMS_INVALID_TOPOLOGY, topology);
    }

    private static String invalid(StreamsHeartbeatRequest request) {
        String names = request.invalidNames(request.memberId().isBlank());
        if (names != null) {
            return names;
        }
        if (!MemberRequest.fits(request.groupId()) || !MemberRequest.fits(request.memberId())) {
            return "GroupId and MemberId may take " + MemberRequest.STRING_BYTES_MAX + " bytes each.";
        }
        if (request.epoch() < MemberRequest.LEAVES_FOR_A_WHILE) {
            return "MemberEpoch is " + request.epoch() + ", but must be greater than or equal to -2.";
        }
        if (request.epoch() == MemberRequest.LEAVES_FOR_A_WHILE && request.instanceId() == null) {
            return "InstanceId can't be null.";
        }
        if (!request.joins()) {
            return request.topology() == null ? null : "Topology can only be provided when (re-)joining.";
        }
        return invalidJoin(request);
    }

    private static String invalidJoin(StreamsHeartbeatRequest request) {
        if (request.rebalanceTimeoutMillis() == -1) {
            return "RebalanceTimeoutMs must be provided in first request.";
        }
        if (request.owned() != null && !request.owned().active().isEmpty()) {
            return "ActiveTasks must be empty when (re-)joining.";
        }
        if (request.owned() != null && !request.owned().standby().isEmpty()) {
            return "StandbyTasks must be empty when (re-)joining.";
        }
        if (request.owned() != null && !request.owned().warmup().isEmpty()) {
            return "WarmupTasks must be empty when (re-)joining.";
        }
        return request.topology() == null ? "Topology must be non-null when (re-)joining." : null;
    }

    private static String invalid(Topology topology) {
        Set<String> ids = new HashSet<>();
        for (Subtopology subtopology : topology.subtopologies()) {
            if (!ids.add(subtopology.id())) {
                return "Subtopology " + subtopology.id() + " is there twice.";
            }
            if (subtopology.sourceTopics().isEmpty() && subtopology.repartitionSources().isEmpty()) {
                return "Subtopology " + subtopology.id() + " does not contain any source topics.";
            }
            for (InternalTopic topic : subtopology.changelogs()) {
                if (topic.partitions() != 0) {
                    return "Changelog topic " + topic.name() + " must have an undefined partition count, but it is set to " + topic.partitions() + ".";
                }
            }
            for (InternalTopic topic : subtopology.repartitionSources()) {
                if (topic.partitions() < 0) {
                    return "Repartition topic " + topic.name() + " cannot have " + topic.partitions() + " partitions.";
                }
            }
            for (Copartition group : subtopology.copartitions()) {
                boolean within = group.sourceTopics().stream().allMatch(index -> index >= 0 && index < subtopology.sourceTopics().size())
                        && group.repartitionSources().stream().allMatch(index -> index >= 0 && index < subtopology.repartitionSources().size());
                if (!within) {
                    return "A copartition group of subtopology " + subtopology.id() + " names topics that the subtopology does not have.";
                }
            }
        }
        return null;
    }
}
