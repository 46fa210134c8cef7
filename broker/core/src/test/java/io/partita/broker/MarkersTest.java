package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.env.TestClock;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.WriteTxnMarkersResponse;
import io.partita.broker.replication.Partitions;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TopicPartition;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Markers for partitions that another broker leads. */
class MarkersTest {

    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
    private static final MarkerSender.Marker MARKER = new MarkerSender.Marker(new Producer(7, (short) 1), true, 3, (short) 2);
    private static final ClusterImage WITHOUT = ClusterImage.empty("cluster");

    private ClusterImage image = ClusterImage.of("cluster", List.of(),
            List.of(new TopicImage("orders", new UUID(1, 1), List.of(new PartitionImage(2, 5, 5, List.of(2, 1), List.of(2, 1))), Map.of())), Map.of());
    private final List<ErrorCode> outcomes = new ArrayList<>();

    private final TestClock clock = new TestClock();
    /** What the store says when it is asked; {@code null} while it does not answer. */
    private Map<String, Integer> stored = Map.of("orders", 1);
    private int questions;
    private final MetadataStore store = (MetadataStore) Proxy.newProxyInstance(MetadataStore.class.getClassLoader(), new Class<?>[] {MetadataStore.class},
            (proxy, method, arguments) -> {
                assertEquals("partitionCounts", method.getName());
                questions++;
                return stored == null ? CompletableFuture.failedStage(new IllegalStateException("away")) : CompletableFuture.completedStage(stored);
            });
    private final PartitionsGone gone = new PartitionsGone(store, clock);

    private void send(BrokerCalls calls) {
        var local = new LocalMarkers(new Partitions(), null, () -> image, UnpooledByteBufAllocator.DEFAULT, clock);
        new Markers(1, local, calls, () -> image, gone).send(PARTITION, MARKER, outcomes::add);
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
            stored = Map.of();
            answering(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).call(broker, key, version, request, response, timeoutMillis, answer);
        });
        clock.advance(1_000);
        send(answering(ErrorCode.NONE));
        assertEquals(List.of(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), outcomes);
    }

    @Test
    void aPartitionThatTheImageLacksIsNotGoneUntilTheStoreSaysSo() {
        // Given a coordinator whose image is behind
        ClusterImage whole = image;
        image = WITHOUT;
        // When
        send(answering(ErrorCode.NONE));
        stored = null;
        clock.advance(1_000);
        send(answering(ErrorCode.NONE));
        stored = Map.of("orders", 0);
        send(answering(ErrorCode.NONE));
        // Then its marker is owed still, and written when the image is there
        assertEquals(List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_LEADER_OR_FOLLOWER), outcomes);
        assertEquals(2, questions, "the store is not asked by every attempt");
        image = whole;
        send(answering(ErrorCode.NONE));
        assertEquals(ErrorCode.NONE, outcomes.getLast());
        // And one that was made again with fewer partitions lacks the others for good
        image = WITHOUT;
        clock.advance(1_000);
        send(answering(ErrorCode.NONE));
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, outcomes.getLast());
    }

    @Test
    void anAnswerThatIsLostIsAskedForAgain() {
        send(BrokerCalls.NONE);
        send(answering(ErrorCode.NONE));
        assertEquals(List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NONE), outcomes);
    }
}
