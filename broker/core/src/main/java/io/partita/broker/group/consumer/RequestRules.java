package io.partita.broker.group.consumer;

import io.netty.buffer.ByteBufUtil;
import io.partita.broker.protocol.ErrorCode;

/** What is wrong with a heartbeat in itself, whatever the group is like. */
final class RequestRules {

    /** Keys of records hold at most 32767 bytes. */
    private static final int STRING_BYTES_MAX = Short.MAX_VALUE - 64;

    private RequestRules() {}

    record Problem(ErrorCode error, String message) {

        ConsumerHeartbeatResult result() {
            return ConsumerHeartbeatResult.failed(error, message);
        }
    }

    /** Null when nothing is wrong. */
    static Problem of(ConsumerHeartbeatRequest request) {
        String invalid = invalid(request);
        if (invalid != null) {
            return new Problem(ErrorCode.INVALID_REQUEST, invalid);
        }
        String assignor = request.serverAssignor();
        if (assignor != null && Assignor.ALL.stream().noneMatch(one -> one.name().equals(assignor))) {
            return new Problem(ErrorCode.UNSUPPORTED_ASSIGNOR,
                    "ServerAssignor " + assignor + " is not supported. Supported assignors: uniform, range.");
        }
        if (request.topicRegex() != null && !request.topicRegex().isEmpty()) {
            String problem = TopicPatterns.problem(request.topicRegex());
            return problem == null ? null : new Problem(ErrorCode.INVALID_REGULAR_EXPRESSION, problem);
        }
        return null;
    }

    private static String invalid(ConsumerHeartbeatRequest request) {
        if (request.groupId().isBlank()) {
            return "GroupId can't be empty.";
        }
        if (request.memberId().isEmpty() && (request.choosesId() || !request.joins())) {
            return "MemberId can't be empty.";
        }
        if (isBlank(request.instanceId())) {
            return "InstanceId can't be empty.";
        }
        if (isBlank(request.rackId())) {
            return "RackId can't be empty.";
        }
        if (!fits(request.groupId()) || !fits(request.memberId()) || request.topicRegex() != null && !fits(request.topicRegex())) {
            return "GroupId, MemberId and SubscribedTopicRegex may take " + STRING_BYTES_MAX + " bytes each.";
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

    private static boolean isBlank(String text) {
        return text != null && text.isBlank();
    }

    private static boolean fits(String text) {
        return 3L * text.length() <= STRING_BYTES_MAX || ByteBufUtil.utf8Bytes(text) <= STRING_BYTES_MAX;
    }
}
