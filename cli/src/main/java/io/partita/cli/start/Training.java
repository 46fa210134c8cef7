package io.partita.cli.start;

import io.partita.broker.BrokerMain;
import io.partita.cli.PartitaMain;
import io.partita.cli.output.Terminal;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs commands once while the JDK records which classes that takes (the AOT cache of JEP 483 and 514), against a broker in a process of its own, whose classes shall not
 * be in that cache.
 */
public final class Training {

    private static final Pattern ADDRESS = Pattern.compile("serves Kafka clients on (\\S+) as broker");
    /** Twice, so that also what only the second call of something takes is seen. */
    private static final int ROUNDS = 2;

    private Training() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("partita-training");
        Process broker = new ProcessBuilder(ProcessHandle.current().info().command().orElse("java"), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
                BrokerMain.class.getName(), "--port", "0", "--data", directory.toString(), "--set", "offsets.topic.num.partitions=1")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = broker.inputReader()) {
            String address = output.lines().map(ADDRESS::matcher).filter(Matcher::find).map(found -> found.group(1)).findFirst().orElseThrow();
            for (int round = 0; round < ROUNDS; round++) {
                for (List<String> command : commands("training-" + round)) {
                    run(Stream.concat(command.stream(), Stream.of("--bootstrap", address)).toArray(String[]::new));
                }
                run("--help");
                run("topic", "list", "--help");
            }
        } finally {
            broker.destroy();
            broker.waitFor();
            delete(directory);
        }
    }

    private static List<List<String>> commands(String topic) {
        return List.of(
                List.of("topic", "create", topic, "--partitions", "2", "--set", "retention.ms=3600000"),
                List.of("topic", "list"),
                List.of("topic", "list", "-o", "json"),
                List.of("topic", "describe", topic, "-o", "yaml"),
                List.of("group", "reset", topic, "--to", "end", "--topic", topic, "--execute"),
                List.of("group", "list"),
                List.of("group", "describe", topic),
                List.of("cluster", "status"));
    }

    private static void run(String... words) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        InputStream nothing = new ByteArrayInputStream("key:value\n".getBytes(StandardCharsets.UTF_8));
        PartitaMain.run(words, new Terminal(nothing, nowhere, nowhere, false, false));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
