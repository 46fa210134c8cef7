package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DescriptorsTest {

    @Test
    void connectionsLeaveToLogsWhatTheyNeed() {
        assertEquals(384, Descriptors.connectionsMax(1_024));
        assertEquals(524_288 - 1_024 - 128, Descriptors.connectionsMax(524_288));
        assertEquals(Integer.MAX_VALUE, Descriptors.connectionsMax(Long.MAX_VALUE));
    }

    @Test
    void withFewThereAreSome() {
        assertEquals(16, Descriptors.connectionsMax(64));
        assertTrue(Descriptors.connectionsMax() >= 16);
    }
}
