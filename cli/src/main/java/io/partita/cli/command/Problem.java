package io.partita.cli.command;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Something that is not well, and what to do about it. */
record Problem(String what, String remedy) {

    private static final int NAMED_MAX = 5;
    /** Of a disk; below it there is little time left. */
    private static final int FREE_PERCENT_MIN = 10;

    /** The worst first. */
    static List<Problem> of(MetadataResponse metadata, List<BrokerStatus> brokers, Cluster cluster) {
        List<Problem> problems = new ArrayList<>();
        List<Integer> away = brokers.stream().filter(broker -> !broker.isThere()).map(BrokerStatus::id).toList();
        List<String> leaderless = new ArrayList<>();
        List<String> behind = new ArrayList<>();
        List<Integer> slow = new ArrayList<>();
        int notPreferred = 0;
        for (var topic : metadata.topics) {
            for (var partition : topic.partitions) {
                String name = topic.name + "-" + partition.partitionIndex;
                if (partition.leaderId < 0) {
                    leaderless.add(name);
                } else if (partition.isrNodes.size() < partition.replicaNodes.size()) {
                    behind.add(name);
                    partition.replicaNodes.stream().filter(replica -> !partition.isrNodes.contains(replica) && !slow.contains(replica)).forEach(slow::add);
                } else if (partition.leaderId != partition.replicaNodes.getFirst()) {
                    notPreferred++;
                }
            }
        }
        if (!leaderless.isEmpty()) {
            problems.add(new Problem(Sentences.count(leaderless.size(), "partition") + " without a leader, which nobody can use: " + some(leaderless) + ".",
                    away.isEmpty()
                            ? "See the logs of the brokers for what keeps them from leading; a broker that just started may need a moment."
                            : "Start broker " + words(away) + " again: it has the replicas that may lead."));
        }
        if (!away.isEmpty()) {
            problems.add(new Problem("Broker " + words(away) + " is away, and has replicas.", "Start it again; what it missed it fetches by itself."));
        }
        for (BrokerStatus broker : brokers) {
            if (broker.unreachable() != null) {
                problems.add(new Problem("Broker " + broker.id() + " is in the cluster, but not reached from here: " + broker.unreachable(),
                        "Is its address " + broker.address() + " (advertised.listeners) one that clients here can reach?"));
            }
            disks(broker, problems);
        }
        slow.removeAll(away);
        if (!behind.isEmpty()) {
            problems.add(new Problem(Sentences.count(behind.size(), "partition") + " with replicas that are not in sync: " + some(behind) + ".", slow.isEmpty()
                    ? "They catch up once the brokers that are away are back."
                    : "Broker " + words(slow) + " is behind: it catches up after a start, else look at its disk, its network and its log."));
        }
        if (notPreferred > 0 && away.isEmpty() && behind.isEmpty() && leaderless.isEmpty()) {
            problems.add(new Problem(Sentences.count(notPreferred, "partition") + " led by another broker than the first of its replicas.",
                    "Brokers hand leadership back by themselves after a while (auto.leader.rebalance.enable); until then load is uneven."));
        }
        return problems;
    }

    private static void disks(BrokerStatus broker, List<Problem> problems) {
        if (broker.directories() == null) {
            return;
        }
        for (DescribeLogDirsResult directory : broker.directories()) {
            if (directory.errorCode != 0) {
                problems.add(new Problem(
                        "Broker " + broker.id() + " does not use its directory " + directory.logDir + " (" + ErrorCode.forCode(directory.errorCode) + ").",
                        "See its log for the disk's error; it takes the directory back when it restarts."));
            } else if (directory.totalBytes > 0 && directory.usableBytes >= 0 && BrokerStatus.freePercent(directory) < FREE_PERCENT_MIN) {
                problems.add(new Problem("Broker " + broker.id() + " has " + Names.bytes(directory.usableBytes) + " left in " + directory.logDir + ", "
                        + BrokerStatus.freePercent(directory) + " % of the disk.",
                        "Shorten retention.ms of large topics (partita topic alter), trim them (partita topic trim), or enlarge the disk."));
            }
        }
    }

    private static String some(List<String> names) {
        return names.stream().limit(NAMED_MAX).collect(Collectors.joining(", "))
                + (names.size() > NAMED_MAX ? " and " + (names.size() - NAMED_MAX) + " more" : "");
    }

    private static String words(List<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
