package io.partita.operator.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LateStatusesTest {

    private final LateStatuses late = new LateStatuses(Duration.ofSeconds(60));
    private final ResourceID old = new ResourceID("old", "n");
    private final ResourceID young = new ResourceID("young", "n");

    @Test
    void aTopicIsToldOfAWhileAfterItBeganToDifferAndANewOneSooner() {
        assertFalse(late.mayWrite(old, false, seconds(0)));
        assertFalse(late.mayWrite(young, true, seconds(0)));
        assertEquals(Set.of(), late.dueNow(seconds(2)));
        assertEquals(Set.of(young), late.dueNow(seconds(3)));
        assertTrue(late.mayWrite(young, true, seconds(3)));
        assertFalse(late.mayWrite(old, false, seconds(59)), "it is the first difference that counts");
        assertEquals(Set.of(old), late.dueNow(seconds(60)));
        assertTrue(late.mayWrite(old, false, seconds(60)));
    }

    @Test
    void whatIsSettledIsToldOfNoMore() {
        late.mayWrite(old, false, seconds(0));
        late.settled(old);
        assertEquals(Set.of(), late.dueNow(seconds(100)));
        assertFalse(late.mayWrite(old, false, seconds(100)));
    }

    @Test
    void ofManyAFewAreToldOfInASecond() {
        for (int i = 0; i < 12; i++) {
            late.mayWrite(new ResourceID("t" + i, "n"), false, seconds(0));
        }
        assertEquals(5, late.dueNow(seconds(60)).size());
        assertEquals(5, late.dueNow(seconds(61)).size());
        assertEquals(2, late.dueNow(seconds(62)).size());
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }
}
