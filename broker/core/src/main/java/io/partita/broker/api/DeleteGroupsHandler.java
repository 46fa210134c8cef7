package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteGroupsRequest;
import io.partita.broker.protocol.message.DeleteGroupsResponse;
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
        List<String> groupIds = List.copyOf(new LinkedHashSet<>(request.groupsNames));
        groups.deleteGroups(groupIds, GroupClient.guarded(context, results -> {
            var response = new DeleteGroupsResponse();
            for (int i = 0; i < groupIds.size(); i++) {
                var deleted = new DeleteGroupsResponse.DeletableGroupResult();
                deleted.groupId = groupIds.get(i);
                deleted.errorCode = results.get(i).code();
                deleted.errorMessage = message(results.get(i));
                response.results.add(deleted);
            }
            context.respond(response);
        }));
    }

    private static String message(ErrorCode error) {
        return switch (error) {
            case NONE -> null;
            case NON_EMPTY_GROUP -> "The group has members.";
            case GROUP_ID_NOT_FOUND -> "The group does not exist.";
            default -> error.name();
        };
    }
}
