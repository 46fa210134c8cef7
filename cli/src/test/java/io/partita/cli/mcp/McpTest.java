package io.partita.cli.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.cli.Tool;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class McpTest {

    private final Tool tool = Tool.withBroker();

    @AfterEach
    void close() {
        tool.close();
    }

    private static String call(String name, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"" + name + "\",\"arguments\":" + arguments + "}}\n";
    }

    private List<JsonObject> ask(String lines, String... options) {
        String[] words = new String[options.length + 1];
        words[0] = "mcp";
        System.arraycopy(options, 0, words, 1, options.length);
        return tool.type(lines, words).out().lines().map(JsonObject::new).toList();
    }

    private static String text(JsonObject answer) {
        return answer.getJsonObject("result").getJsonArray("content").getJsonObject(0).getString("text");
    }

    @Test
    void aClientIsGreetedAndToldTheToolsThatChangeNothing() {
        List<JsonObject> answers = ask("""
                {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{}}}
                {"jsonrpc":"2.0","method":"notifications/initialized"}
                {"jsonrpc":"2.0","id":"two","method":"tools/list"}
                {"jsonrpc":"2.0","id":3,"method":"resources/list"}
                nonsense
                """);
        assertEquals(4, answers.size());
        assertEquals("2025-03-26", answers.get(0).getJsonObject("result").getString("protocolVersion"));
        assertEquals("two", answers.get(1).getString("id"));
        List<String> names = answers.get(1).getJsonObject("result").getJsonArray("tools").stream().map(one -> ((JsonObject) one).getString("name")).toList();
        assertTrue(names.contains("list_topics"));
        assertFalse(names.contains("produce"));
        assertEquals(-32601, answers.get(2).getJsonObject("error").getInteger("code"));
        assertEquals(-32700, answers.get(3).getJsonObject("error").getInteger("code"));
    }

    @Test
    void toolsAnswerAsTheCommandsDo() {
        tool.run("topic", "create", "orders");
        tool.type("one\ntwo\n", "produce", "orders");
        List<JsonObject> answers = ask(
                call("list_topics", "{}") + call("read_records", "{\"topic\":\"orders\",\"count\":1}") + call("describe_topic", "{\"topic\":\"oders\"}")
                        + call("cluster_status", "{}") + call("list_topics", "{\"contains\":\"xyz\"}"));
        assertTrue(text(answers.get(0)).contains("\"orders\""));
        assertEquals("one", new JsonObject(text(answers.get(1))).getString("value"));
        assertTrue(answers.get(2).getJsonObject("result").getBoolean("isError"));
        assertTrue(text(answers.get(2)).contains("Did you mean orders?"));
        assertFalse(answers.get(3).getJsonObject("result").getBoolean("isError"));
        assertFalse(text(answers.get(4)).contains("orders"));
    }

    @Test
    void nothingIsChangedUnlessThatIsAllowed() {
        String make = call("create_topic", "{\"topic\":\"made\",\"partitions\":2}");
        assertTrue(ask(make).getFirst().getJsonObject("error").getString("message").contains("--allow-changes"));
        // No value becomes an option of the command.
        assertTrue(ask(call("preview_group_reset", "{\"group\":\"--execute\",\"to\":\"end\"}")).getFirst().getJsonObject("result").getBoolean("isError"));
        assertEquals("", tool.run("topic", "list", "-q").out());
        assertFalse(ask(make, "--allow-changes").getFirst().getJsonObject("result").getBoolean("isError"));
        assertFalse(
                ask(call("produce", "{\"topic\":\"made\",\"value\":\"hello\"}"), "--allow-changes").getFirst().getJsonObject("result").getBoolean("isError"));
        assertEquals("hello\n", tool.run("consume", "made").out());
    }
}
