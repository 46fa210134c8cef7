package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.broker.record.Compression;
import io.partita.broker.record.RecordHeader;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import io.partita.cli.record.NewRecord;
import io.partita.cli.record.ReadRecord;
import io.partita.cli.record.Reading;
import io.partita.cli.record.Sending;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "redrive", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Sends the records of a dead-letter topic back to the topics they came from, at their former partitions.",
    "They stay in the dead-letter topic: partita topic trim takes them out of it. Letters without a copy of their record are left out."})
final class TopicRedrive extends ClusterCommand {

    private static final String LETTER = "__dlq.";
    private static final String TOPIC = "__dlq.errors.topic";
    private static final String PARTITION = "__dlq.errors.partition";
    private static final String GROUP = "__dlq.errors.group";

    @Parameters(paramLabel = "TOPIC", description = "The dead-letter topic.")
    String name;

    @Option(names = "--from", paramLabel = "POSITION", converter = PositionWord.class, description = {
        "beginning (default), an offset, -N (the last N of each partition),",
        "a time as 10m (ago), 2026-01-31T08:00 or @EPOCHMILLIS."})
    Position from = new Position.Beginning();

    @Option(names = "--group", paramLabel = "GROUP", description = "Only what this share group gave up.")
    String group;

    @Option(names = "--to", paramLabel = "TOPIC", description = "Sends all to this topic instead, by their keys.")
    String target;

    @Mixin
    Consent consent;

    TopicRedrive(Terminal terminal) {
        super(terminal);
    }

    /** What became of the letters. */
    private static final class Counts {
        private final Map<String, Long> byTopic = new TreeMap<>();
        private long leftOut;
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        MetadataResponseTopic topic = cluster.topics(List.of(name)).getFirst();
        Map<Integer, Long> starts = byPartition(new PositionResolver(cluster).resolve(List.of(topic), from));
        Map<Integer, Long> ends = byPartition(new Offsets(cluster).at(List.of(topic), Offsets.LATEST));
        starts.values().removeIf(offset -> offset == Offsets.UNKNOWN);
        long upTo = starts.entrySet().stream().mapToLong(start -> Math.max(0, ends.get(start.getKey()) - start.getValue())).sum();
        if (!consent.given(terminal(), "Send up to " + Sentences.count(upTo, "record") + " of " + name + " back?")) {
            return;
        }
        Counts counts = new Counts();
        Map<String, Sending> sending = new TreeMap<>();
        try {
            new Reading(cluster, topic, true, starts, ends).run(letter -> {
                redrive(cluster, letter, sending, counts);
                return true;
            }, () -> true);
            sending.values().forEach(Sending::flush);
        } catch (Failure failure) {
            // Who tries again wants to know of what there would be two.
            sending.forEach((to, some) -> terminal().err().println(Sentences.count(some.sent(), "record") + " sent to " + to + " before it failed."));
            throw failure;
        }
        if (counts.byTopic.isEmpty() && counts.leftOut == 0) {
            terminal().err().println("There is no such letter in " + name + ".");
        }
        counts.byTopic.forEach((to, count) -> output.changed("topic", to, "redriven", consent.dryRun,
                Sentences.count(count, "record") + (consent.dryRun ? " would go to " : " sent to ") + to + "."));
        if (counts.leftOut > 0) {
            terminal().err().println(Sentences.count(counts.leftOut, "record") + " left out: no letter with a copy of its record"
                    + " (errors.deadletterqueue.copy.record.enable of the group).");
        }
    }

    private static Map<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
        Map<Integer, Long> byPartition = new TreeMap<>();
        offsets.forEach((partition, offset) -> byPartition.put(partition.partition(), offset));
        return byPartition;
    }

    private void redrive(Cluster cluster, ReadRecord letter, Map<String, Sending> sending, Counts counts) {
        String origin = header(letter, TOPIC);
        if (group != null && !group.equals(header(letter, GROUP))) {
            return;
        }
        if (origin == null || letter.key() == null && letter.value() == null) {
            counts.leftOut++;
            return;
        }
        String to = target == null ? origin : target;
        counts.byTopic.merge(to, 1L, Long::sum);
        if (!consent.dryRun) {
            List<RecordHeader> headers = letter.headers().stream().filter(header -> !header.key().startsWith(LETTER)).toList();
            sending.computeIfAbsent(to, name -> new Sending(cluster, name, (short) -1, Compression.NONE))
                    .add(new NewRecord(target == null ? partition(letter) : null, null, letter.key(), letter.value(), headers));
        }
    }

    private static Integer partition(ReadRecord letter) {
        String partition = header(letter, PARTITION);
        return partition != null && partition.matches("\\d{1,9}") ? Integer.valueOf(partition) : null;
    }

    /** The last of this name: a letter that became one again has several. */
    private static String header(ReadRecord record, String name) {
        String value = null;
        for (RecordHeader header : record.headers()) {
            if (header.key().equals(name) && header.value() != null) {
                value = new String(header.value(), StandardCharsets.UTF_8);
            }
        }
        return value;
    }
}
