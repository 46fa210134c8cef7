package io.partita.broker.api;

import io.partita.broker.group.DescribedGroup;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.classic.GroupState;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeGroupsRequest;
import io.partita.broker.protocol.message.DescribeGroupsResponse;

/**
 * DescribeGroups (key 15), versions 0–6. v1 throttle time; v3 authorized operations (KIP-430); v4 static members (KIP-345); v6 a group that does
 * not exist is an error (KIP-1043), where older clients are told of a dead one.
 */
public final class DescribeGroupsHandler implements Handler<DescribeGroupsRequest> {

    private final GroupCoordinator groups;

    public DescribeGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, DescribeGroupsRequest request) {
        boolean absentIsError = context.version() >= 6;
        groups.describeGroups(request.groups, GroupClient.guarded(context, results -> {
            var response = new DescribeGroupsResponse();
            for (int i = 0; i < results.size(); i++) {
                var described = new DescribeGroupsResponse.DescribedGroup();
                described.groupId = request.groups.get(i);
                ErrorCode error = Permission.DESCRIBE_GROUPS.isGranted(context, described.groupId)
                        ? results.get(i).error()
                        : Permission.DESCRIBE_GROUPS.refusal();
                described.errorCode = error.code();
                if (error == ErrorCode.NONE) {
                    fill(described, results.get(i).group(), absentIsError);
                    described.authorizedOperations = request.includeAuthorizedOperations
                            ? AuthorizedOperations.ofGroup(context, described.groupId)
                            : AuthorizedOperations.NOT_ASKED;
                }
                response.groups.add(described);
            }
            context.respond(response);
        }));
    }

    private static void fill(DescribeGroupsResponse.DescribedGroup described, DescribedGroup group, boolean absentIsError) {
        described.groupState = group.state().displayName();
        described.protocolType = group.protocolType();
        described.protocolData = group.protocol();
        if (absentIsError && group.state() == GroupState.DEAD) {
            described.errorCode = ErrorCode.GROUP_ID_NOT_FOUND.code();
            described.errorMessage = "Group " + group.groupId() + " not found.";
        }
        for (var member : group.members()) {
            var describedMember = new DescribeGroupsResponse.DescribedGroupMember();
            describedMember.memberId = member.memberId();
            describedMember.groupInstanceId = member.instanceId();
            describedMember.clientId = member.clientId();
            describedMember.clientHost = member.clientHost();
            describedMember.memberMetadata = member.metadata();
            describedMember.memberAssignment = member.assignment();
            described.members.add(describedMember);
        }
    }
}
