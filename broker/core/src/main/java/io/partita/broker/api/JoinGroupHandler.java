package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.protocol.message.JoinGroupRequest;
import io.partita.broker.protocol.message.JoinGroupResponse;
import java.util.ArrayList;

/**
 * JoinGroup (key 11), versions 0–9. v1 rebalance timeout; v2 throttle time; v4 a new member is given its id first (KIP-394); v5 static members
 * (KIP-345); v7 protocol type in the answer (KIP-559); v8 reason (KIP-800); v9 a leader may be told to skip the assignment (KIP-814).
 */
public final class JoinGroupHandler implements Handler<JoinGroupRequest> {

    private final GroupCoordinator groups;

    public JoinGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, JoinGroupRequest request) {
        short version = context.version();
        if (!Permission.JOIN_GROUP.isGranted(context, request.groupId)) {
            context.respond(response(JoinResult.failed(Permission.JOIN_GROUP.refusal(), request.memberId), version));
            return;
        }
        var protocols = new ArrayList<JoinProtocol>(request.protocols.size());
        for (var protocol : request.protocols) {
            protocols.add(new JoinProtocol(protocol.name, protocol.metadata));
        }
        // Before version 1 the session timeout served as both.
        int rebalanceTimeout = request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs;
        var join = new JoinRequest(request.groupId, request.memberId, request.groupInstanceId, GroupClient.of(context), request.sessionTimeoutMs,
                rebalanceTimeout, request.protocolType, protocols, request.reason, version >= 4, version >= 9);
        groups.join(join, GroupClient.answer(context, result -> response(result, version)));
    }

    private static JoinGroupResponse response(JoinResult result, short version) {
        var response = new JoinGroupResponse();
        response.errorCode = result.error().code();
        response.generationId = result.generation();
        response.protocolType = result.protocolType();
        // Null only from version 7 on.
        response.protocolName = result.protocol() == null && version < 7 ? "" : result.protocol();
        response.leader = result.leader();
        response.skipAssignment = result.skipAssignment();
        response.memberId = result.memberId();
        for (var joined : result.members()) {
            var member = new JoinGroupResponse.JoinGroupResponseMember();
            member.memberId = joined.memberId();
            member.groupInstanceId = joined.instanceId();
            member.metadata = joined.metadata();
            response.members.add(member);
        }
        return response;
    }
}
