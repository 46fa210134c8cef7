package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.log.LogIncarnation;
import io.partita.crds.Elections;
import io.partita.crds.Elections.Outcome;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionStatus;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this process the leader of partitions that wait for it, and gives them up when it stops. Each is one write of the status of a topic, for all of its
 * partitions, by the rules of {@link Elections}; what comes of it is learned from the watch as by everybody else. Calls run on virtual threads, of which at most
 * {@link #WRITES_MAX} talk to the API server at once. Callable from any thread.
 */
final class Leaderships {

    private static final Logger LOG = LoggerFactory.getLogger(Leaderships.class);

    /** Topics that are written at once: a start leads many, and the API server has others to serve. */
    private static final int WRITES_MAX = 16;
    /** After an election that failed, the next look. Watches bring most things sooner. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private final ObjectWrites writes;
    private final LogIncarnation incarnation;
    private final BrokerConfig config;
    private final Leader self;
    private final Runnable lookAgain;
    private final Semaphore writing = new Semaphore(WRITES_MAX);
    private final Set<String> electing = ConcurrentHashMap.newKeySet();
    /** Topics that were looked at while an election was under way: what was seen then may not be in it. */
    private final Set<String> seenMeanwhile = ConcurrentHashMap.newKeySet();
    /** Partitions of which was said that they cannot be led. */
    private final Set<String> said = ConcurrentHashMap.newKeySet();
    private volatile boolean resigning;

    /** @param lookAgain has {@link #consider} called again with what there is then */
    Leaderships(ObjectWrites writes, LogIncarnation incarnation, BrokerConfig config, Leader self, Runnable lookAgain) {
        this.writes = writes;
        this.incarnation = incarnation;
        this.config = config;
        this.self = self;
        this.lookAgain = lookAgain;
    }

    /** Stands for election wherever a partition of this broker has no leader. Returns at once. */
    void consider(SeenObjects objects) {
        for (Topic topic : objects.topics()) {
            if (!resigning && ObjectImages.isVisible(topic, objects.cluster()) && topic.getStatus().partitions.stream().anyMatch(this::waitsForMe)) {
                String uid = topic.getMetadata().getUid();
                seenMeanwhile.add(uid);
                if (electing.add(uid)) {
                    Thread.startVirtualThread(() -> lead(topic.getMetadata().getName(), uid));
                }
            }
        }
    }

    /** Whether a partition of this broker has no leader, or one that was an earlier process of this broker. */
    private boolean waitsForMe(PartitionStatus partition) {
        Leader leader = partition.leader();
        return partition.replicas().contains(self.broker()) && (leader == null || leader.broker() == self.broker() && !leader.equals(self));
    }

    private void lead(String name, String uid) {
        seenMeanwhile.remove(uid);
        try {
            change(name, uid, (topic, partition) -> !resigning && waitsForMe(partition) ? elect(topic, partition) : partition);
        } catch (KubernetesClientException failed) {
            LOG.warn("Cannot become leader of partitions of topic object {}: {}. It is tried again.", name, ObjectWrites.reason(failed));
            CompletableFuture.delayedExecutor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS).execute(lookAgain);
        } finally {
            electing.remove(uid);
        }
        if (seenMeanwhile.contains(uid)) {
            lookAgain.run();
        }
    }

    private PartitionStatus elect(Topic topic, PartitionStatus partition) {
        return switch (Elections.elect(partition, self, incarnation.name(), 1)) {
            case Outcome.Elected(PartitionStatus next) -> next;
            case Outcome.LogLost(String expected) -> electWithLoss(topic, partition, expected);
            case Outcome.NotInSync notInSync -> electWithLoss(topic, partition, null);
            case Outcome.Leads leads -> partition;
            case Outcome.NotReplica notReplica -> partition;
        };
    }

    /** This log is not, or may not be, all that was acknowledged. */
    private PartitionStatus electWithLoss(Topic topic, PartitionStatus partition, String expected) {
        String what = "Partition " + partition.partition() + " of topic '" + ObjectNames.kafkaName(topic) + "'";
        boolean nobodyHasMore = partition.replicas().size() == 1 && expected != null && incarnation.goesOnFrom(expected);
        if (nobodyHasMore) {
            LOG.warn("{} goes on with what its only log has: the machine failed, and records that it had not yet written to its disk are lost.", what);
        } else if (uncleanElectionsAllowed(topic)) {
            LOG.warn("{} goes on with a log that may lack acknowledged records, because {} is set.", what, TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE);
        } else {
            if (said.add(topic.getMetadata().getUid() + "/" + partition.partition())) {
                LOG.error("{} has no leader: this broker should have its log {} but has another one, so its disk was lost or replaced. Bring the disk back, or set {} to"
                        + " true on the topic to go on with what there is.", what, expected, TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE);
            }
            return partition;
        }
        return Elections.electUnclean(partition, self, incarnation.name()) instanceof Outcome.Elected(PartitionStatus next) ? next : partition;
    }

    private boolean uncleanElectionsAllowed(Topic topic) {
        return Boolean.parseBoolean(TopicSettings.effective(
                TopicSettings.definitions().find(TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE), ObjectImages.settings(topic), config));
    }

    private int change(String name, String uid, BiFunction<Topic, PartitionStatus, PartitionStatus> next) {
        writing.acquireUninterruptibly();
        try {
            return writes.changePartitions(name, uid, next);
        } finally {
            writing.release();
        }
    }

    /** Gives up everything this process leads, and leads nothing any more; completes with whether that is stored. */
    CompletableFuture<Boolean> resign(SeenObjects objects) {
        resigning = true;
        List<CompletableFuture<Boolean>> resigned = new ArrayList<>();
        for (Topic topic : objects.topics()) {
            if (ObjectImages.isVisible(topic, objects.cluster()) && topic.getStatus().partitions.stream().anyMatch(partition -> self.equals(partition.leader()))) {
                resigned.add(CompletableFuture.supplyAsync(() -> resign(topic), Thread::startVirtualThread));
            }
        }
        return CompletableFuture.allOf(resigned.toArray(CompletableFuture[]::new)).thenApply(all -> resigned.stream().allMatch(CompletableFuture::join));
    }

    private boolean resign(Topic topic) {
        try {
            change(topic.getMetadata().getName(), topic.getMetadata().getUid(), (object, partition) -> Elections.resign(partition, self));
            return true;
        } catch (KubernetesClientException away) {
            LOG.info("Leadership of partitions of topic object {} could not be given up: {}. The next process of this broker takes it over.",
                    topic.getMetadata().getName(), ObjectWrites.reason(away));
            return false;
        }
    }
}
