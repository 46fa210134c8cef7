package io.partita.cli.command;

import io.partita.broker.record.Compression;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.MissingTopics;
import io.partita.cli.output.Format;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import io.partita.cli.record.NewRecord;
import io.partita.cli.record.Reading;
import io.partita.cli.record.Sending;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A small load, to see what to expect. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Sends records to a topic of its own, one after the other for latency and then as many as it can for throughput, and reads them back.",
    "One client with one request at a time: a first idea of a cluster, not its limits."})
final class Bench implements Callable<Integer> {

    private static final int LONE_RECORDS = 500;
    private static final int SIZE_MAX = 16 << 20;
    private static final long BAR_MILLIS = 100;
    private static final int BAR_WIDTH = 30;

    @Mixin
    ConnectionOptions connection;

    @Option(names = {"-n", "--records"}, paramLabel = "N", description = "Records for throughput (default: ${DEFAULT-VALUE}).")
    int records = 200_000;

    @Option(names = "--size", paramLabel = "BYTES", description = "Bytes of a value (default: ${DEFAULT-VALUE}).")
    int size = 1_000;

    @Option(names = {"-p", "--partitions"}, paramLabel = "N", description = "Partitions of the topic (default: ${DEFAULT-VALUE}).")
    int partitions = 3;

    @Option(names = {"-t",
        "--topic"}, paramLabel = "TOPIC", description = "A topic that is there, and stays with the records (default: one that is made and deleted).")
    String topic;

    @Option(names = {"-z", "--compression"}, paramLabel = "CODEC", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Compression compression = Compression.NONE;

    @Option(names = {"-o", "--output"}, paramLabel = "FORM", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Format format = Format.table;

    private final Terminal terminal;

    Bench(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (records < 1 || partitions < 1 || size < 1 || size > SIZE_MAX) {
            throw new Failure(Kind.USAGE, "--records and --partitions are 1 or more, and --size 1 to " + SIZE_MAX + ".", "Leave them out for "
                    + "200000 records of 1000 bytes in 3 partitions.");
        }
        Map<String, Object> results = new LinkedHashMap<>();
        try (Cluster cluster = new Cluster(connection.resolve(System.getenv()))) {
            String name = topic != null ? topic : "partita-bench-" + Long.toString(System.nanoTime() & 0xffffff, 36);
            try {
                if (topic == null) {
                    new MissingTopics(cluster).make(Map.of(name, partitions));
                }
                latency(cluster, name, results);
                throughput(cluster, name, results);
            } finally {
                if (topic == null) {
                    new MissingTopics(cluster).delete(List.of(name));
                }
            }
        }
        Output output = new Output(terminal, format);
        if (format.structured()) {
            output.value(results);
        } else {
            output.line(String.format("one record at a time: half within %.2f ms, 99 of 100 within %.2f ms, the slowest of %d %.1f ms",
                    results.get("latencyMillis50"),
                    results.get("latencyMillis99"), LONE_RECORDS, results.get("latencyMillisMax")));
            output.line(
                    String.format("written: %,.0f records/s, %,.1f MB/s", results.get("writtenRecordsPerSecond"), results.get("writtenMegabytesPerSecond")));
            output.line(String.format("read:    %,.0f records/s, %,.1f MB/s", results.get("readRecordsPerSecond"), results.get("readMegabytesPerSecond")));
        }
        return 0;
    }

    private byte[] value() {
        byte[] value = new byte[size];
        // Half of it is the same everywhere, as in most records, so that codecs have something to do.
        new SplittableRandom(1).nextBytes(value);
        Arrays.fill(value, 0, size / 2, (byte) 'x');
        return value;
    }

    private void latency(Cluster cluster, String name, Map<String, Object> results) {
        Sending sending = new Sending(cluster, name, (short) -1, compression);
        NewRecord record = new NewRecord(null, null, null, value(), List.of());
        double[] millis = new double[LONE_RECORDS];
        // The first tenth is for both ends to get warm.
        for (int i = -LONE_RECORDS / 10; i < LONE_RECORDS; i++) {
            long start = System.nanoTime();
            sending.add(record);
            sending.flush();
            millis[Math.max(0, i)] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(millis);
        results.put("latencyMillis50", millis[LONE_RECORDS / 2]);
        results.put("latencyMillis99", millis[LONE_RECORDS * 99 / 100]);
        results.put("latencyMillisMax", millis[LONE_RECORDS - 1]);
    }

    private void throughput(Cluster cluster, String name, Map<String, Object> results) {
        Map<Integer, Long> starts = ends(cluster, name);
        Sending sending = new Sending(cluster, name, (short) -1, compression);
        NewRecord record = new NewRecord(null, null, null, value(), List.of());
        long begun = System.nanoTime();
        for (int i = 0; i < records; i++) {
            sending.add(record);
            bar("writing", i, begun);
        }
        sending.flush();
        rates("written", begun, results);

        long[] read = new long[1];
        long readingBegun = System.nanoTime();
        new Reading(cluster, cluster.topics(List.of(name)).getFirst(), false, starts, ends(cluster, name)).run(one -> {
            bar("reading", read[0], readingBegun);
            return ++read[0] < records;
        }, () -> true);
        rates("read", readingBegun, results);
        if (terminal.colours()) {
            terminal.err().print("\r\033[K");
        }
    }

    private static Map<Integer, Long> ends(Cluster cluster, String name) {
        Map<Integer, Long> ends = new TreeMap<>();
        new Offsets(cluster).at(cluster.topics(List.of(name)), Offsets.LATEST).forEach((partition, offset) -> ends.put(partition.partition(), offset));
        return ends;
    }

    private void rates(String what, long begun, Map<String, Object> results) {
        double seconds = Math.max(1, System.nanoTime() - begun) / 1e9;
        results.put(what + "RecordsPerSecond", records / seconds);
        results.put(what + "MegabytesPerSecond", records * (double) size / 1e6 / seconds);
    }

    private long barShown;

    /** On a terminal alone. */
    private void bar(String what, long done, long begun) {
        long now = System.nanoTime();
        if (!terminal.colours() || now - barShown < BAR_MILLIS * 1_000_000) {
            return;
        }
        barShown = now;
        int filled = (int) (BAR_WIDTH * done / Math.max(1, records));
        terminal.err().print("\r" + what + " [" + "#".repeat(filled) + " ".repeat(BAR_WIDTH - filled) + "] " + 100 * done / Math.max(1, records) + " %  ");
        terminal.err().flush();
    }
}
