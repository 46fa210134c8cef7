package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TailPositionsTest {

    /** Batch n has the offsets [10 n, 10 n + 10) and begins at byte 100 n. */
    private static void add(TailPositions tail, long batch) {
        tail.add(10 * batch, (int) (100 * batch));
    }

    @Test
    void theNewestBatchesAreFoundHoweverManyThereWere() {
        TailPositions tail = new TailPositions();
        add(tail, 0);
        assertEquals(0, TailPositions.size(tail.find(0)), "the end of the log");
        for (long end = 1; end < 1_000; end++) {
            add(tail, end);
            for (long batch = Math.max(0, end - (TailPositions.CAPACITY_MAX - 2)); batch < end; batch++) {
                long found = tail.find(10 * batch + 7);
                assertEquals(100 * batch, TailPositions.position(found), batch + " of " + end);
                assertEquals(100, TailPositions.size(found));
            }
            assertEquals(0, TailPositions.size(tail.find(10 * end)));
            assertEquals(-1, tail.find(10 * end + 1));
            assertTrue(end < TailPositions.CAPACITY_MAX || tail.find(10 * (end - TailPositions.CAPACITY_MAX)) == -1);
        }
    }

    @Test
    void whoLooksUpWhileOthersAreAddedFindsTheRightOneOrNone() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            TailPositions tail = new TailPositions();
            add(tail, 0);
            AtomicInteger wrong = new AtomicInteger();
            Thread reader = Thread.ofPlatform().start(() -> {
                for (long batch = 0; batch < 600; batch++) {
                    long found = tail.find(10 * batch + 3);
                    boolean isRight = found == -1 || TailPositions.position(found) == 100 * batch && TailPositions.size(found) == 100;
                    wrong.addAndGet(isRight ? 0 : 1);
                }
            });
            for (long batch = 1; batch < 600; batch++) {
                add(tail, batch);
            }
            reader.join();
            assertEquals(0, wrong.get());
        }
    }
}
