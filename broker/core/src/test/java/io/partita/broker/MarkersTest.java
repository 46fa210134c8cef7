package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.env.TestClock;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.WriteTxnMarkersResponse;
import io.partita.broker.replication.Partitions;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Markers for partitions that another broker leads. */
class MarkersTest {

    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
    private static final MarkerSender.Marker MARKER = new MarkerSender.Marker(new Producer(7, (short) 1), true, 3, (short) 2);
    private static final ClusterImage WITHOUT = ClusterImage.empty("cluster");

    private ClusterImage image = ClusterImage.of("cluster", List.of(),
            List.of(new TopicImage("orders", new UUID(1, 1), List.of(new PartitionImage(2, 5, 5, List.of(2, 1), List.of(2, 1))), Map.of())), Map.of());
    private final List<ErrorCode> outcomes = new ArrayList<>();

    private void send(BrokerCalls calls) {
        var local = new LocalMarkers(new Partitions(), null, () -> image, UnpooledByteBufAllocator.DEFAULT, new TestClock());
        new Markers(1, local, calls, () -> image).send(PARTITION, MARKER, outcomes::add);
    }

    private static BrokerCalls answering(ErrorCode code) {
        return (broker, key, version, request, response, timeoutMillis, answer) -> {
            assertEquals(2, broker);
            var partition = new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult();
            partition.errorCode = code.code();
            var topic = new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult();
            topic.partitions.add(partition);
            var marker = new WriteTxnMarkersResponse.WritableTxnMarkerResult();
            marker.topics.add(topic);
            ((WriteTxnMarkersResponse) response).markers.add(marker);
            answer.accept(response);
        };
    }

    @Test
    void aLeaderThatHasNotHeardOfThePartitionIsAskedAgainAndOneThatIsGoneNot() {
        send(answering(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        assertEquals(List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER), outcomes);
        outcomes.clear();

        send((broker, key, version, request, response, timeoutMillis, answer) -> {
            image = WITHOUT;
            answering(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).call(broker, key, version, request, response, timeoutMillis, answer);
        });
        send(answering(ErrorCode.NONE));
        assertEquals(List.of(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), outcomes);
    }

    @Test
    void anAnswerThatIsLostIsAskedForAgain() {
        send(BrokerCalls.NONE);
        send(answering(ErrorCode.NONE));
        assertEquals(List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NONE), outcomes);
    }
}
