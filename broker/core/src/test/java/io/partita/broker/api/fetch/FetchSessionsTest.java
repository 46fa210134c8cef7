package io.partita.broker.api.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.TestClock;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {

    private final TestClock clock = new TestClock();
    private final FetchSessions sessions = new FetchSessions(clock, new Random(1)::nextLong, 2);

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
        FetchSession large = sessions.open(false, partitions(FetchSessions.PARTITIONS_MAX - 10));
        assertNotNull(large);
        assertNull(sessions.open(false, partitions(11)), "too much: the client goes on without a session");
        // When another grows beyond the rest
        FetchSession small = sessions.open(false, partitions(10));
        assertNotNull(small);
        FetchRequest more = new FetchRequest();
        FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
        topic.topic = "u";
        topic.partitions.add(new FetchRequest.FetchPartition());
        more.topics.add(topic);
        small.update(more);
        // Then it is given up, and its share is free again
        assertFalse(sessions.count(small));
        assertNull(sessions.find(small.id));
        assertNotNull(sessions.open(false, partitions(10)));
        sessions.close(large.id);
        sessions.close(large.id);
        assertEquals(1, sessions.count());
        assertNotNull(sessions.open(false, partitions(FetchSessions.PARTITIONS_MAX - 10)));
    }
}
