package io.partita.broker.api;

import io.partita.broker.protocol.message.ListPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.ListPartitionReassignmentsResponse;

/** ListPartitionReassignments (key 46), version 0 (KIP-455): the partitions on their way to other brokers. None ever is, as long as they have one replica. */
final class ListPartitionReassignmentsHandler implements Handler<ListPartitionReassignmentsRequest> {

    @Override
    public void handle(RequestContext context, ListPartitionReassignmentsRequest request) {
        ListPartitionReassignmentsResponse response = new ListPartitionReassignmentsResponse();
        response.errorMessage = null;
        if (!Permission.LIST_PARTITION_REASSIGNMENTS.isGranted(context)) {
            response.errorCode = Permission.LIST_PARTITION_REASSIGNMENTS.refusal().code();
            response.errorMessage = AclApis.NOT_AUTHORIZED;
        }
        context.respond(response);
    }
}
