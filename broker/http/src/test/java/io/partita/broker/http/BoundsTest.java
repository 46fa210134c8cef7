package io.partita.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BoundsTest {

    private static final int PIECE_BYTES = 1_000_000;

    /** A reader who takes nothing until he is let. */
    private static final class Asleep implements HttpAnswer.Sink {
        private final CountDownLatch wakes;
        private final AtomicInteger held;

        Asleep(CountDownLatch wakes, AtomicInteger held) {
            this.wakes = wakes;
            this.held = held;
        }

        @Override
        public void write(byte[] bytes) throws InterruptedException {
            wakes.await();
            held.decrementAndGet();
        }

        @Override
        public boolean isOpen() {
            return true;
        }
    }

    @Test
    void whoWaitsForRoomForAPieceOfAStreamHasNotMadeItYet() throws Exception {
        Bounds bounds = new Bounds();
        CountDownLatch wakes = new CountDownLatch(1);
        CountDownLatch full = new CountDownLatch(16);
        AtomicInteger held = new AtomicInteger();
        AtomicInteger mostHeld = new AtomicInteger();
        List<Thread> streams = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            streams.add(Thread.startVirtualThread(() -> {
                try {
                    bounds.piece(() -> {
                        mostHeld.accumulateAndGet(held.incrementAndGet(), Math::max);
                        full.countDown();
                        return new byte[PIECE_BYTES];
                    }, new Asleep(wakes, held));
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        full.await();
        wakes.countDown();
        for (Thread stream : streams) {
            stream.join();
        }
        assertEquals(0, held.get());
        assertTrue(mostHeld.get() <= 18, () -> mostHeld + " pieces of a megabyte were held at once");
    }
}
