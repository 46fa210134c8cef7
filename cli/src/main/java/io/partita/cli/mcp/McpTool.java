package io.partita.cli.mcp;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * One command as a tool.
 *
 * @param changes whether it changes anything, so that it is offered only where that is allowed
 * @param words of the command, before what the arguments add
 * @param input where standard input comes from, the name of an argument; null for none
 */
record McpTool(String name, String description, boolean changes, List<String> words, List<Argument> arguments, String input) {

    /**
     * @param option the word before the value; null for a position
     * @param bound the most that a number may be; 0 for what is no number
     */
    record Argument(String name, String description, boolean required, String option, int bound) {

        static Argument position(String name, String description) {
            return new Argument(name, description, true, null, 0);
        }

        static Argument option(String name, String option, String description) {
            return new Argument(name, description, false, option, 0);
        }

        static Argument number(String name, String option, int bound, String description) {
            return new Argument(name, description, false, option, bound);
        }
    }

    /** All that there are. */
    static final List<McpTool> ALL = List.of(
            reading("cluster_status", "Whether the cluster is well: brokers, what is wrong, and what to do about it.",
                    List.of("cluster", "status", "-o", "json")),
            reading("list_topics", "All topics with partitions, replicas, and how many partitions are under-replicated or without a leader.",
                    List.of("topic", "list", "-o", "json"), Argument.option("contains", "", "Only those with this in their names.")),
            reading("describe_topic", "Partitions of a topic, leaders, replicas in sync, first and next offsets, settings.",
                    List.of("topic", "describe", "-o", "json"),
                    Argument.position("topic", "The topic.")),
            reading("list_groups", "Groups of consumers, their state, and how many records they are behind.", List.of("group", "list", "-o", "json")),
            reading("describe_group", "How far a group is in each partition, its lag, and its members.", List.of("group", "describe", "-o", "json"),
                    Argument.position("group", "The group.")),
            reading("preview_group_reset", "What a group's offsets would be after a reset; changes nothing.",
                    List.of("group", "reset", "--dry-run", "-o", "json"),
                    Argument.position("group", "The group."),
                    new Argument("to", "beginning, end, an offset, -N, a time as 2h, or 2026-01-31T08:00.", true, "--to=", 0),
                    Argument.option("topic", "--topic=", "Only this topic.")),
            reading("read_records", "Records of a topic, one JSON object a line; of each at most what is there now.", List.of("consume", "-o", "json"),
                    Argument.position("topic", "The topic."),
                    Argument.option("from", "--from=", "beginning, an offset, -N for the last N of each partition (default -10), 10m for ten minutes ago."),
                    Argument.number("count", "--count=", 200, "At most so many (default 20)."),
                    Argument.option("contains", "--grep=", "Only those with this in key or value.")),
            reading("list_settings", "Settings of a topic, broker or group that are not defaults.", List.of("config", "list", "-o", "json"),
                    Argument.position("kind", "topic, broker or group."), Argument.position("name", "The topic, the broker's number, or the group.")),
            reading("list_access_rules", "Who may do what.", List.of("acl", "list", "-o", "json"), Argument.option("user", "--user=", "Only this user's."),
                    Argument.option("topic", "--topic=", "Only those that apply to this topic.")),
            reading("list_transactions", "Transactional producers, since when their transactions are open, and where they have written.",
                    List.of("transaction", "list", "-o", "json")),
            new McpTool("create_topic", "Makes a topic.", true, List.of("topic", "create", "-o", "json"),
                    List.of(Argument.position("topic", "Its name."), Argument.number("partitions", "--partitions=", 1000, "How many.")), null),
            new McpTool("set_setting", "Sets one setting of a topic, broker or group.", true, List.of("config", "set", "-o", "json"),
                    List.of(Argument.position("kind", "topic, broker or group."), Argument.position("name", "The topic, the broker's number, or the group."),
                            Argument.position("setting", "NAME=VALUE.")),
                    null),
            new McpTool("reset_group", "Sets what a group has committed, once its consumers are stopped.", true,
                    List.of("group", "reset", "--execute", "-o", "json"),
                    List.of(Argument.position("group", "The group."),
                            new Argument("to", "beginning, end, an offset, -N, a time as 2h, or 2026-01-31T08:00.", true, "--to=", 0),
                            Argument.option("topic", "--topic=", "Only this topic.")),
                    null),
            new McpTool("produce", "Sends one record to a topic.", true, List.of("produce", "--whole"),
                    List.of(Argument.position("topic", "The topic."), Argument.option("key", "--key=", "Its key."),
                            new Argument("value", "Its value.", true, null, 0)),
                    "value"));

    private static McpTool reading(String name, String description, List<String> words, Argument... arguments) {
        return new McpTool(name, description, false, words, List.of(arguments), null);
    }

    /** As {@code tools/list} has it. */
    JsonObject described() {
        JsonObject properties = new JsonObject();
        JsonArray required = new JsonArray();
        for (Argument argument : arguments) {
            properties.put(argument.name, new JsonObject().put("type", argument.bound > 0 ? "integer" : "string").put("description", argument.description));
            if (argument.required) {
                required.add(argument.name);
            }
        }
        return new JsonObject().put("name", name).put("description", description)
                .put("inputSchema", new JsonObject().put("type", "object").put("properties", properties).put("required", required))
                .put("annotations", new JsonObject().put("readOnlyHint", !changes));
    }

    /**
     * The words of the command. A value never becomes an option: positions stand behind a double dash, options have their values attached.
     *
     * @throws IllegalArgumentException with a sentence, when an argument is missing or is none
     */
    List<String> words(JsonObject given) {
        List<String> all = new ArrayList<>(words);
        List<String> positions = new ArrayList<>();
        for (String name : given.fieldNames()) {
            if (arguments.stream().noneMatch(argument -> argument.name.equals(name))) {
                throw new IllegalArgumentException("The tool " + this.name + " has no argument " + name + ".");
            }
        }
        for (Argument argument : arguments) {
            Object value = given.getValue(argument.name);
            if (value == null) {
                if (argument.required) {
                    throw new IllegalArgumentException("The argument " + argument.name + " is missing.");
                }
                continue;
            }
            if (argument.name.equals(input)) {
                continue;
            }
            String text = value.toString();
            if (argument.bound > 0) {
                try {
                    text = String.valueOf(Math.clamp(Long.parseLong(text), 1, argument.bound));
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException("The argument " + argument.name + " is " + text + ", which is no number.");
                }
            }
            if (argument.option == null || argument.option.isEmpty()) {
                positions.add(text);
            } else {
                all.add(argument.option + text);
            }
        }
        if (name.equals("read_records")) {
            if (!given.containsKey("count")) {
                all.add("--count=20");
            }
            if (!given.containsKey("from")) {
                all.add("--from=-10");
            }
        }
        all.add("--");
        all.addAll(positions);
        return all;
    }
}
