package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TopicsTest {

    private final Tool tool = Tool.withBroker();

    @AfterEach
    void close() {
        tool.close();
    }

    @Test
    void aTopicThatIsMadeIsListedWithWhatItWasMadeWith() {
        Tool.Result made = tool.run("topic", "create", "orders", "-p", "3", "-s", "retention.ms=60000");
        assertEquals("The topic orders is made, with 3 partitions of 1 replica.\n", made.out());

        assertEquals("""
                NAME     PARTITIONS   REPLICAS   UNDER-REPLICATED   WITHOUT-LEADER
                orders            3          1                  0                0
                """, tool.run("topic", "list").out());
        assertEquals("orders\n", tool.run("topic", "list", "-q").out());
        JsonObject described = tool.run("topic", "describe", "orders", "-o", "json").jsonArray().getJsonObject(0);
        assertEquals("60000", described.getJsonObject("settings").getString("retention.ms"));
        assertEquals(3, described.getJsonArray("partitions").size());
    }

    @Test
    void aDryRunChangesNothing() {
        tool.run("topic", "create", "there");
        for (List<String> command : List.of(List.of("topic", "create", "orders", "--dry-run"), List.of("topic", "alter", "there", "-p", "7", "--dry-run"),
                List.of("topic", "alter", "there", "-s", "retention.ms=5", "--dry-run"), List.of("topic", "delete", "there", "--dry-run"),
                List.of("topic", "trim", "there", "--before", "end", "--dry-run"))) {
            Tool.Result result = tool.run(command.toArray(String[]::new));
            assertEquals(0, result.code(), result.err());
            assertTrue(result.out().startsWith("Dry run, nothing is changed: "), result.out());
        }
        JsonObject described = tool.run("topic", "describe", "there", "-o", "json").jsonArray().getJsonObject(0);
        assertEquals(1, described.getJsonArray("partitions").size());
        assertTrue(described.getJsonObject("settings").isEmpty());
        assertEquals("there\n", tool.run("topic", "list", "-q").out());
    }

    @Test
    void partitionsAndSettingsAreChanged() {
        tool.run("topic", "create", "orders", "-s", "retention.ms=60000");
        Tool.Result altered = tool.run("topic", "alter", "orders", "-p", "4", "-s", "segment.bytes=1048576", "-u", "retention.ms");
        assertEquals("""
                segment.bytes of the topic orders is 1048576.
                retention.ms of the topic orders is that of the brokers.
                The topic orders has 4 partitions instead of 1.
                """, altered.out());
        JsonObject described = tool.run("topic", "describe", "orders", "-o", "json").jsonArray().getJsonObject(0);
        assertEquals(4, described.getJsonArray("partitions").size());
        assertEquals(new JsonObject().put("segment.bytes", "1048576"), described.getJsonObject("settings"));
    }

    @Test
    void whoDeletesIsAskedAndAScriptHasToSayYes() {
        tool.run("topic", "create", "orders");
        Tool.Result script = tool.run("topic", "delete", "orders");
        assertEquals(2, script.code());
        assertEquals("This cannot be taken back, and there is nobody to ask.\nSay --yes to do it, or --dry-run to see what it would do.\n", script.err());

        Tool.Result no = Tool.alone("n\n", true, "topic", "delete", "orders", "-b", tool.address());
        assertTrue(no.err().contains("Delete 1 topic with all records: orders? [y/N]"));
        assertEquals("orders\n", tool.run("topic", "list", "-q").out());

        assertEquals("The topic orders is deleted.\n", Tool.alone("y\n", true, "topic", "delete", "orders", "-b", tool.address()).out());
        assertEquals("", tool.run("topic", "list", "-q").out());
    }

    @Test
    void aNameThatIsNotThereIsMetWithThoseLikeIt() {
        tool.run("topic", "create", "orders", "order-lines", "clicks");
        Tool.Result result = tool.run("topic", "describe", "oders");
        assertEquals(4, result.code());
        assertEquals("There is no topic oders.\nDid you mean orders?\n", result.err());
        assertEquals("There is no topic something-else.\npartita topic list shows all.\n", tool.run("topic", "delete", "something-else", "-y").err());
    }

    @Test
    void ofSeveralTopicsThoseAreMadeThatCanBeAndTheOthersAreTold() {
        tool.run("topic", "create", "orders");
        Tool.Result result = tool.run("topic", "create", "orders", "clicks", "bad name");
        assertEquals(1, result.code());
        assertTrue(result.out().contains("The topic clicks is made"), result.out());
        assertTrue(result.err().contains("The topic orders exists already."), result.err());
        assertTrue(result.err().contains("The topic bad name: "), result.err());
        assertEquals(0, tool.run("topic", "create", "orders", "--if-missing").code());
    }

    @Test
    void whatTheClusterRefusesIsToldInItsWords() {
        Tool.Result result = tool.run("topic", "create", "orders", "-s", "retention.ms=soon");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("retention.ms") && result.err().contains("INVALID_CONFIG"), result.err());
        assertFalse(result.err().contains("Exception"), result.err());
    }
}
