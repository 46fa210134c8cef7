package io.partita.broker.api;

import io.partita.broker.control.Reassignment;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.ReassignmentRules;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.message.ListPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics;
import io.partita.broker.protocol.message.ListPartitionReassignmentsResponse;
import io.partita.broker.protocol.message.ListPartitionReassignmentsResponse.OngoingPartitionReassignment;
import io.partita.broker.protocol.message.ListPartitionReassignmentsResponse.OngoingTopicReassignment;
import java.util.List;
import java.util.stream.IntStream;

/** ListPartitionReassignments (key 46), version 0 (KIP-455): the partitions on their way to other brokers, as this broker sees them. One that is not there is left out. */
final class ListPartitionReassignmentsHandler implements Handler<ListPartitionReassignmentsRequest> {

    private final ClusterConfig cluster;

    ListPartitionReassignmentsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, ListPartitionReassignmentsRequest request) {
        ListPartitionReassignmentsResponse response = new ListPartitionReassignmentsResponse();
        response.errorMessage = null;
        ClusterImage image = cluster.image();
        if (!Permission.LIST_PARTITION_REASSIGNMENTS.isGranted(context)) {
            response.errorCode = Permission.LIST_PARTITION_REASSIGNMENTS.refusal().code();
            response.errorMessage = AclApis.NOT_AUTHORIZED;
        } else if (request.topics == null) {
            image.topics().forEach(topic -> add(response, topic, IntStream.range(0, topic.partitions().size()).boxed().toList()));
        } else {
            for (ListPartitionReassignmentsTopics topic : request.topics) {
                add(response, image.topic(topic.name), topic.partitionIndexes);
            }
        }
        context.respond(response);
    }

    private static void add(ListPartitionReassignmentsResponse response, TopicImage topic, List<Integer> partitions) {
        OngoingTopicReassignment moving = new OngoingTopicReassignment();
        for (int index : topic == null ? List.<Integer>of() : partitions) {
            PartitionImage partition = topic.partition(index);
            if (partition != null && ReassignmentRules.isMoving(partition)) {
                Reassignment move = partition.stored().state().reassignment();
                OngoingPartitionReassignment one = new OngoingPartitionReassignment();
                one.partitionIndex = index;
                one.replicas.addAll(partition.replicas());
                one.addingReplicas.addAll(move.adding());
                one.removingReplicas.addAll(move.removing(partition.replicas()));
                moving.partitions.add(one);
            }
        }
        if (!moving.partitions.isEmpty()) {
            moving.name = topic.name();
            response.topics.add(moving);
        }
    }
}
