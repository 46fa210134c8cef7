package io.partita.broker.api;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import java.util.HashSet;
import java.util.List;

/**
 * AlterPartitionReassignments (key 45), versions 0-1 (KIP-455): puts partitions onto other brokers. So far a partition stays where it is: asking for
 * the brokers it is on succeeds, anything else is refused. v1 adds allowReplicationFactorChange (KIP-860).
 */
final class AlterPartitionReassignmentsHandler implements Handler<AlterPartitionReassignmentsRequest> {

    private final ClusterConfig cluster;

    AlterPartitionReassignmentsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, AlterPartitionReassignmentsRequest request) {
        ClusterImage image = cluster.image();
        AlterPartitionReassignmentsResponse response = new AlterPartitionReassignmentsResponse();
        response.errorMessage = null;
        response.allowReplicationFactorChange = request.allowReplicationFactorChange;
        if (!Permission.ALTER_PARTITION_REASSIGNMENTS.isGranted(context)) {
            response.errorCode = Permission.ALTER_PARTITION_REASSIGNMENTS.refusal().code();
            response.errorMessage = AclApis.NOT_AUTHORIZED;
            context.respond(response);
            return;
        }
        for (ReassignableTopic topic : request.topics) {
            ReassignableTopicResponse one = new ReassignableTopicResponse();
            one.name = topic.name;
            for (ReassignablePartition partition : topic.partitions) {
                one.partitions.add(reassign(image, topic.name, partition));
            }
            response.responses.add(one);
        }
        context.respond(response);
    }

    private static ReassignablePartitionResponse reassign(ClusterImage image, String name, ReassignablePartition asked) {
        TopicImage topic = image.topic(name);
        PartitionImage partition = topic == null ? null : topic.partition(asked.partitionIndex);
        if (partition == null) {
            return response(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no partition " + asked.partitionIndex + " of a topic '" + name + "'.");
        }
        if (asked.replicas == null) {
            return response(asked, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, "The partition is not on its way to other brokers, so nothing can be cancelled.");
        }
        String problem = problem(asked.replicas, partition, image);
        return problem == null ? response(asked, ErrorCode.NONE, null) : response(asked, ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
    }

    private static String problem(List<Integer> replicas, PartitionImage partition, ClusterImage image) {
        if (replicas.isEmpty()) {
            return "A partition needs at least one broker.";
        }
        if (new HashSet<>(replicas).size() != replicas.size()) {
            return "The brokers " + replicas + " name one twice.";
        }
        for (Integer broker : replicas) {
            if (image.broker(broker) == null) {
                return "Broker " + broker + " is not in the cluster.";
            }
        }
        return replicas.equals(partition.replicas())
                ? null
                : "Partitions cannot be moved yet: this one stays on " + partition.replicas() + ".";
    }

    private static ReassignablePartitionResponse response(ReassignablePartition asked, ErrorCode error, String message) {
        ReassignablePartitionResponse response = new ReassignablePartitionResponse();
        response.partitionIndex = asked.partitionIndex;
        response.errorCode = error.code();
        response.errorMessage = message;
        return response;
    }
}
