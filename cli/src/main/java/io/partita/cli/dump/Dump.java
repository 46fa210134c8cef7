package io.partita.cli.dump;

import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.RecordBatch;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.output.Format;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import io.partita.cli.record.ReadRecord;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what is in files of a data directory. */
@Command(name = "dump", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Shows what is in a data directory, a partition's directory, or a file of one: segments, indexes, snapshots of producers.",
    "Works without a broker, on files of Apache Kafka too, and changes nothing. Ends with 6 when something is damaged.",
    "Records of __consumer_offsets and __transaction_state are decoded."})
public final class Dump implements Callable<Integer> {

    @Parameters(paramLabel = "PATH", arity = "1", description = "A directory or a file.")
    Path path;

    @Option(names = {"-r", "--records"}, description = "Shows records, an object of JSON a line, instead of batches.")
    boolean records;

    @Option(names = "--state", description = "With --records: only the last record of each key, as compaction would leave them.")
    boolean state;

    @Option(names = "--from", paramLabel = "OFFSET", description = "Only from this offset on.")
    long from = 0;

    @Option(names = {"-n", "--count"}, paramLabel = "N", description = "Only so many batches or records.")
    long count = Long.MAX_VALUE;

    @Option(names = {"-o",
        "--output"}, paramLabel = "FORM", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); records are JSON in any case.")
    Format format = Format.table;

    private final Terminal terminal;
    private long shown;
    private final List<String> damage = new ArrayList<>();

    Dump(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Output output = new Output(terminal, format);
        if (!Files.exists(path)) {
            throw new Failure(Kind.NOT_FOUND, "There is no " + path + ".");
        }
        if (Files.isDirectory(path)) {
            List<Path> segments = LogFolder.segments(path);
            if (segments.isEmpty() && LogFolder.of(path).partition() < 0) {
                logs(output);
            } else {
                segments(LogFolder.of(path), segments, output);
            }
        } else {
            file(output);
        }
        output.finish();
        if (!damage.isEmpty()) {
            terminal.out().flush();
            damage.forEach(one -> terminal.err().println(terminal.bad(one)));
            return Kind.NOT_WELL.exitCode();
        }
        return 0;
    }

    /** A data directory. */
    private void logs(Output output) throws IOException {
        record Log(LogFolder folder, String directory, int segments, long bytes, long start) {}
        List<Log> logs = new ArrayList<>();
        try (Stream<Path> directories = Files.list(path)) {
            for (Path directory : directories.filter(Files::isDirectory).sorted().toList()) {
                List<Path> segments = LogFolder.segments(directory);
                if (!segments.isEmpty()) {
                    long bytes = 0;
                    for (Path segment : segments) {
                        bytes += Files.size(segment);
                    }
                    logs.add(new Log(LogFolder.of(directory), directory.getFileName().toString(), segments.size(), bytes,
                            LogFolder.baseOffset(segments.getFirst())));
                }
            }
        }
        output.rows(new Table<Log>()
                .column("topic", log -> log.folder.topic())
                .column("partition", log -> log.folder.partition())
                .column("segments", Log::segments)
                .column("bytes", Log::bytes)
                .column("firstSegment", Log::start)
                .column("directory", Log::directory), logs, "There is no log in " + path + ".");
    }

