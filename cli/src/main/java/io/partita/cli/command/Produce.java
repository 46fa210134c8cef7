package io.partita.cli.command;

import io.partita.broker.env.Failures;
import io.partita.broker.record.Compression;
import io.partita.broker.record.RecordHeader;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Terminal;
import io.partita.cli.record.RecordLines;
import io.partita.cli.record.Sending;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "produce", mixinStandardHelpOptions = true, sortOptions = false, description = {"Sends lines as records, and tells how many were acknowledged.",
    "A topic's records are copied by: partita consume a -o json | partita produce b --json"})
final class Produce implements Callable<Integer> {

    private static final int BUFFER_BYTES = 1 << 16;

    @Mixin
    ConnectionOptions connection;

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    String name;

    @Option(names = {"-K", "--key-separator"}, paramLabel = "TEXT", description = "What is between key and value in a line, as in -K :")
    String separator;

    @Option(names = {"-k", "--key"}, paramLabel = "KEY", description = "The key of all records.")
    String key;

    @Option(names = {"-H", "--header"}, paramLabel = "NAME=VALUE", description = "A header of all records; may be repeated.")
    List<String> headers = new ArrayList<>();

    @Option(names = {"-p", "--partition"}, paramLabel = "N", description = "The partition (default: by the key as Java clients do, else in turn).")
    Integer partition;

    @Option(names = "--json", description = "Lines are objects as partita consume -o json prints them.")
    boolean json;

    @Option(names = "--keep-partitions", description = "With --json: records go to the partitions they name.")
    boolean keepPartitions;

    @Option(names = "--file", paramLabel = "FILE", description = "Reads from a file.")
    Path file;

    @Option(names = "--whole", description = "The whole input is one value, whatever is in it.")
    boolean whole;

    @Option(names = "--tombstones", description = "An empty value is none at all.")
    boolean tombstones;

    @Option(names = {"-z", "--compression"}, paramLabel = "CODEC", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Compression compression = Compression.NONE;

    @Option(names = "--acks", paramLabel = "all|1", description = "Whose word counts: all replicas in sync (default), or the leader.")
    String acks = "all";

    @Option(names = {"-q", "--quiet"}, description = "Does not tell how many.")
    boolean quiet;

    private final Terminal terminal;

    Produce(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (!acks.equals("all") && !acks.equals("-1") && !acks.equals("1")) {
            throw new Failure(Kind.USAGE, "--acks is " + acks + ".", "It is all or 1.");
        }
        List<RecordHeader> all = new ArrayList<>();
        Names.assignments(headers).forEach((header, value) -> all.add(new RecordHeader(header, value.getBytes(StandardCharsets.UTF_8))));
        RecordLines lines = json ? RecordLines.json(keepPartitions) : RecordLines.text(separator, key, all, tombstones, partition);
        try (Cluster cluster = new Cluster(connection.resolve(System.getenv()));
                InputStream in = new BufferedInputStream(file == null ? terminal.in() : open(), BUFFER_BYTES)) {
            Sending sending = new Sending(cluster, name, (short) (acks.equals("1") ? 1 : -1), compression);
            try {
                if (whole) {
                    sending.add(lines.of(in.readAllBytes()));
                } else {
                    send(in, lines, sending);
                }
                sending.flush();
            } finally {
                if (!quiet) {
                    terminal.err().println(Sentences.count(sending.sent(), "record") + " acknowledged.");
                }
            }
        }
        return 0;
    }

    private InputStream open() {
        if (Files.isDirectory(file)) {
            throw new Failure(Kind.USAGE, "The file " + file + " cannot be read: it is a directory.");
        }
        try {
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw new Failure(Kind.USAGE, "The file " + file + " cannot be read: " + Failures.said(e) + ".");
        }
    }

    /** Whoever types sees each line sent at once: nothing waits while there is nothing to read. */
    private static void send(InputStream in, RecordLines lines, Sending sending) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c >= 0; c = in.read()) {
            if (c != '\n') {
                line.write(c);
                continue;
            }
            add(line, lines, sending);
            if (in.available() == 0) {
                sending.flush();
            }
        }
        if (line.size() > 0) {
            add(line, lines, sending);
        }
    }

    private static void add(ByteArrayOutputStream line, RecordLines lines, Sending sending) {
        byte[] bytes = line.toByteArray();
        line.reset();
        int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
        sending.add(lines.of(length == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, length)));
    }
}
