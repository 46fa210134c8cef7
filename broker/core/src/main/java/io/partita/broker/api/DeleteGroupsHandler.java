package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteGroupsRequest;
import io.partita.broker.protocol.message.DeleteGroupsResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** DeleteGroups (key 42, KIP-229), versions 0–3. v3 says in words why a group was not deleted. A group named twice is deleted once. */
public final class DeleteGroupsHandler implements Handler<DeleteGroupsRequest> {

    private final GroupCoordinator groups;

    public DeleteGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, DeleteGroupsRequest request) {
        var response = new DeleteGroupsResponse();
        List<String> groupIds = new ArrayList<>();
        for (String group : new LinkedHashSet<>(request.groupsNames)) {
            if (Permission.DELETE_GROUPS.isGranted(context, group)) {
                groupIds.add(group);
            } else {
                response.results.add(result(group, Permission.DELETE_GROUPS.refusal()));
            }
        }
        groups.deleteGroups(groupIds, GroupClient.guarded(context, results -> {
            for (int i = 0; i < groupIds.size(); i++) {
                response.results.add(result(groupIds.get(i), results.get(i)));
            }
            context.respond(response);
        }));
    }

    private static DeleteGroupsResponse.DeletableGroupResult result(String group, ErrorCode error) {
        var result = new DeleteGroupsResponse.DeletableGroupResult();
        result.groupId = group;
        result.errorCode = error.code();
        result.errorMessage = message(error);
        return result;
    }

    private static String message(ErrorCode error) {
        return switch (error) {
            case NONE -> null;
            case NON_EMPTY_GROUP -> "The group has members.";
            case GROUP_ID_NOT_FOUND -> "The group does not exist.";
            case GROUP_AUTHORIZATION_FAILED -> "Not authorized to delete the group.";
            default -> error.name();
        };
    }
}
