package io.partita.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacementTest {

    private static MetadataResponse cluster(Map<Integer, String> racks, List<List<Integer>> partitions) {
        MetadataResponse metadata = new MetadataResponse();
        racks.forEach((id, rack) -> {
            MetadataResponseBroker broker = new MetadataResponseBroker();
            broker.nodeId = id;
            broker.rack = rack.isEmpty() ? null : rack;
            metadata.brokers.add(broker);
        });
        MetadataResponseTopic topic = new MetadataResponseTopic();
        topic.name = "t";
        for (List<Integer> replicas : partitions) {
            MetadataResponsePartition partition = new MetadataResponsePartition();
            partition.partitionIndex = topic.partitions.size();
            partition.replicaNodes = new ArrayList<>(replicas);
            topic.partitions.add(partition);
        }
        metadata.topics.add(topic);
        return metadata;
    }

    @Test
    void replicasGoToWhomeverHasFewestAndKeepTheirOrder() {
        MetadataResponse metadata = cluster(Map.of(1, "", 2, "", 3, "", 4, ""), List.of(List.of(1, 2), List.of(2, 1), List.of(3, 1), List.of(2, 3)));
        assertEquals(Map.of(new TopicPartition("t", 0), List.of(4, 2), new TopicPartition("t", 1), List.of(2, 4), new TopicPartition("t", 2), List.of(3, 4)),
                new Placement(metadata).without(1, metadata));
    }

    @Test
    void racksAreKeptApartBeforeLoadIsEvened() {
        MetadataResponse metadata = cluster(Map.of(1, "a", 2, "b", 3, "a", 4, "b"), List.of(List.of(1, 2), List.of(3, 2), List.of(3, 2)));
        assertEquals(Map.of(new TopicPartition("t", 0), List.of(3, 2)), new Placement(metadata).without(1, metadata));
    }

    @Test
    void whereNoOtherBrokerIsLeftThatIsSaid() {
        MetadataResponse metadata = cluster(Map.of(1, "", 2, ""), List.of(List.of(1, 2)));
        assertEquals("No other broker can take the replica of t-0: all that are there have one.",
                assertThrows(Failure.class, () -> new Placement(metadata).without(1, metadata)).getMessage());
    }
}
