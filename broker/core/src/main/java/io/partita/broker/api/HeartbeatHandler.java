package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.protocol.message.HeartbeatResponse;

/**
 * Heartbeat (key 12), versions 0–4. v1 throttle time; v3 static members (KIP-345). The answer may be held back for some seconds while nothing
 * changes, if the client is one that can bear it, and is then given the moment the group rebalances.
 */
public final class HeartbeatHandler implements Handler<HeartbeatRequest> {

    private final GroupCoordinator groups;

    public HeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, HeartbeatRequest request) {
        if (!Permission.HEARTBEAT.isGranted(context, request.groupId)) {
            var refusal = new HeartbeatResponse();
            refusal.errorCode = Permission.HEARTBEAT.refusal().code();
            context.respond(refusal);
            return;
        }
        var heartbeat = new io.partita.broker.group.HeartbeatRequest(request.groupId, request.generationId, request.memberId,
                request.groupInstanceId, GroupClient.of(context));
        groups.heartbeat(heartbeat, GroupClient.answer(context, error -> {
            var response = new HeartbeatResponse();
            response.errorCode = error.code();
            return response;
        }));
    }
}
