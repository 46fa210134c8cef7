package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatheredLinesTest {

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final List<String> lines = new ArrayList<>();
    private final List<String> each = new ArrayList<>();
    private final GatheredLines gathered = new GatheredLines(lines::add, each::add);

    @Test
    void whatHappensToManyInOneSecondInOneWayIsOneLine() {
        for (int i = 0; i < 1_000; i++) {
            gathered.add(loop, "Broker 3 leaves the in-sync replicas of", "orders-" + i);
        }
        gathered.add(loop, "Broker 2 enters the in-sync replicas of", "orders-7");
        assertEquals(List.of(), lines);
        // When
        loop.advance(GatheredLines.GATHER_MILLIS);
        // Then
        assertEquals(List.of("Broker 3 leaves the in-sync replicas of orders-0, orders-1, orders-2, orders-3, orders-4 and 995 more.",
                "Broker 2 enters the in-sync replicas of orders-7."), lines);
        assertEquals(1_001, each.size());
        assertEquals("Broker 3 leaves the in-sync replicas of orders-0.", each.getFirst());
    }

    @Test
    void theNextSecondHasItsOwn() {
        gathered.add(loop, "It is", "a");
        loop.advance(GatheredLines.GATHER_MILLIS);
        gathered.add(loop, "It is", "b");
        loop.advance(GatheredLines.GATHER_MILLIS);
        assertEquals(List.of("It is a.", "It is b."), lines);
    }
}
