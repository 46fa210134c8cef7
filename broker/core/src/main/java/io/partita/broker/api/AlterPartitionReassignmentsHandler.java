package io.partita.broker.api;

import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * AlterPartitionReassignments (key 45), versions 0-1 (KIP-455): puts partitions onto other brokers, or has a move turn back where none are named. The answer comes when that is stored; the
 * move goes on after it. v1 adds allowReplicationFactorChange (KIP-860).
 */
final class AlterPartitionReassignmentsHandler implements Handler<AlterPartitionReassignmentsRequest> {

    private final ClusterConfig cluster;

    AlterPartitionReassignmentsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, AlterPartitionReassignmentsRequest request) {
        AlterPartitionReassignmentsResponse response = new AlterPartitionReassignmentsResponse();
        response.errorMessage = null;
        response.allowReplicationFactorChange = request.allowReplicationFactorChange;
        if (!Permission.ALTER_PARTITION_REASSIGNMENTS.isGranted(context)) {
            response.errorCode = Permission.ALTER_PARTITION_REASSIGNMENTS.refusal().code();
            response.errorMessage = AclApis.NOT_AUTHORIZED;
            context.respond(response);
            return;
        }
        List<ReassignmentWish> wishes = new ArrayList<>();
        for (ReassignableTopic topic : request.topics) {
            for (ReassignablePartition partition : topic.partitions) {
                List<Integer> replicas = partition.replicas == null ? null : List.copyOf(partition.replicas);
                wishes.add(new ReassignmentWish(topic.name, partition.partitionIndex, replicas, request.allowReplicationFactorChange));
            }
        }
        TimedAnswer.give(context, cluster.store().reassign(wishes), request.timeoutMs,
                results -> {
                    add(response, request, results.iterator());
                    return response;
                },
                (error, reason) -> {
                    response.errorCode = error.code();
                    response.errorMessage = reason;
                    return response;
                });
    }

    private static void add(AlterPartitionReassignmentsResponse response, AlterPartitionReassignmentsRequest request, Iterator<Result<Void>> results) {
        for (ReassignableTopic topic : request.topics) {
            ReassignableTopicResponse one = new ReassignableTopicResponse();
            one.name = topic.name;
            for (ReassignablePartition partition : topic.partitions) {
                Result<Void> result = results.next();
                ReassignablePartitionResponse answer = new ReassignablePartitionResponse();
                answer.partitionIndex = partition.partitionIndex;
                answer.errorCode = result.error().code();
                answer.errorMessage = result.message();
                one.partitions.add(answer);
            }
            response.responses.add(one);
        }
    }
}
