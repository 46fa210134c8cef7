package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.SyncRequest;
import io.partita.broker.group.SyncResult;
import io.partita.broker.protocol.message.SyncGroupRequest;
import io.partita.broker.protocol.message.SyncGroupResponse;
import java.util.HashMap;

/**
 * SyncGroup (key 14), versions 0–5. v1 throttle time; v3 static members (KIP-345); v5 protocol type and name on both sides, so that a client
 * notices when they are not its own (KIP-559).
 */
public final class SyncGroupHandler implements Handler<SyncGroupRequest> {

    private final GroupCoordinator groups;

    public SyncGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, SyncGroupRequest request) {
        if (!Permission.SYNC_GROUP.isGranted(context, request.groupId)) {
            context.respond(response(SyncResult.failed(Permission.SYNC_GROUP.refusal())));
            return;
        }
        var assignments = new HashMap<String, byte[]>();
        for (var assignment : request.assignments) {
            assignments.put(assignment.memberId, assignment.assignment);
        }
        var sync = new SyncRequest(request.groupId, request.generationId, request.memberId, request.groupInstanceId, request.protocolType,
                request.protocolName, assignments);
        groups.sync(sync, GroupClient.answer(context, SyncGroupHandler::response));
    }

    private static SyncGroupResponse response(SyncResult result) {
        var response = new SyncGroupResponse();
        response.errorCode = result.error().code();
        response.protocolType = result.protocolType();
        response.protocolName = result.protocol();
        response.assignment = result.assignment();
        return response;
    }
}