    private void segments(LogFolder folder, List<Path> segments, Output output) throws IOException {
        if (records) {
            Map<String, String> last = new LinkedHashMap<>();
            for (Path segment : segments) {
                records(folder, segment, last);
            }
            last.values().forEach(line -> terminal.out().println(line));
            return;
        }
        record Summary(String segment, long bytes, long batches, long records, Long first, Long last, Long maxTimestamp, String problem) {}
        List<Summary> rows = new ArrayList<>();
        for (Path segment : segments) {
            long[] seen = {0, 0, Long.MAX_VALUE, -1, -1};
            String[] problem = new String[1];
            try (SegmentFile file = new SegmentFile(segment)) {
                long rest = file.batches(batch -> {
                    seen[0]++;
                    if (batch.magic() == RecordBatch.MAGIC_V2) {
                        seen[1] += RecordBatch.recordCount(batch.content(), 0);
                        seen[3] = RecordBatch.lastOffset(batch.content(), 0);
                        seen[4] = Math.max(seen[4], RecordBatch.maxTimestamp(batch.content(), 0));
                    }
                    seen[2] = Math.min(seen[2], batch.baseOffset());
                    if (batch.problem() != null) {
                        problem[0] = "batch at " + batch.position() + ": " + batch.problem();
                    }
                    return true;
                });
                if (rest > 0) {
                    problem[0] = "the last " + rest + " bytes are no whole batch";
                }
            }
            if (problem[0] != null) {
                damage.add(segment + ": " + problem[0] + ".");
            }
            rows.add(new Summary(segment.getFileName().toString(), Files.size(segment), seen[0], seen[1], seen[0] == 0 ? null : seen[2],
                    seen[3] < 0 ? null : seen[3],
                    seen[4] < 0 ? null : seen[4], problem[0]));
        }
        output.rows(new Table<Summary>()
                .column("segment", Summary::segment)
                .column("bytes", Summary::bytes)
                .column("batches", Summary::batches)
                .column("records", Summary::records)
                .column("firstOffset", Summary::first)
                .column("lastOffset", Summary::last)
                .column("maxTimestamp", row -> row.maxTimestamp == null ? null : Instant.ofEpochMilli(row.maxTimestamp).toString())
                .column("problem", Summary::problem), rows, "There is no segment.");
    }

    private void file(Output output) throws IOException {
        String name = path.getFileName().toString();
        long base = LogFolder.baseOffset(path);
        String suffix = base < 0 ? name : name.substring(21);
        LogFolder folder = LogFolder.of(path.toAbsolutePath().getParent());
        switch (suffix) {
            case "log" -> {
                if (records) {
                    Map<String, String> last = new LinkedHashMap<>();
                    records(folder, path, last);
                    last.values().forEach(line -> terminal.out().println(line));
                } else {
                    batches(output);
                }
            }
            case "index" -> entries(IndexFiles.offsets(path, base), output);
            case "timeindex" -> entries(IndexFiles.times(path, base), output);
            case "txnindex" -> entries(IndexFiles.aborted(path), output);
            case "snapshot" -> entries(IndexFiles.producers(path), output);
            case "leader-epoch-checkpoint", "partition.metadata", "meta.properties", "recovery-point-offset-checkpoint", "replication-offset-checkpoint",
                    "log-start-offset-checkpoint", "cleaner-offset-checkpoint" ->
                terminal.out().print(Files.readString(path, StandardCharsets.UTF_8));
            default -> throw new Failure(Kind.USAGE, name + " is no file of a log that is known here.",
                    "Known are segments (.log), .index, .timeindex, .txnindex, .snapshot, and checkpoints.");
        }
    }

    private void entries(List<Map<String, Object>> entries, Output output) {
        Table<Map<String, Object>> table = new Table<>();
        if (!entries.isEmpty()) {
            entries.getFirst().keySet().forEach(field -> table.column(field, entry -> entry.get(field)));
        }
        output.rows(table, entries, "It is empty.");
    }

    private void batches(Output output) throws IOException {
        List<SegmentFile.Batch> batches = new ArrayList<>();
        try (SegmentFile file = new SegmentFile(path)) {
            long rest = file.batches(batch -> {
                if (batch.magic() != RecordBatch.MAGIC_V2 || RecordBatch.lastOffset(batch.content(), 0) >= from) {
                    batches.add(batch);
                }
                if (batch.problem() != null) {
                    damage.add("The batch at " + batch.position() + ": " + batch.problem() + ".");
                }
                return batches.size() < count;
            });
            if (rest > 0) {
                damage.add("The last " + rest + " bytes are no whole batch.");
            }
        }
        Table<SegmentFile.Batch> table = new Table<SegmentFile.Batch>()
                .column("position", SegmentFile.Batch::position)
                .column("bytes", SegmentFile.Batch::bytes)
                .column("baseOffset", SegmentFile.Batch::baseOffset)
                .column("lastOffset", batch -> ofV2(batch, () -> RecordBatch.lastOffset(batch.content(), 0)))
                .column("records", batch -> ofV2(batch, () -> RecordBatch.recordCount(batch.content(), 0)))
                .column("leaderEpoch", batch -> ofV2(batch, () -> RecordBatch.leaderEpoch(batch.content(), 0)))
                .column("codec", batch -> ofV2(batch, () -> codec(batch)))
                .column("producerId", batch -> ofV2(batch, () -> RecordBatch.producerId(batch.content(), 0)))
                .column("flags", batch -> ofV2(batch, () -> flags(batch)))
                .wide("magic", SegmentFile.Batch::magic)
                .wide("producerEpoch", batch -> ofV2(batch, () -> RecordBatch.producerEpoch(batch.content(), 0)))
                .wide("baseSequence", batch -> ofV2(batch, () -> RecordBatch.baseSequence(batch.content(), 0)))
                .column("maxTimestamp", batch -> ofV2(batch, () -> Instant.ofEpochMilli(RecordBatch.maxTimestamp(batch.content(), 0)).toString()))
                .column("problem", SegmentFile.Batch::problem);
        output.rows(table, batches, "There is no batch.");
    }

