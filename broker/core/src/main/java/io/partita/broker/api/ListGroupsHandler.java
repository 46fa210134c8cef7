package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.protocol.message.ListGroupsRequest;
import io.partita.broker.protocol.message.ListGroupsResponse;
import java.util.List;

/**
 * ListGroups (key 16), versions 0–5: the groups this broker coordinates. v1 throttle time; v4 by state (KIP-518); v5 by type (KIP-848), of which
 * there is one here. Names of states and types are compared without regard to case.
 */
public final class ListGroupsHandler implements Handler<ListGroupsRequest> {

    private final GroupCoordinator groups;

    public ListGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, ListGroupsRequest request) {
        boolean mayKnowAll = Permission.LIST_GROUPS.isGrantedQuietly(context);
        groups.listGroups(GroupClient.guarded(context, result -> {
            var response = new ListGroupsResponse();
            response.errorCode = result.error().code();
            for (ListedGroup group : result.groups()) {
                if (!mayKnowAll && !Permission.LIST_GROUPS_GROUP.isGranted(context, group.groupId())) {
                    continue;
                }
                if (matches(request.statesFilter, group.state()) && matches(request.typesFilter, group.type().displayName())) {
                    var listed = new ListGroupsResponse.ListedGroup();
                    listed.groupId = group.groupId();
                    listed.protocolType = group.protocolType();
                    listed.groupState = group.state();
                    listed.groupType = group.type().displayName();
                    response.groups.add(listed);
                }
            }
            context.respond(response);
        }));
    }

    private static boolean matches(List<String> filter, String name) {
        if (filter.isEmpty()) {
            return true;
        }
        for (String wanted : filter) {
            if (wanted.trim().equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }
}
