package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.LeaveResult;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.LeaveGroupRequest;
import io.partita.broker.protocol.message.LeaveGroupResponse;
import java.util.ArrayList;
import java.util.List;

/** LeaveGroup (key 13), versions 0–5. v1 throttle time; v3 several members at once, static ones by their instance (KIP-345); v5 reason (KIP-800). */
public final class LeaveGroupHandler implements Handler<LeaveGroupRequest> {

    private final GroupCoordinator groups;

    public LeaveGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, LeaveGroupRequest request) {
        if (!Permission.LEAVE_GROUP.isGranted(context, request.groupId)) {
            var refusal = new LeaveGroupResponse();
            refusal.errorCode = Permission.LEAVE_GROUP.refusal().code();
            context.respond(refusal);
            return;
        }
        boolean several = context.version() >= 3;
        List<LeaveRequest.Leaver> leavers;
        if (several) {
            leavers = new ArrayList<>(request.members.size());
            for (var member : request.members) {
                leavers.add(new LeaveRequest.Leaver(member.memberId, member.groupInstanceId, member.reason));
            }
        } else {
            leavers = List.of(new LeaveRequest.Leaver(request.memberId, null, null));
        }
        groups.leave(new LeaveRequest(request.groupId, leavers), GroupClient.answer(context, result -> response(result, leavers, several)));
    }

    private static LeaveGroupResponse response(LeaveResult result, List<LeaveRequest.Leaver> leavers, boolean several) {
        var response = new LeaveGroupResponse();
        response.errorCode = result.error().code();
        if (result.error() != ErrorCode.NONE) {
            return response;
        }
        if (!several) {
            response.errorCode = result.members().getFirst().code();
            return response;
        }
        for (int i = 0; i < leavers.size(); i++) {
            var member = new LeaveGroupResponse.MemberResponse();
            member.memberId = leavers.get(i).memberId();
            member.groupInstanceId = leavers.get(i).instanceId();
            member.errorCode = result.members().get(i).code();
            response.members.add(member);
        }
        return response;
    }
}
