package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StatusTest {

    @Test
    void aClusterThatIsWellIsSaidToBe() {
        try (Tool tool = Tool.withBroker()) {
            tool.run("topic", "create", "orders", "-p", "3");
            Tool.Result status = tool.run("cluster", "status");
            assertEquals(0, status.code(), status.out());
            assertTrue(status.out().contains(": 1 broker, 1 topic, 3 partitions"), status.out());
            assertTrue(status.out().endsWith("All is well: every partition has a leader, and every replica is in sync.\n"), status.out());
            assertTrue(tool.run("cluster", "status", "-o", "json").json().getBoolean("well"));
        }
    }
}
