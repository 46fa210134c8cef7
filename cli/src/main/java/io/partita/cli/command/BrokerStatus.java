package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DescribeLogDirsRequest;
import io.partita.broker.protocol.message.DescribeLogDirsResponse;
import io.partita.broker.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A broker as the cluster and the broker itself tell of it.
 *
 * @param address null when the cluster does not have it now, though it has replicas
 * @param directories null when it could not be asked, or does not say
 * @param unreachable why it could not be asked; null when it was
 */
record BrokerStatus(int id, String address, String rack, int leads, int replicas, List<DescribeLogDirsResult> directories, String unreachable) {

    /** All that are there, and those that should be. */
    static List<BrokerStatus> all(Cluster cluster, MetadataResponse metadata) {
        Map<Integer, int[]> counts = new TreeMap<>();
        metadata.brokers.forEach(broker -> counts.put(broker.nodeId, new int[2]));
        metadata.topics.forEach(topic -> topic.partitions.forEach(partition -> {
            partition.replicaNodes.forEach(replica -> counts.computeIfAbsent(replica, id -> new int[2])[1]++);
            if (partition.leaderId >= 0) {
                counts.computeIfAbsent(partition.leaderId, id -> new int[2])[0]++;
            }
        }));
        List<BrokerStatus> all = new ArrayList<>();
        counts.forEach((id, count) -> {
            var known = metadata.brokers.stream().filter(broker -> broker.nodeId == id).findAny().orElse(null);
            if (known == null) {
                all.add(new BrokerStatus(id, null, null, count[0], count[1], null, null));
                return;
            }
            List<DescribeLogDirsResult> directories = null;
            String unreachable = null;
            try {
                DescribeLogDirsRequest request = new DescribeLogDirsRequest();
                request.topics = null;
                DescribeLogDirsResponse response = cluster.broker(id).call(ApiKey.DESCRIBE_LOG_DIRS, 1, 4, request, new DescribeLogDirsResponse());
                directories = response.errorCode == 0 ? response.results : null;
            } catch (Failure e) {
                unreachable = e.getMessage();
            }
            all.add(new BrokerStatus(id, cluster.brokers().get(id).toString(), known.rack, count[0], count[1], directories, unreachable));
        });
        return all;
    }

    boolean isThere() {
        return address != null;
    }

    String state() {
        return address == null ? "away" : unreachable != null ? "unreachable" : "there";
    }

    Long dataBytes() {
        return directories == null
                ? null
                : directories.stream()
                        .flatMap(directory -> directory.topics.stream())
                        .flatMap(topic -> topic.partitions.stream())
                        .mapToLong(partition -> partition.partitionSize)
                        .sum();
    }

    /** Of the directory that has least; null when it is not told. */
    Long freeBytes() {
        return directories == null
                ? null
                : directories.stream().filter(one -> one.usableBytes >= 0).map(one -> one.usableBytes).min(Long::compare).orElse(null);
    }

    String freeText() {
        return directories == null
                ? null
                : directories.stream()
                        .filter(one -> one.usableBytes >= 0 && one.totalBytes > 0)
                        .min((one, other) -> Long.compare(one.usableBytes, other.usableBytes))
                        .map(one -> Names.bytes(one.usableBytes) + " (" + freePercent(one) + " %)")
                        .orElse(null);
    }

    /** How much of the disk is free, rounded down. */
    static int freePercent(DescribeLogDirsResult directory) {
        return (int) (100.0 * directory.usableBytes / directory.totalBytes);
    }
}
