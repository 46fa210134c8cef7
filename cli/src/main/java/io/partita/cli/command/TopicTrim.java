package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DeleteRecordsRequest;
import io.partita.broker.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.partita.broker.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.partita.broker.protocol.message.DeleteRecordsResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "trim", mixinStandardHelpOptions = true, sortOptions = false, description = "Deletes the records before a position; those from it on stay.")
final class TopicTrim extends ClusterCommand {

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    String name;

    @Option(names = "--before", paramLabel = "POSITION", required = true, converter = PositionWord.class, description = {
        "The first record to keep: end (keep none), an offset,",
        "-N (keep the last N of each partition), a time as 2h (ago), 2026-01-31T08:00 or @EPOCHMILLIS."})
    Position before;

    @Option(names = {"-p", "--partition"}, paramLabel = "N", split = ",", description = "Only these partitions.")
    Set<Integer> partitions = Set.of();

    @Mixin
    Consent consent;

    TopicTrim(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        MetadataResponseTopic topic = PositionResolver.only(cluster.topics(List.of(name)).getFirst(), partitions);
        Map<TopicPartition, Long> starts = new Offsets(cluster).at(List.of(topic), Offsets.EARLIEST);
        Map<TopicPartition, Long> targets = new PositionResolver(cluster).resolve(List.of(topic), before);
        long gone = targets.entrySet().stream().mapToLong(target -> Math.max(0, target.getValue() - starts.get(target.getKey()))).sum();
        if (!consent.given(terminal(), "Delete up to " + Sentences.count(gone, "record") + " of " + name + "?")) {
            return;
        }
        Failure failure = null;
        Map<Integer, DeleteRecordsTopic> byLeader = new TreeMap<>();
        for (var partition : topic.partitions) {
            TopicPartition key = new TopicPartition(name, partition.partitionIndex);
            long target = targets.get(key);
            if (consent.dryRun) {
                output.changed("partition", key.toString(), "trimmed", true, key + " would begin at offset " + target + " instead of " + starts.get(key) + ".");
            } else if (partition.leaderId < 0) {
                failure = Failures.next(failure, terminal(), Sentences.failure((short) 5, null, "The partition " + key));
            } else {
                DeleteRecordsPartition one = new DeleteRecordsPartition();
                one.partitionIndex = partition.partitionIndex;
                one.offset = target;
                byLeader.computeIfAbsent(partition.leaderId, leader -> new DeleteRecordsTopic()).partitions.add(one);
            }
        }
        for (Map.Entry<Integer, DeleteRecordsTopic> leader : byLeader.entrySet()) {
            leader.getValue().name = name;
            DeleteRecordsRequest request = new DeleteRecordsRequest();
            request.topics.add(leader.getValue());
            request.timeoutMs = cluster.settings().requestTimeoutMillis();
            var answered = cluster.broker(leader.getKey()).call(ApiKey.DELETE_RECORDS, 0, 2, request, new DeleteRecordsResponse()).topics.getFirst();
            for (DeleteRecordsResponse.DeleteRecordsPartitionResult result : answered.partitions) {
                TopicPartition key = new TopicPartition(name, result.partitionIndex);
                if (result.errorCode == 0) {
                    output.changed("partition", key.toString(), "trimmed", false, key + " begins at offset " + result.lowWatermark + ".");
                } else {
                    failure = Failures.next(failure, terminal(), Sentences.failure(result.errorCode, null, "The partition " + key));
                }
            }
        }
        Failures.rethrow(failure);
    }
}
