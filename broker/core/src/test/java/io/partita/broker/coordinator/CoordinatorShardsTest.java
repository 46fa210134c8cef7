package io.partita.broker.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.partita.broker.env.EventLoop;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoordinatorShardsTest {

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final List<String> events = new ArrayList<>();
    private final CoordinatorShards<Probe> shards = new CoordinatorShards<>("topic", (name, loop, log, failed) -> new Probe(name, failed));
    private int made;

    private final class Probe implements CoordinatorShards.Shard {
        private final String name;
        private final Runnable failed;

        private Probe(String name, Runnable failed) {
            this.name = name + "/" + ++made;
            this.failed = failed;
        }

        @Override
        public EventLoop loop() {
            return loop;
        }

        @Override
        public void load() {
            events.add(name + " loads");
        }

        @Override
        public void close() {
            events.add(name + " closes");
        }
    }

    private Probe elected() {
        shards.partitionCount(2);
        shards.elected(1, loop, new TestCoordinatorLog(loop));
        loop.runTasks();
        return shards.at(1);
    }

    @Test
    void aShardThatFailedIsReplacedByOneThatLoadsAfterAWhile() {
        // Given
        Probe first = elected();

        // When
        loop.run(first.failed);

        // Then
        assertNotSame(first, shards.at(1));
        loop.runTasks();
        assertEquals(List.of("topic-1/1 loads", "topic-1/1 closes"), events);
        loop.advance(1_000);
        assertEquals("topic-1/2 loads", events.getLast());

        // When: it says so again, late.
        loop.run(first.failed);
        loop.advance(1_000);

        // Then
        assertEquals(3, events.size());
    }

    @Test
    void aShardThatFailedAfterItsPartitionWentElsewhereIsNotReplaced() {
        // Given
        Probe first = elected();
        shards.resigned(1);

        // When
        loop.run(first.failed);
        loop.advance(1_000);

        // Then
        assertNull(shards.at(1));
        assertEquals(List.of("topic-1/1 loads", "topic-1/1 closes"), events);
    }

    @Test
    void keysFindTheirPartitionAsInKafka() {
        Probe second = elected();
        assertNull(shards.at(-1));
        assertNull(shards.at(2));
        assertEquals(0, CoordinatorShards.partitionFor("polygenelubricants", 50), "whose hash is the lowest integer");
        assertSame("a".hashCode() % 2 == 1 ? second : null, shards.of("a"));
        assertEquals(List.of(second), shards.served());
    }
}
