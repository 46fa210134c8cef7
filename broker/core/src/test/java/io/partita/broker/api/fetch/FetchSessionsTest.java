package io.partita.broker.api.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {

    private final TestClock clock = new TestClock();
    private final MemoryPool memory = new MemoryPool(1_000_000);
    private final FetchSessions sessions = new FetchSessions(clock, new Random(1)::nextLong, 2, memory);

    private static List<FetchPartition> partitions(int count) {
        List<FetchPartition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(new FetchPartition(new FetchPartition.Key("t", Message.ZERO_UUID, i), new FetchRequest.FetchPartition()));
        }
        return partitions;
    }

    @Test
    void oneRequestAtATimeHasASession() {
        // Given a session whose first request is under way
        FetchSession session = sessions.open(false, partitions(1));
        assertFalse(session.enter(1, 0), "the first response has not named it yet");
        session.leave();
        // When two connections use it
        assertTrue(session.enter(1, 0));
        assertFalse(session.enter(2, 0), "another request is under way");
        assertFalse(session.enter(1, 0));
        session.leave();
        // Then the next in turn is the next epoch, and none that has a meaning of its own
        assertFalse(session.enter(1, 0));
        assertFalse(session.enter(0, 0));
        assertFalse(session.enter(-7, 0));
        assertTrue(session.enter(2, 0));
        session.leave();
        assertTrue(session.enter(3, 0));
    }

    @Test
    void aStaleSessionGivesItsPlaceToANewOne() {
        FetchSession first = sessions.open(false, partitions(1));
        FetchSession second = sessions.open(false, partitions(1));
        second.leave();
        assertNull(sessions.open(false, partitions(1)), "there is no place and nobody is stale");
        clock.advance(FetchSessions.EVICTABLE_AFTER_MILLIS);
        assertTrue(second.enter(1, clock.monotonicMillis()));
        assertNotNull(sessions.open(false, partitions(1)));
        assertNull(sessions.find(first.id));
        assertNotNull(sessions.find(second.id));
    }

    @Test
    void whatSessionsRememberIsBounded() {
        // Given a session that takes nearly all there is
        int all = (int) (memory.maxBytes() / partitions(1).getFirst().bytes());
        FetchSession large = sessions.open(false, partitions(all - 10));
        assertNotNull(large);
        assertNull(sessions.open(false, partitions(11)), "too much: the client goes on without a session");
        // When another grows beyond the rest
        FetchSession small = sessions.open(false, partitions(10));
        assertNotNull(small);
        small.update(more("u"));
        // Then it is given up, and its share is free again
        assertFalse(sessions.count(small));
        assertNull(sessions.find(small.id));
        assertNotNull(sessions.open(false, partitions(10)));
        sessions.close(large.id);
        sessions.close(large.id);
        assertEquals(1, sessions.count());
        assertNotNull(sessions.open(false, partitions(all - 10)));
    }

    @Test
    void whatIsForgottenAndHowLongNamesAreCounts() {
        FetchSession session = sessions.open(false, partitions(1));
        long before = memory.usedBytes();
        session.update(more("n".repeat(200)));
        assertTrue(sessions.count(session));
        assertTrue(memory.usedBytes() >= before + 400, "with its name: " + memory.usedBytes());
        FetchRequest less = new FetchRequest();
        FetchRequest.ForgottenTopic topic = new FetchRequest.ForgottenTopic();
        topic.topic = "n".repeat(200);
        topic.partitions.add(0);
        topic.partitions.add(7);
        less.forgottenTopicsData.add(topic);
        session.update(less);
        assertTrue(sessions.count(session));
        assertEquals(before, memory.usedBytes());
        sessions.close(session.id);
        assertEquals(0, memory.usedBytes());
    }

    private static FetchRequest more(String name) {
        FetchRequest more = new FetchRequest();
        FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
        topic.topic = name;
        topic.partitions.add(new FetchRequest.FetchPartition());
        more.topics.add(topic);
        return more;
    }
}
