package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.env.Clock;
import io.partita.broker.metadata.ClusterEvent.Cause;
import io.partita.broker.metadata.ClusterEvent.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ClusterEventsTest {

    private static final UUID ID = new UUID(1, 2);

    private long nowMillis = 1_000;
    private final ClusterEvents events = new ClusterEvents(new Clock() {
        @Override
        public long wallMillis() {
            return nowMillis;
        }

        @Override
        public long monotonicMillis() {
            return nowMillis;
        }
    });
    private ClusterImage image = ClusterImage.empty("c");

    private static BrokerImage broker(int id) {
        return new BrokerImage(id, List.of(), null);
    }

    private static PartitionImage led(int leader, int epoch, Integer... isr) {
        return new PartitionImage(leader, epoch, epoch, List.of(1, 2, 3), List.of(isr));
    }

    private void step(List<Integer> brokers, PartitionImage... partitions) {
        List<TopicImage> topics = partitions.length == 0 ? List.of() : List.of(new TopicImage("orders", ID, List.of(partitions), Map.of()));
        ClusterImage next = ClusterImage.of("c", brokers.stream().map(ClusterEventsTest::broker).toList(), topics, Map.of());
        ImageChange change = ImageChange.between(image, next, ImageChange.Basis.FOLLOWED, Set.of());
        image = next;
        events.observe(change);
    }

    private List<String> said() {
        List<String> said = new ArrayList<>();
        events.latest(100).forEach(event -> said.add(event.kind() + " " + event.cause() + " " + event.from() + ">" + event.to() + " x" + event.count()));
        Collections.reverse(said);
        return said;
    }

    @Test
    void anElectionSaysWhyAndForHowLongNobodyLed() {
        // Given
        step(List.of(1, 2, 3), led(1, 0, 1, 2, 3), led(1, 0, 1, 2, 3));
        assertEquals(List.of("BROKER_JOINED ASKED -1>1 x1", "BROKER_JOINED ASKED -1>2 x1", "BROKER_JOINED ASKED -1>3 x1"), said());
        // When a broker fails and another one leads both of its partitions
        step(List.of(2, 3), led(2, 1, 2, 3), led(2, 1, 2, 3));
        // Then that is one event
        assertEquals(List.of("BROKER_LEFT BROKER_GONE 1>-1 x1", "LEADER_ELECTED BROKER_GONE 1>2 x2", "REPLICA_FELL_BEHIND BROKER_GONE 1>-1 x2"),
                said().subList(3, 6));
        // When nobody leads one of them for a while
        step(List.of(3), led(-1, 2, 2), led(3, 2, 3));
        nowMillis += 700;
        step(List.of(1, 2, 3), led(2, 3, 2), led(3, 2, 3));
        // Then
        ClusterEvent back = events.latest(100).stream().filter(event -> event.cause() == Cause.WAS_LEADERLESS).findFirst().orElseThrow();
        assertEquals(Kind.LEADER_ELECTED, back.kind());
        assertEquals(700, back.leaderlessMillis());
        assertEquals(List.of("orders-0"), back.partitions());
    }

    @Test
    void aSlowReplicaIsToldFromOneWhoseBrokerIsGone() {
        step(List.of(1, 2, 3), led(1, 0, 1, 2, 3));
        step(List.of(1, 2, 3), led(1, 0, 1, 2));
        step(List.of(1, 2, 3), led(1, 0, 1, 2, 3));
        assertEquals(List.of("REPLICA_FELL_BEHIND SLOW 3>-1 x1", "REPLICA_IN_SYNC CAUGHT_UP -1>3 x1"), said().subList(3, 5));
    }

    @Test
    void whatIsLongAgoIsForgotten() {
        step(List.of(1, 2, 3), led(1, 0, 1, 2, 3));
        for (int i = 0; i < ClusterEvents.EVENTS_MAX; i++) {
            step(List.of(1, 2, 3), led(1, 0, 1, 2));
            step(List.of(1, 2, 3), led(1, 0, 1, 2, 3));
        }
        List<ClusterEvent> all = events.latest(Integer.MAX_VALUE);
        assertEquals(ClusterEvents.EVENTS_MAX, all.size());
        assertEquals(ClusterEvents.EVENTS_MAX * 2L + 3, all.getFirst().sequence());
    }
}
