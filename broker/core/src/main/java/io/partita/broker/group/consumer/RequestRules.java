package io.partita.broker.group.consumer;

import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.Refusal;
import io.partita.broker.protocol.ErrorCode;

/** What is wrong with a heartbeat in itself, whatever the group is like. */
final class RequestRules {

    private RequestRules() {}

    /** Null when nothing is wrong. */
    static Refusal of(ConsumerHeartbeatRequest request) {
        String invalid = invalid(request);
        if (invalid != null) {
            return new Refusal(ErrorCode.INVALID_REQUEST, invalid);
        }
        String assignor = request.serverAssignor();
        if (assignor != null && Assignor.ALL.stream().noneMatch(one -> one.name().equals(assignor))) {
            return new Refusal(ErrorCode.UNSUPPORTED_ASSIGNOR,
                    "ServerAssignor " + assignor + " is not supported. Supported assignors: uniform, range.");
        }
        if (request.topicRegex() != null && !request.topicRegex().isEmpty()) {
            String problem = TopicPatterns.problem(request.topicRegex());
            return problem == null ? null : new Refusal(ErrorCode.INVALID_REGULAR_EXPRESSION, problem);
        }
        return null;
    }

    private static String invalid(ConsumerHeartbeatRequest request) {
        String names = request.invalidNames(request.memberId().isEmpty() && (request.choosesId() || !request.joins()));
        if (names != null) {
            return names;
        }
        if (!MemberRequest.fits(request.groupId()) || !MemberRequest.fits(request.memberId())
                || request.topicRegex() != null && !MemberRequest.fits(request.topicRegex())) {
            return "GroupId, MemberId and SubscribedTopicRegex may take " + MemberRequest.STRING_BYTES_MAX + " bytes each.";
        }
        if (request.epoch() < ConsumerHeartbeatRequest.LEAVES_FOR_A_WHILE) {
            return "MemberEpoch is invalid.";
        }
        if (request.epoch() == ConsumerHeartbeatRequest.LEAVES_FOR_A_WHILE && request.instanceId() == null) {
            return "InstanceId can't be null.";
        }
        return request.joins() ? invalidJoin(request) : null;
    }

    private static String invalidJoin(ConsumerHeartbeatRequest request) {
        if (request.rebalanceTimeoutMillis() == -1) {
            return "RebalanceTimeoutMs must be provided in first request.";
        }
        if (request.owned() == null || !request.owned().isEmpty()) {
            return "TopicPartitions must be empty when (re-)joining.";
        }
        if (request.topicNames() == null && request.topicRegex() == null) {
            return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.";
        }
        return null;
    }
}
