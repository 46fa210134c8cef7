package io.partita.broker.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * A broker in a process of its own, on a free port of 127.0.0.1 and a data directory of its own, which can be stopped, killed and started
 * again on the same port and data. Its output is kept in {@link #log}.
 */
final class BrokerProcess implements AutoCloseable {
    private Target target;
    private final Path folder;
    private final int port;
    private final Map<String, String> settings;
    private Process process;

    private BrokerProcess(IntFunction<Target> target, Map<String, String> settings) {
        this.folder = Repository.newFolder("broker");
        this.port = freePort();
        this.target = target.apply(port);
        this.settings = settings;
    }

    /** Starts a broker of the kind under test. @param settings by their names in server.properties, over the target's own defaults */
    static BrokerProcess start(Map<String, String> settings) {
        return start(Target.underTest(), settings);
    }

    /** Starts a broker of a given kind. */
    static BrokerProcess start(Target target, Map<String, String> settings) {
        return start(port -> target, settings);
    }

    /** Starts a broker of a kind that depends on the port it is to listen on. */
    static BrokerProcess prepared(IntFunction<Target> target) {
        return start(target, Map.of());
    }

    private static BrokerProcess start(IntFunction<Target> target, Map<String, String> settings) {
        var broker = new BrokerProcess(target, settings);
        try {
            broker.target.prepare(broker.folder, broker.port, settings);
            broker.start();
        } catch (RuntimeException | Error e) {
            broker.close();
            throw e;
        }
        return broker;
    }

    /** What has to be run to start this stopped broker's data with a broker of another kind. */
    List<String> commandOf(Target other) {
        return other.command(folder, port, settings);
    }

    /** From its next start on a broker of another kind has the data. */
    void become(Target other) {
        target = other;
    }

    String bootstrap() {
        return "127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** The directory with one folder per partition. */
    Path logDirectory() {
        return target.logDirectory(folder);
    }

    /** Starts the broker again after {@link #kill} or {@link #stop}, and waits until it accepts connections. */
    void start() {
        try {
            var log = folder.resolve("broker.log").toFile();
            var builder = new ProcessBuilder(target.command(folder, port, settings)).directory(folder.toFile());
            process = builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log)).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Await.until("the broker listens on port " + port, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("The broker ended with exit code " + process.exitValue() + ":\n" + log());
            }
            return accepts(port);
        });
    }

    /** SIGKILL: the process gets no chance to write anything more. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM, as Ctrl-C and service managers do. @return the exit code */
    int stop() {
        process.destroy();
        return awaitEnd();
    }

    /** What the broker has printed so far, over all its starts. */
    String log() {
        try {
            return Files.readString(folder.resolve("broker.log"));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
            awaitEnd();
        }
        Trees.delete(target.logDirectory(folder));
    }

    private int awaitEnd() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("The broker did not stop within 60 s:\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A port that nothing listens on, below those that the system gives to outgoing connections: while a broker is down, a client that keeps
     * trying to connect could otherwise be given the broker's own port.
     */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
            try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // taken: try another
            }
        }
    }

    private static boolean accepts(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The kind of broker that the tests run against. */
    interface Target {
        static Target underTest() {
            return switch (name()) {
                case "partita" -> new Partita(List.of());
                case "kafka" -> new ApacheKafka();
                case String other -> throw new IllegalStateException("This test starts its own broker and cannot use the one at " + other);
            };
        }

        static String name() {
            return System.getProperty("compat.target", "partita");
        }

        /** Once, before the first start on a data directory. */
        default void prepare(Path folder, int port, Map<String, String> settings) {
        }

        List<String> command(Path folder, int port, Map<String, String> settings);

        Path logDirectory(Path folder);
    }

    /** Our own, as a user starts it. @param words more options */
    record Partita(List<String> words) implements Target {
        @Override
        public List<String> command(Path folder, int port, Map<String, String> settings) {
            var command = new ArrayList<>(List.of(Repository.TOP.resolve("run").toString(), "--host", "127.0.0.1",
                    "--port", Integer.toString(port), "--data", folder.resolve("data").toString()));
            settings.forEach((name, value) -> command.addAll(List.of("--set", name + "=" + value)));
            command.addAll(words);
            return command;
        }

        @Override
        public Path logDirectory(Path folder) {
            return folder.resolve("data");
        }
    }

    /** Apache Kafka in one process, broker and controller. */
    record ApacheKafka() implements Target {
        @Override
        public void prepare(Path folder, int port, Map<String, String> settings) {
            var properties = new StringBuilder("""
                process.roles=broker,controller
                node.id=1
                listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
                controller.quorum.voters=1@127.0.0.1:%2$d
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
                log.dirs=%3$s
                offsets.topic.replication.factor=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                """.formatted(port, freePort(), logDirectory(folder)));
            settings.forEach((name, value) -> properties.append(name).append('=').append(value).append('\n'));
            try {
                Files.writeString(folder.resolve("server.properties"), properties);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Command.of(java("kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", folder.resolve("server.properties").toString()))
                    .succeed();
        }

        @Override
        public List<String> command(Path folder, int port, Map<String, String> settings) {
            return java("kafka.Kafka", folder.resolve("server.properties").toString());
        }

        @Override
        public Path logDirectory(Path folder) {
            return folder.resolve("data");
        }

        private static List<String> java(String mainClass, String... arguments) {
            var bench = Repository.TOP.resolve("bench/kafka");
            var libraries = bench.resolve("target/libs");
            if (Files.notExists(libraries)) {
                Command.of(List.of("mvn", "-q", "-B", "-ntp", "-f", bench.resolve("pom.xml").toString(), "dependency:copy-dependencies",
                        "-DincludeScope=runtime", "-DoutputDirectory=" + libraries)).succeed();
            }
            return JavaProgram.java(Repository.classPath(libraries),
                    List.of("-Xmx512m", "-Dlog4j2.configurationFile=" + bench.resolve("log4j2-broker.properties")), mainClass, List.of(arguments));
        }
    }
}
