package io.partita.cli;

import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.cli.output.Terminal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tool beside a broker in this process, whose data are in memory. */
public final class Tool implements AutoCloseable {

    /** What a command did. */
    public record Result(int code, String out, String err) {
        public JsonArray jsonArray() {
            return new JsonArray(out);
        }

        public JsonObject json() {
            return new JsonObject(out);
        }
    }

    private final Broker broker;

    private Tool(Broker broker) {
        this.broker = broker;
    }

    public static Tool withBroker() {
        return withBroker(Map.of());
    }

    /** The same with its data in a directory. */
    public static Tool onDisk(Path directory) {
        return new Tool(Broker.start(BrokerOptions.of(BrokerConfig.of(settings(Map.of("log.dirs", directory.toString()))))));
    }

    public static Tool withBroker(Map<String, String> settings) {
        return new Tool(Broker.start(BrokerOptions.of(BrokerConfig.of(settings(settings))).withDisk(new MemoryDisk())));
    }

    private static Map<String, String> settings(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "node.id", "1", "log.dirs", "in-memory",
                "offsets.topic.num.partitions", "1", "transaction.state.log.num.partitions", "1", "group.initial.rebalance.delay.ms", "0"));
        all.putAll(settings);
        return all;
    }

    public Broker broker() {
        return broker;
    }

    public String address() {
        return broker.bootstrapServers();
    }

    /** A command to this broker. */
    public Result run(String... words) {
        return type("", words);
    }

    /** A command to this broker, with something typed into it. */
    public Result type(String input, String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.add("--bootstrap");
        all.add(address());
        return alone(input, false, all.toArray(String[]::new));
    }

    /** A command as it is. */
    public static Result alone(String input, boolean keyboard, String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), false, keyboard);
        int code = PartitaMain.run(words, terminal);
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        broker.close();
    }
}
