package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {

    private static final int LARGE = MemoryPool.SMALL_BYTES + 1;

    private final MemoryPool memory = new MemoryPool(10 * LARGE);
    private final List<String> granted = new ArrayList<>();

    private MemoryPool.Waiter waiter(String name, long bytes) {
        return new MemoryPool.Waiter(bytes, () -> granted.add(name));
    }

    @Test
    void whoeverFindsTooLittleIsGivenItWhenItIsThere() {
        assertTrue(memory.takeOrWait(waiter("first", 6 * LARGE)));
        assertFalse(memory.takeOrWait(waiter("second", 5 * LARGE)));
        assertTrue(memory.isContested());
        memory.give(LARGE / 2);
        assertEquals(List.of(), granted);
        memory.give(6 * LARGE - LARGE / 2);
        assertEquals(List.of("second"), granted);
        assertFalse(memory.isContested());
        assertEquals(5 * LARGE, memory.usedBytes());
    }

    @Test
    void largeOnesKeepTheirOrderAndSmallOnesPass() {
        memory.take(9 * LARGE);
        assertFalse(memory.takeOrWait(waiter("large", 5 * LARGE)));
        assertFalse(memory.takeOrWait(waiter("behind", LARGE)), "it would overtake another large one");
        assertTrue(memory.takeOrWait(waiter("small", 100)));
        assertFalse(memory.tryTake(1), "somebody waits");
        memory.give(5 * LARGE);
        assertEquals(List.of("large"), granted);
        memory.give(LARGE);
        assertEquals(List.of("large", "behind"), granted);
    }

    @Test
    void whatIsThereIsCountedBeyondTheShareAndKeepsOthersWaiting() {
        memory.take(12 * LARGE);
        assertTrue(memory.isUsedUp());
        assertFalse(memory.takeOrWait(waiter("any", 0)), "there is none");
        memory.give(LARGE);
        assertEquals(List.of(), granted);
        memory.give(2 * LARGE);
        assertEquals(List.of("any"), granted);
    }

    @Test
    void somethingLargerThanTheShareHasItsTurnWhenNothingIsTaken() {
        assertTrue(memory.takeOrWait(waiter("huge", 50 * LARGE)));
        assertFalse(memory.takeOrWait(waiter("small", 1)));
        memory.give(50 * LARGE);
        assertEquals(List.of("small"), granted);
    }

    @Test
    void whoeverLeavesWaitsNoMore() {
        memory.take(10 * LARGE);
        MemoryPool.Waiter leaving = waiter("leaving", 1);
        assertFalse(memory.takeOrWait(leaving));
        assertTrue(memory.cancel(leaving));
        assertFalse(memory.isContested());
        memory.give(10 * LARGE);
        assertFalse(memory.cancel(leaving));
        assertEquals(List.of(), granted);
        assertEquals(0, memory.usedBytes());
    }

    @Test
    void whatWasNotTakenCannotBeGivenBack() {
        assertThrows(IllegalStateException.class, () -> memory.give(1));
    }

    @Test
    void sharesFollowFromWhatThereIs() {
        MemoryBudget budget = MemoryBudget.of(256 << 20, 512 << 20, MemoryBudget.DERIVED, MemoryBudget.DERIVED, 1_000, MemoryBudget.DERIVED);
        assertEquals(128 << 20, budget.network().maxBytes());
        assertEquals(128 << 20, budget.requests().maxBytes());
        assertEquals(1_000, budget.groups().maxBytes());
        assertEquals(64 << 20, budget.conversions().maxBytes());
        assertEquals(112 << 20, budget.requestBytesMax());
        // More than there is cannot be set.
        assertEquals(128 << 20, MemoryBudget.of(256 << 20, 1, 1L << 40, 1, 1, 1).network().maxBytes());
    }
}
