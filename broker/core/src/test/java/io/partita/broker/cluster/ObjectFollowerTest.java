package io.partita.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.cluster.ObjectStore.Event;
import io.partita.broker.cluster.ObjectStore.Listing;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObjectFollowerTest {

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final CountedRoad road = new CountedRoad();
    private final List<Event> changes = new ArrayList<>();
    private final ObjectFollower follower = new ObjectFollower(objects.client(road), loop, clock, new ObjectFollower.Listener() {
        @Override
        public void listed(Listing listing, long known) {
            // Nothing was there yet.
        }

        @Override
        public void changed(List<Event> events) {
            changes.addAll(events);
        }
    });

    /** Counts what the store is asked: once to list, and once for each watch. */
    private static final class CountedRoad implements MemoryObjectStore.Road {
        private int asked;
        private boolean isSilent;

        @Override
        public boolean isRequestLost() {
            asked++;
            return false;
        }

        @Override
        public boolean isSilent() {
            return isSilent;
        }
    }

    private void advance(long seconds) {
        loop.advance(seconds * 1_000);
    }

    private void put(String name) {
        objects.client().put(name, ObjectStore.ABSENT, "text");
        loop.runTasks();
    }

    @Test
    void aWatchThatHasBroughtEverythingThereIsIsLeftAlone() {
        follower.list();
        advance(1);
        put("topics/a");
        assertEquals(1, changes.size());
        for (int i = 0; i < 60; i++) {
            advance(2);
            follower.known(follower.version(), clock.monotonicMillis());
        }
        assertEquals(2, road.asked);
    }

    @Test
    void aWatchThatHasMissedSomethingIsMadeAnewAlthoughTheStoreAnswers() {
        follower.list();
        advance(1);
        road.isSilent = true;
        put("topics/a");
        road.isSilent = false;
        assertTrue(changes.isEmpty());
        for (int i = 0; i < 10; i++) {
            advance(2);
            follower.known(1, clock.monotonicMillis());
        }
        assertEquals(1, changes.size());
    }

    @Test
    void aWatchIsMadeAnewWhereNothingElseIsHeardOfTheStore() {
        follower.list();
        advance(11);
        assertEquals(3, road.asked);
    }
}
