package io.partita.broker.api;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ElectLeadersRequest;
import io.partita.broker.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.partita.broker.protocol.message.ElectLeadersResponse;
import io.partita.broker.protocol.message.ElectLeadersResponse.PartitionResult;
import io.partita.broker.protocol.message.ElectLeadersResponse.ReplicaElectionResult;

/**
 * ElectLeaders (key 43), versions 0-2 (KIP-183, KIP-460): makes the preferred replica, or from v1 an unclean one, the leader. While partitions have
 * one replica there is never anything to elect; the answers say so. Asked for all partitions, we answer as Kafka does: with those where something
 * was done, so none.
 */
final class ElectLeadersHandler implements Handler<ElectLeadersRequest> {

    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;

    private final ClusterConfig cluster;

    ElectLeadersHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, ElectLeadersRequest request) {
        ElectLeadersResponse response = new ElectLeadersResponse();
        ClusterImage image = cluster.image();
        if (!Permission.ELECT_LEADERS.isGranted(context)) {
            response.errorCode = Permission.ELECT_LEADERS.refusal().code();
            context.respond(response);
            return;
        }
        boolean unknownType = request.electionType != PREFERRED && request.electionType != UNCLEAN;
        if (unknownType) {
            response.errorCode = ErrorCode.INVALID_REQUEST.code();
        }
        if (request.topicPartitions != null) {
            for (TopicPartitions topic : request.topicPartitions) {
                ReplicaElectionResult result = new ReplicaElectionResult();
                result.topic = topic.topic;
                for (Integer partition : topic.partitions) {
                    result.partitionResult.add(unknownType
                            ? result(partition, ErrorCode.INVALID_REQUEST, "There is no election of the type " + request.electionType + ".")
                            : elect(image, topic.topic, partition, request.electionType));
                }
                response.replicaElectionResults.add(result);
            }
        }
        context.respond(response);
    }

    private static PartitionResult elect(ClusterImage image, String name, int index, byte type) {
        TopicImage topic = image.topic(name);
        PartitionImage partition = topic == null ? null : topic.partition(index);
        if (partition == null) {
            return result(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topic == null
                    ? "There is no topic '" + name + "'."
                    : "Topic '" + name + "' has no partition " + index + ", it has " + topic.partitions().size() + ".");
        }
        boolean needed = type == PREFERRED ? partition.leader() != partition.replicas().getFirst() : partition.leader() == PartitionImage.NO_LEADER;
        if (!needed) {
            return result(index, ErrorCode.ELECTION_NOT_NEEDED, "Broker " + partition.leader() + " leads this partition already.");
        }
        return type == PREFERRED
                ? result(index, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, "Broker " + partition.replicas().getFirst() + " cannot lead this partition now.")
                : result(index, ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "No broker that holds this partition is there to lead it.");
    }

    private static PartitionResult result(int partition, ErrorCode error, String message) {
        PartitionResult result = new PartitionResult();
        result.partitionId = partition;
        result.errorCode = error.code();
        result.errorMessage = message;
        return result;
    }
}
