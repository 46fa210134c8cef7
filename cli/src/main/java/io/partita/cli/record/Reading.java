package io.partita.cli.record;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchRequest.FetchPartition;
import io.partita.broker.protocol.message.FetchRequest.FetchTopic;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.FetchResponse.PartitionData;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Reads partitions of one topic from their leaders, in turn, until they are at their ends or nobody wants more. One thread: while one leader waits for records the others
 * are not asked, so with several of them nobody waits for long.
 */
public final class Reading {

    private static final int PARTITION_BYTES = 1 << 20;
    private static final int ANSWER_BYTES = 16 << 20;
    private static final int WAIT_MILLIS = 1_000;
    private static final int WAIT_MILLIS_OF_SEVERAL = 100;
    private static final int FETCH_LOWEST = 4;
    /** Later ones name topics by id. */
    private static final int FETCH_HIGHEST = 12;

    private final Cluster cluster;
    private final String topic;
    private final boolean committed;
    private final Map<Integer, Long> next = new TreeMap<>();
    private final Map<Integer, Long> ends;
    private final BatchRecords records = new BatchRecords();
    private Map<Integer, Integer> leaders = new TreeMap<>();

    /**
     * @param committed whether only what transactions have committed is read
     * @param starts where to begin, by partition
     * @param ends where to stop; null to go on for ever
     */
    public Reading(Cluster cluster, MetadataResponseTopic topic, boolean committed, Map<Integer, Long> starts, Map<Integer, Long> ends) {
        this.cluster = cluster;
        this.topic = topic.name;
        this.committed = committed;
        this.next.putAll(starts);
        this.ends = ends;
        learn(topic);
    }

    private void learn(MetadataResponseTopic described) {
        leaders = new TreeMap<>();
        for (MetadataResponsePartition partition : described.partitions) {
            leaders.put(partition.partitionIndex, partition.leaderId);
        }
    }

    /** Hands records to {@code wanted} until it or {@code goOn}, which is asked after each answer, says no, or all is read. */
    public void run(Predicate<ReadRecord> wanted, BooleanSupplier goOn) {
        while (true) {
            Map<Integer, List<Integer>> open = open();
            if (open.isEmpty()) {
                return;
            }
            boolean stale = open.containsKey(-1);
            open.remove(-1);
            for (Map.Entry<Integer, List<Integer>> leader : open.entrySet()) {
                FetchResponse response = fetch(leader.getKey(), leader.getValue(), open.size() > 1);
                Sentences.check(response.errorCode, null, "The topic " + topic);
                List<ReadRecord> batch = new ArrayList<>();
                for (PartitionData data : response.responses.isEmpty() ? List.<PartitionData>of() : response.responses.getFirst().partitions) {
                    stale |= take(data, batch);
                }
                for (ReadRecord record : batch) {
                    if ((ends == null || record.offset() < ends.get(record.partition())) && !wanted.test(record)) {
                        return;
                    }
                }
                if (!goOn.getAsBoolean()) {
                    return;
                }
            }
            if (stale) {
                cluster.pauseAndForget();
                learn(cluster.topics(List.of(topic)).getFirst());
            }
        }
    }

    /** Partitions that are not at their ends, by leader; -1 for those without one. */
    private Map<Integer, List<Integer>> open() {
        Map<Integer, List<Integer>> open = new TreeMap<>();
        next.forEach((partition, offset) -> {
            if (ends == null || offset < ends.get(partition)) {
                open.computeIfAbsent(leaders.getOrDefault(partition, -1), leader -> new ArrayList<>()).add(partition);
            }
        });
        return open;
    }

    private FetchResponse fetch(int leader, List<Integer> partitions, boolean several) {
        FetchRequest request = new FetchRequest();
        request.maxWaitMs = several ? WAIT_MILLIS_OF_SEVERAL : WAIT_MILLIS;
        request.minBytes = 1;
        request.maxBytes = ANSWER_BYTES;
        request.isolationLevel = (byte) (committed ? 1 : 0);
        FetchTopic asked = new FetchTopic();
        asked.topic = topic;
        for (int partition : partitions) {
            FetchPartition one = new FetchPartition();
            one.partition = partition;
            one.fetchOffset = next.get(partition);
            one.partitionMaxBytes = PARTITION_BYTES;
            asked.partitions.add(one);
        }
        request.topics.add(asked);
        return cluster.broker(leader).call(ApiKey.FETCH, FETCH_LOWEST, FETCH_HIGHEST, request, new FetchResponse());
    }

    /** Whether the leader is another one now. */
    private boolean take(PartitionData data, List<ReadRecord> batch) {
        ErrorCode error = ErrorCode.forCode(data.errorCode);
        if (error.retriable() && error != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
            return true;
        }
        if (error == ErrorCode.OFFSET_OUT_OF_RANGE && data.logStartOffset > next.get(data.partitionIndex)) {
            // Retention was faster than we are.
            next.put(data.partitionIndex, data.logStartOffset);
            return false;
        }
        Sentences.check(data.errorCode, null, "The partition " + topic + "-" + data.partitionIndex);
        next.put(data.partitionIndex, records.read(topic, data, next.get(data.partitionIndex), batch::add));
        return false;
    }
}
