package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse;
import io.partita.broker.protocol.message.ListPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.ListPartitionReassignmentsResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks for moves, and about those under way. */
final class Reassignments {

    /** A move that is under way. */
    record Ongoing(TopicPartition partition, List<Integer> replicas, List<Integer> adding, List<Integer> removing) {}

    private final Cluster cluster;

    Reassignments(Cluster cluster) {
        this.cluster = cluster;
    }

    List<Ongoing> ongoing() {
        ListPartitionReassignmentsRequest request = new ListPartitionReassignmentsRequest();
        request.topics = null;
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        ListPartitionReassignmentsResponse response = cluster.callController(ApiKey.LIST_PARTITION_REASSIGNMENTS, 0, 0, request,
                ListPartitionReassignmentsResponse::new,
                answer -> answer.errorCode);
        Sentences.check(response.errorCode, response.errorMessage, "Moves");
        List<Ongoing> all = new ArrayList<>();
        response.topics.forEach(topic -> topic.partitions.forEach(partition -> all.add(new Ongoing(new TopicPartition(topic.name, partition.partitionIndex),
                partition.replicas, partition.addingReplicas, partition.removingReplicas))));
        return all;
    }

    /** @param targets replicas by partition, the preferred leader first; null to cancel a move */
    void alter(Map<TopicPartition, List<Integer>> targets) {
        AlterPartitionReassignmentsRequest request = new AlterPartitionReassignmentsRequest();
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        Map<String, ReassignableTopic> topics = new LinkedHashMap<>();
        targets.forEach((partition, replicas) -> {
            ReassignablePartition one = new ReassignablePartition();
            one.partitionIndex = partition.partition();
            one.replicas = replicas;
            topics.computeIfAbsent(partition.topic(), name -> {
                ReassignableTopic topic = new ReassignableTopic();
                topic.name = name;
                request.topics.add(topic);
                return topic;
            }).partitions.add(one);
        });
        AlterPartitionReassignmentsResponse response = cluster.callController(ApiKey.ALTER_PARTITION_REASSIGNMENTS, 0, 1, request,
                AlterPartitionReassignmentsResponse::new, answer -> answer.errorCode);
        Sentences.check(response.errorCode, response.errorMessage, "Moves");
        response.responses.forEach(topic -> topic.partitions.forEach(
                partition -> Sentences.check(partition.errorCode, partition.errorMessage, "The partition " + topic.name + "-" + partition.partitionIndex)));
    }
}