    private static Object ofV2(SegmentFile.Batch batch, java.util.function.Supplier<Object> value) {
        return batch.magic() == RecordBatch.MAGIC_V2 && batch.bytes() >= RecordBatch.HEADER_BYTES ? value.get() : null;
    }

    private static String codec(SegmentFile.Batch batch) {
        var codec = io.partita.broker.record.Compression.forId(RecordBatch.compressionId(batch.content(), 0));
        return codec == null ? "unknown" : codec.configName();
    }

    private static List<String> flags(SegmentFile.Batch batch) {
        List<String> flags = new ArrayList<>();
        if (RecordBatch.isTransactional(batch.content(), 0)) {
            flags.add("transactional");
        }
        if (RecordBatch.isControl(batch.content(), 0)) {
            flags.add(RecordBatch.isDelayed(batch.content(), 0) ? "delayed" : "control");
        }
        if (RecordBatch.hasDeleteHorizon(batch.content(), 0)) {
            flags.add("horizon");
        }
        return flags;
    }

    /** @param last takes lines by key, where only the last of each is wanted */
    private void records(LogFolder folder, Path segment, Map<String, String> last) throws IOException {
        try (SegmentFile file = new SegmentFile(segment)) {
            long rest = file.batches(batch -> {
                if (batch.magic() != RecordBatch.MAGIC_V2) {
                    damage.add("The batch at " + batch.position() + " of " + segment + " is of an older format (" + batch.magic()
                            + "), whose records are not shown.");
                    return true;
                }
                if (batch.problem() != null) {
                    damage.add("The batch at " + batch.position() + " of " + segment + ": " + batch.problem() + ".");
                    return true;
                }
                if (RecordBatch.lastOffset(batch.content(), 0) >= from) {
                    try {
                        boolean isMarker = RecordBatch.isControl(batch.content(), 0) && !RecordBatch.isDelayed(batch.content(), 0);
                        for (ReadRecord record : SegmentFile.records(folder.topic(), folder.partition(), batch)) {
                            show(record, isMarker, last);
                        }
                    } catch (BatchFormatException e) {
                        damage.add("The batch at " + batch.position() + " of " + segment + ": " + e.getMessage());
                    }
                }
                return shown < count;
            });
            if (rest > 0) {
                damage.add("The last " + rest + " bytes of " + segment + " are no whole batch.");
            }
        }
    }

    private void show(ReadRecord record, boolean control, Map<String, String> last) {
        if (record.offset() < from || shown >= count || control && state) {
            return;
        }
        JsonObject json = new JsonObject().put("offset", record.offset()).put("timestamp",
                record.timestamp() < 0 ? null : Instant.ofEpochMilli(record.timestamp()).toString());
        Map<String, Object> decoded = control ? null : StateRecords.decode(record.topic(), record.key(), record.value());
        if (control) {
            json.put("marker", record.key() != null && record.key().length > 3 && record.key()[3] == 1 ? "commit" : "abort");
        } else if (decoded != null) {
            decoded.forEach(json::put);
        } else {
            json.put("key", MessageTree.text(record.key())).put("value", MessageTree.text(record.value()));
            Map<String, Object> headers = new LinkedHashMap<>();
            record.headers().forEach(header -> headers.put(header.key(), MessageTree.text(header.value())));
            if (!headers.isEmpty()) {
                json.put("headers", headers);
            }
        }
        if (state) {
            String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.ISO_8859_1);
            last.remove(key);
            if (record.value() != null) {
                last.put(key, json.encode());
            }
        } else {
            terminal.out().println(json.encode());
            shown++;
        }
    }
}
