package io.partita.cli.command;

import io.partita.broker.control.Leadership;
import io.partita.broker.control.Leadership.Change;
import io.partita.broker.control.Leadership.Led;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ElectLeadersRequest;
import io.partita.broker.protocol.message.ElectLeadersResponse;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Who leads what, and changes of that: the order of replicas is changed, whose first is the preferred leader, and that one is elected. */
final class Leaders {

    private static final long AGAIN_MILLIS = 100;

    private final Cluster cluster;
    private final List<Led> led = new ArrayList<>();
    private final List<Integer> brokers;

    Leaders(Cluster cluster, MetadataResponse metadata) {
        this.cluster = cluster;
        this.brokers = metadata.brokers.stream().map(broker -> broker.nodeId).toList();
        metadata.topics.forEach(topic -> topic.partitions.stream().filter(partition -> partition.leaderId >= 0)
                .forEach(partition -> led.add(new Led(topic.name, partition.partitionIndex, partition.leaderId, partition.replicaNodes,
                        partition.replicaNodes.stream().filter(partition.isrNodes::contains).toList()))));
    }

    List<Led> led() {
        return led;
    }

    Leadership plan() {
        return new Leadership(led, brokers);
    }

    void carryOut(List<Change> changes, Output output, boolean dryRun) {
        if (!dryRun && !changes.isEmpty()) {
            Map<TopicPartition, List<Integer>> orders = new LinkedHashMap<>();
            changes.stream().filter(change -> !change.replicas().equals(change.of().replicas()))
                    .forEach(change -> orders.put(new TopicPartition(change.of().topic(), change.of().partition()), change.replicas()));
            if (!orders.isEmpty()) {
                new Reassignments(cluster).alter(orders);
            }
            elected(changes);
        }
        changes.forEach(change -> output.changed("partition", change.of().topic() + "-" + change.of().partition(), "moved", dryRun,
                change.of().topic() + "-" + change.of().partition() + " is led by broker " + change.to() + " instead of " + change.of().leader() + "."));
    }

    /** Until they lead: the broker that is asked may not have seen the new order of replicas yet, and then finds nothing to do. */
    private void elected(List<Change> changes) {
        long deadline = System.nanoTime() + cluster.settings().requestTimeoutMillis() * 1_000_000L;
        List<Change> open = changes;
        while (true) {
            elect(open);
            Map<String, Integer> now = new HashMap<>();
            cluster.metadata(null).topics
                    .forEach(topic -> topic.partitions.forEach(partition -> now.put(topic.name + "-" + partition.partitionIndex, partition.leaderId)));
            open = open.stream().filter(change -> !Objects.equals(now.get(change.of().topic() + "-" + change.of().partition()), change.to())).toList();
            if (open.isEmpty()) {
                return;
            }
            if (System.nanoTime() >= deadline) {
                Change first = open.getFirst();
                throw new Failure(Kind.REFUSED,
                        "The partition " + first.of().topic() + "-" + first.of().partition() + " is not led by broker " + first.to() + " yet.",
                        "partita cluster status shows whether something is not well.");
            }
            try {
                Thread.sleep(AGAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure(Kind.REFUSED, "Interrupted: some leaders are not where they should be yet.");
            }
        }
    }

    private void elect(List<Change> changes) {
        ElectLeadersRequest request = new ElectLeadersRequest();
        request.timeoutMs = cluster.settings().requestTimeoutMillis();
        Map<String, ElectLeadersRequest.TopicPartitions> topics = new LinkedHashMap<>();
        changes.forEach(change -> topics.computeIfAbsent(change.of().topic(), name -> {
            ElectLeadersRequest.TopicPartitions topic = new ElectLeadersRequest.TopicPartitions();
            topic.topic = name;
            request.topicPartitions.add(topic);
            return topic;
        }).partitions.add(change.of().partition()));
        ElectLeadersResponse response = cluster.callController(ApiKey.ELECT_LEADERS, 1, 2, request, ElectLeadersResponse::new, answer -> answer.errorCode);
        Sentences.check(response.errorCode, null, "Leaders");
        response.replicaElectionResults.forEach(topic -> topic.partitionResult.forEach(partition -> {
            if (partition.errorCode != ErrorCode.ELECTION_NOT_NEEDED.code()) {
                Sentences.check(partition.errorCode, partition.errorMessage, "The partition " + topic.topic + "-" + partition.partitionId);
            }
        }));
    }
}
