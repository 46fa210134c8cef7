package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.partita.broker.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.partita.broker.protocol.message.OffsetCommitResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "reset", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Sets what a group has committed, or where a share group starts, once its consumers are stopped.",
    "Without --execute it only shows what would change."})
final class GroupReset extends ClusterCommand {

    @Parameters(paramLabel = "GROUP", description = "The group. It need not be there yet.")
    String group;

    @Option(names = "--to", paramLabel = "POSITION", required = true, converter = PositionWord.class, description = {
        "beginning, end, an offset, -N (N before the end),",
        "a time as 2h (ago), 2026-01-31T08:00 or @EPOCHMILLIS."})
    Position to;

    @Option(names = {"-t", "--topic"}, paramLabel = "TOPIC", split = ",", description = "Only these topics (default: all that it has committed for).")
    List<String> topics = new ArrayList<>();

    @Option(names = {"-p", "--partition"}, paramLabel = "N", split = ",", description = "Only these partitions of the one topic.")
    Set<Integer> partitions = Set.of();

    @Option(names = "--execute", description = "Does it.")
    boolean execute;

    @Option(names = "--dry-run", description = "Only shows it, as without --execute.")
    boolean dryRun;

    private record Row(TopicPartition partition, Long before, Long after, Long end) {}

    GroupReset(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Groups groups = new Groups(cluster);
        boolean isShare = groups.isShare(group);
        Map<TopicPartition, Long> committed = isShare ? starts(new ShareGroups(cluster)) : new TreeMap<>();
        if (!isShare) {
            groups.committed(group).forEach((partition, offset) -> committed.put(partition, offset.committedOffset));
        }
        List<String> names = topics.isEmpty() ? committed.keySet().stream().map(TopicPartition::topic).distinct().toList() : topics;
        if (names.isEmpty()) {
            throw new Failure(Kind.NOT_FOUND, "The group " + group + (isShare ? " has begun nowhere." : " has committed nothing."),
                    "--topic says for which topics to set its offsets.");
        }
        if (!partitions.isEmpty() && names.size() != 1) {
            throw new Failure(Kind.USAGE, "--partition needs one topic, and these are " + names.size() + ".", "Add --topic.");
        }
        List<MetadataResponseTopic> found = cluster.topics(names).stream().map(topic -> PositionResolver.only(topic, partitions)).toList();
        Map<TopicPartition, Long> targets = new PositionResolver(cluster).resolve(found, to);
        Map<TopicPartition, Long> ends = new Offsets(cluster).at(found, Offsets.LATEST);
        List<Row> rows = new ArrayList<>();
        targets.forEach((partition, target) -> {
            if (target != Offsets.UNKNOWN) {
                rows.add(new Row(partition, committed.get(partition), target, ends.get(partition)));
            }
        });
        if (rows.size() < targets.size()) {
            throw new Failure(Kind.REFUSED, Sentences.count(targets.size() - rows.size(), "partition") + " have no leader now, so nothing is set.",
                    "partita cluster status shows which brokers are away.");
        }
        boolean doIt = execute && !dryRun;
        if (doIt && isShare) {
            new ShareGroups(cluster).start(group, rows.stream().collect(Collectors.toMap(Row::partition, Row::after)));
        } else if (doIt) {
            commit(cluster, rows);
        }
        Table<Row> table = new Table<Row>()
                .column("topic", row -> row.partition.topic())
                .column("partition", row -> row.partition.partition())
                .column("before", Row::before)
                .column("after", Row::after)
                .column("end", Row::end)
                .column("lag", row -> row.end - row.after)
                .field("dryRun", row -> !doIt);
        output.rows(table, rows, "There is nothing to set.");
        if (!output.format().structured()) {
            terminal().err().println(doIt
                    ? "The group " + group + " goes on from there."
                    : "Dry run, nothing is changed. --execute does it.");
        }
    }

    private Map<TopicPartition, Long> starts(ShareGroups groups) {
        Map<TopicPartition, Long> starts = new TreeMap<>();
        groups.stands(group).forEach((partition, stand) -> {
            if (stand.start() != null) {
                starts.put(partition, stand.start());
            }
        });
        return starts;
    }

    private void commit(Cluster cluster, List<Row> rows) {
        OffsetCommitRequest request = new OffsetCommitRequest();
        request.groupId = group;
        Map<String, OffsetCommitRequestTopic> byTopic = new LinkedHashMap<>();
        for (Row row : rows) {
            OffsetCommitRequestTopic topic = byTopic.computeIfAbsent(row.partition.topic(), name -> {
                OffsetCommitRequestTopic made = new OffsetCommitRequestTopic();
                made.name = name;
                request.topics.add(made);
                return made;
            });
            OffsetCommitRequestPartition partition = new OffsetCommitRequestPartition();
            partition.partitionIndex = row.partition.partition();
            partition.committedOffset = row.after;
            topic.partitions.add(partition);
        }
        OffsetCommitResponse response = cluster.callCoordinator(Cluster.GROUP, group, ApiKey.OFFSET_COMMIT, 2, 9, request, OffsetCommitResponse::new,
                answer -> answer.topics.getFirst().partitions.getFirst().errorCode);
        Map<Short, List<String>> refused = response.topics.stream()
                .flatMap(topic -> topic.partitions.stream().map(partition -> Map.entry(partition.errorCode, topic.name + "-" + partition.partitionIndex)))
                .filter(entry -> ErrorCode.forCode(entry.getKey()) != ErrorCode.NONE)
                .collect(Collectors.groupingBy(Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
        refused.forEach((code, which) -> {
            throw Sentences.failure(code, null, "The group " + group);
        });
    }
}
