package io.partita.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RequestMemoryTest {

    private final RequestMemory memory = new RequestMemory(100);
    private final AtomicInteger woken = new AtomicInteger();

    @Test
    void whoeverFindsTooLittleIsToldOnceWhenSomeIsGivenBack() {
        assertTrue(memory.reserve(60, woken::incrementAndGet));
        assertFalse(memory.isContested());
        assertFalse(memory.reserve(50, woken::incrementAndGet));
        assertTrue(memory.isContested());
        memory.release(60);
        memory.release(0);
        assertEquals(1, woken.get());
        assertFalse(memory.isContested());
    }

    @Test
    void aRequestLargerThanAllHasItsTurnWhenNothingIsTaken() {
        assertTrue(memory.reserve(500, woken::incrementAndGet));
        assertFalse(memory.reserve(1, woken::incrementAndGet));
        memory.release(500);
        assertTrue(memory.reserve(1, woken::incrementAndGet));
        assertEquals(1, memory.usedBytes());
    }

    @Test
    void whoeverLeavesWaitsNoMore() {
        assertTrue(memory.reserve(100, woken::incrementAndGet));
        Runnable retry = woken::incrementAndGet;
        assertFalse(memory.reserve(1, retry));
        memory.cancel(retry);
        assertFalse(memory.isContested());
        memory.release(100);
        memory.cancel(retry);
        assertEquals(0, woken.get());
    }
}
