package io.partita.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.operator.SeenSets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StateEventsTest {

    private static final UUID TOPIC = UUID.randomUUID();

    private long nanos;
    private final StateEvents events = new StateEvents(() -> nanos);

    @Test
    void whatHappensInSomeSecondsIsOneEventOfEachKind() {
        // Given what was there before is not told
        assertEquals(List.of(), said(seen(5, state(0, 1, 0, 0, 1, 2)), null));
        // When broker 0 is gone
        nanos += TimeUnit.SECONDS.toNanos(2);
        assertEquals(List.of(), said(seen(5, state(1, 2, 0, 1, 2)), "is away: its node n is not ready"));
        nanos += TimeUnit.SECONDS.toNanos(3);
        // Then
        assertEquals(List.of(
                "LeadersElected: Leaders were elected: broker 1 for 5 partitions (orders-0, orders-1, orders-2, …). Before that led broker 0: broker 0 is away: its node n is not ready.",
                "InSyncShrunk: Broker 0 is out of sync with 5 partitions (orders-0, orders-1, orders-2, …): broker 0 is away: its node n is not ready."),
                said(seen(5, state(1, 2, 0, 1, 2)), "is away: its node n is not ready"));
        // When it is back
        nanos += TimeUnit.SECONDS.toNanos(5);
        assertEquals(List.of("InSyncGrown: Broker 0 is in sync with 5 partitions (orders-0, orders-1, orders-2, …) again."),
                said(seen(5, state(1, 2, 0, 1, 2, 0)), null));
        // When nobody leads one
        nanos += TimeUnit.SECONDS.toNanos(5);
        assertEquals(List.of("NoLeader: Partition orders-0, led by broker 1 before, has no leader: it gave them up, and nobody else is in sync."),
                said(seen(1, state(-1, 3, 0, 1, 2, 0)), null));
        // When one leads that may lack something
        nanos += TimeUnit.SECONDS.toNanos(5);
        assertEquals("UncleanElection", events.since("c", seen(1, state(2, 4, 4, 2)), id -> "orders", broker -> null).getFirst().reason());
        // And of a topic that is gone nothing
        nanos += TimeUnit.SECONDS.toNanos(5);
        assertEquals(List.of(), events.since("c", seen(1, state(1, 5, 4, 1)), id -> null, broker -> null));
    }

    private List<String> said(SeenSets seen, String trouble) {
        return events.since("c", seen, id -> "orders", broker -> broker == 0 ? trouble : null).stream().map(said -> said.reason() + ": " + said.message())
                .toList();
    }

    private static PartitionState state(int leader, int epoch, int uncleanEpoch, Integer... inSync) {
        return new PartitionState(List.of(0, 1, 2), leader < 0 ? null : new BrokerProcess(leader, "process"), epoch, epoch,
                Stream.of(inSync).map(broker -> new InSyncReplica(broker, "log-" + broker)).toList(), 2, uncleanEpoch);
    }

    private static SeenSets seen(int partitions, PartitionState state) {
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>();
        IntStream.range(0, partitions).forEach(i -> states.put(new PartitionKey(TOPIC, i), state));
        return new SeenSets(Map.of("0-0", new PartitionSet(states)), Map.of());
    }
}
