package io.partita.broker.etcd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Standalone brokers of one cluster, each a process of its own as {@code ./run} starts it, with its data and what it says below a directory. */
final class BrokerProcesses implements AutoCloseable {

    private static final long START_SECONDS = 120;

    private final Path directory;
    private final String store;
    private final CuttableNetwork network;
    private final Map<Integer, Integer> ports = new TreeMap<>();
    private final Map<Integer, Process> processes = new TreeMap<>();

    BrokerProcesses(Path directory, String store) {
        this(directory, store, null);
    }

    /** @param network each broker has a host of its own there; {@code null} for all on this one */
    BrokerProcesses(Path directory, String store, CuttableNetwork network) {
        this.network = network;
        this.directory = directory;
        this.store = store;
    }

    /** Begins to start a broker, again with the data and port it had. */
    void begin(int id, String... settings) throws IOException {
        beginAs(id, id, settings);
    }

    /** Begins to start a process with data, port and log of its own, by whatever number it has in the cluster. */
    void beginAs(int id, int nodeId, String... settings) throws IOException {
        if (!ports.containsKey(id)) {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                ports.put(id, free.getLocalPort());
            }
        }
        Files.deleteIfExists(log(id));
        List<String> words = new ArrayList<>(network == null ? List.of() : network.inside(id));
        words.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx128m",
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
                "-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS", "-cp",
                System.getProperty("java.class.path"), StandaloneMain.class.getName(), "--node-id", Integer.toString(nodeId), "--host", host(id), "--port",
                Integer.toString(ports.get(id)), "--data", data(id).toString(), "--store", store));
        for (String setting : settings) {
            words.addAll(List.of("--set", setting));
        }
        processes.put(id, new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log(id).toFile()).start());
    }

    private String host(int id) {
        return network == null ? "127.0.0.1" : network.host(id);
    }

    /** As kill -9 of all of them at once. */
    void killAll() throws InterruptedException {
        processes.values().forEach(Process::destroyForcibly);
        for (Process process : processes.values()) {
            process.waitFor();
        }
    }

    /** Where its data are. */
    Path data(int id) {
        return directory.resolve("data-" + id);
    }

    private Path log(int id) {
        return directory.resolve("broker-" + id + ".log");
    }

    /** What a broker has said since it was started last. */
    String said(int id) throws IOException {
        return Files.readString(log(id));
    }

    /** Returns when a broker serves clients. */
    void awaitServing(int id) throws IOException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!said(id).contains("serves Kafka clients")) {
            if (!processes.get(id).isAlive() || System.nanoTime() > until) {
                throw new IOException("Broker " + id + " does not start:\n" + said(id));
            }
            Thread.onSpinWait();
        }
    }

    /** As kill -9. */
    void kill(int id) throws InterruptedException {
        processes.get(id).destroyForcibly().waitFor();
    }

    /** It stands still, as a machine does that swaps or is moved, until {@link #resume}. */
    void pause(int id) throws IOException, InterruptedException {
        signal(id, "-STOP");
    }

    void resume(int id) throws IOException, InterruptedException {
        signal(id, "-CONT");
    }

    private void signal(int id, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, Long.toString(processes.get(id).pid())).inheritIO().start().waitFor();
    }

    /** Tells a broker to stop; its exit status, when it has. */
    int stop(int id) throws InterruptedException {
        processes.get(id).destroy();
        return processes.get(id).waitFor();
    }

    /** Its exit status, when it has ended by itself. */
    int awaitEnd(int id) throws IOException, InterruptedException {
        if (!processes.get(id).waitFor(START_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("Broker " + id + " does not end:\n" + said(id));
        }
        return processes.get(id).exitValue();
    }

    /** What clients take as {@code bootstrap.servers}. */
    String bootstrap() {
        return String.join(",", ports.keySet().stream().map(id -> host(id) + ":" + ports.get(id)).toList());
    }

    @Override
    public void close() {
        processes.values().forEach(Process::destroyForcibly);
    }
}
