package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.ClientSettings;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.output.Terminal;
import io.partita.cli.record.ReadRecord;
import io.partita.cli.record.Reading;
import io.partita.cli.record.RecordText;
import io.partita.cli.record.SchemaText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "consume", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Prints records of a topic, up to those that are there now, or on and on.",
    "It is in no group, and commits nothing."})
final class Consume implements Callable<Integer> {

    @Mixin
    ConnectionOptions connection;

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    String name;

    @Option(names = "--from", paramLabel = "POSITION", converter = PositionWord.class, description = {
        "beginning (default; with --follow: end), end, an offset, -N (the last N of each partition),",
        "a time as 10m (ago), 2026-01-31T08:00 or @EPOCHMILLIS."})
    Position from;

    @Option(names = {"-f", "--follow"}, description = "Goes on with records as they come; Ctrl-C ends it.")
    boolean follow;

    @Option(names = {"-n", "--count"}, paramLabel = "N", description = "Ends after so many records.")
    long count = Long.MAX_VALUE;

    @Option(names = {"-p", "--partition"}, paramLabel = "N", split = ",", description = "Only these partitions.")
    Set<Integer> partitions = Set.of();

    @Option(names = {"-o", "--output"}, paramLabel = "FORM", description = {
        "text (default), json (an object a line), hex, or what kcat takes, as in '%%p %%o %%k %%v\\n':",
        "%%t topic, %%p partition, %%o offset, %%T timestamp, %%k key, %%v value, %%h headers, %%K and %%S lengths."})
    String form = "text";

    @Option(names = {"-k", "--key"}, description = "Shows the key and a tab before the value.")
    boolean key;

    @Option(names = {"-H", "--headers"}, description = "Shows headers before that.")
    boolean headers;

    @Option(names = {"-g", "--grep"}, paramLabel = "TEXT", description = "Only records with this in key or value.")
    String grep;

    @Option(names = "--registry", paramLabel = "URL", description = {
        "A schema registry: what was written with Avro, Protobuf or JSON Schema is shown as JSON",
        "(default: schema.registry.url of the settings; user:password is their basic.auth.user.info)."})
    String registry;

    @Option(names = "--raw", description = "Shows bytes as they are, also where the settings name a registry.")
    boolean raw;

    @Option(names = "--committed", description = "Leaves out what transactions have not committed.")
    boolean committed;

    private final Terminal terminal;

    Consume(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        RecordText text = text();
        ClientSettings settings = connection.resolve(System.getenv());
        try (SchemaText schemas = raw || form.equals("hex") ? SchemaText.none() : SchemaText.of(settings, registry, terminal.err()::println);
                Cluster cluster = new Cluster(settings)) {
            MetadataResponseTopic topic = PositionResolver.only(cluster.topics(List.of(name)).getFirst(), partitions);
            Map<TopicPartition, Long> resolved = new PositionResolver(cluster)
                    .resolve(List.of(topic), from != null ? from : follow ? new Position.End() : new Position.Beginning());
            Map<Integer, Long> starts = new TreeMap<>();
            resolved.forEach((partition, offset) -> {
                if (offset == Offsets.UNKNOWN) {
                    terminal.err().println("The partition " + partition + " has no leader now, and is left out.");
                } else {
                    starts.put(partition.partition(), offset);
                }
            });
            Map<Integer, Long> ends = null;
            if (!follow) {
                ends = new TreeMap<>();
                for (Map.Entry<TopicPartition, Long> end : new Offsets(cluster).at(List.of(topic), Offsets.LATEST, committed).entrySet()) {
                    ends.put(end.getKey().partition(), end.getValue());
                }
            }
            if (count > 0) {
                new Reading(cluster, topic, committed, starts, ends).run(printer(text, schemas), () -> !terminal.out().checkError());
            }
        }
        return 0;
    }

    /** Prints, until so many are printed. */
    private Predicate<ReadRecord> printer(RecordText text, SchemaText schemas) {
        byte[] wanted = grep == null ? null : grep.getBytes(StandardCharsets.UTF_8);
        long[] printed = new long[1];
        return read -> {
            ReadRecord record = schemas.of(read);
            if (wanted != null && !contains(record.key(), wanted) && !contains(record.value(), wanted)) {
                return true;
            }
            terminal.out().writeBytes(text.of(record));
            return ++printed[0] < count;
        };
    }

    private RecordText text() {
        try {
            return switch (form) {
                case "text" -> RecordText.text(key, headers);
                case "json" -> RecordText.json();
                case "hex" -> RecordText.hex();
                default -> RecordText.template(form);
            };
        } catch (IllegalArgumentException e) {
            throw new Failure(Kind.USAGE, e.getMessage());
        }
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        for (int i = 0; bytes != null && i <= bytes.length - wanted.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }
}
