package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.metadata.MetadataStore;
import io.partita.crds.Cluster;
import io.partita.crds.Elections;
import io.partita.crds.Elections.Outcome;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionStatus;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this process the leader of partitions that wait for it, and gives them up when it stops. Each is one write of the status of a topic, for all of its
 * partitions, by the rules of {@link Elections}; what comes of it is learned from the watch as by everybody else. Calls run on virtual threads, of which at most
 * {@link #WRITES_MAX} talk to the API server at once. Callable from any thread.
 *
 * <p>What came to nothing is not tried again before the object or the cluster's settings have changed; what the API server did not take is, after a pause for all topics
 * together.
 */
final class Leaderships {

    private static final Logger LOG = LoggerFactory.getLogger(Leaderships.class);

    /** Topics that are written at once: a start leads many, and the API server has others to serve. */
    private static final int WRITES_MAX = 16;
    /** Pauses after elections the API server did not take, doubled up to the longest. */
    private static final Duration PAUSE_MIN = Duration.ofMillis(500);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(10);

    private final ObjectWrites writes;
    private final MetadataStore.Context context;
    private final Leader self;
    private final BooleanSupplier mayLead;
    private final Runnable lookAgain;
    private final Semaphore writing = new Semaphore(WRITES_MAX);
    private final Set<String> electing = ConcurrentHashMap.newKeySet();
    /** By topic: what was seen of it and the cluster when there was nothing to be had. */
    private final Map<String, String> fruitless = new ConcurrentHashMap<>();
    /** By topic: what was seen while an election was under way, which may not have been in it. */
    private final Map<String, String> seenMeanwhile = new ConcurrentHashMap<>();
    /** Partitions of which was said that they cannot be led. */
    private final Set<String> said = ConcurrentHashMap.newKeySet();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile long pausedUntilMillis = Long.MIN_VALUE;
    private volatile boolean resigning;

    /**
     * @param mayLead whether this process is the one that counts as its broker
     * @param lookAgain has {@link #consider} called again with what there is then
     */
    Leaderships(ObjectWrites writes, MetadataStore.Context context, Leader self, BooleanSupplier mayLead, Runnable lookAgain) {
        this.writes = writes;
        this.context = context;
        this.self = self;
        this.mayLead = mayLead;
        this.lookAgain = lookAgain;
    }

    /** Stands for election wherever a partition of this broker has no leader. Returns at once. */
    void consider(SeenObjects objects) {
        if (resigning || !mayLead.getAsBoolean() || context.clock().monotonicMillis() < pausedUntilMillis) {
            return;
        }
        Map<String, String> settings = ObjectImages.liveSettings(objects.cluster());
        for (Topic topic : objects.topics()) {
            if (!ObjectImages.isSound(topic, objects.cluster()) || topic.getStatus().partitions.stream().noneMatch(this::waitsForMe)) {
                continue;
            }
            String uid = topic.getMetadata().getUid();
            String seen = seen(topic.getMetadata().getResourceVersion(), objects.cluster());
            if (seen.equals(fruitless.get(uid))) {
                continue;
            }
            seenMeanwhile.put(uid, seen);
            if (electing.add(uid)) {
                Thread.startVirtualThread(() -> lead(topic, objects.cluster(), settings));
            }
        }
    }

    private static String seen(String topicVersion, Cluster cluster) {
        return topicVersion + " " + cluster.getMetadata().getGeneration();
    }

    /** Whether a partition of this broker has no leader, or one that was an earlier process of this broker. */
    private boolean waitsForMe(PartitionStatus partition) {
        Leader leader = partition.leader();
        return partition.replicas().contains(self.broker()) && (leader == null || leader.broker() == self.broker() && !leader.equals(self));
    }

    private void lead(Topic seen, Cluster cluster, Map<String, String> settings) {
        String uid = seen.getMetadata().getUid();
        String known = null;
        try {
            ObjectWrites.Changed changed = change(seen,
                    (topic, partition) -> !resigning && mayLead.getAsBoolean() && waitsForMe(partition) ? elect(topic, partition, settings) : partition);
            known = seen(changed.version(), cluster);
            if (changed.count() == 0) {
                fruitless.put(uid, known);
            } else {
                fruitless.remove(uid);
            }
            succeeded();
        } catch (KubernetesClientException refused) {
            failed(ObjectWrites.reason(refused));
        } catch (RuntimeException defect) {
            LOG.error("Standing for election in topic object {} failed in a way that nobody thought of. Please report it.",
                    seen.getMetadata().getName(), defect);
            failed(defect.toString());
        } finally {
            electing.remove(uid);
        }
        String meanwhile = seenMeanwhile.get(uid);
        if (known != null && meanwhile != null && !meanwhile.equals(known)) {
            // Seen before it was read or after: whichever, one more look tells, and says nothing more once both agree.
            lookAgain.run();
        }
    }

    private void succeeded() {
        if (failures.getAndSet(0) > 0) {
            LOG.info("The API server of Kubernetes takes elections again.");
        }
    }

    private void failed(String reason) {
        int count = failures.incrementAndGet();
        if (count == 1) {
            LOG.warn("Cannot become leader: {}. It is tried again until the API server takes it.", reason);
        }
        long pause = Math.min(PAUSE_MAX.toMillis(), PAUSE_MIN.toMillis() << Math.min(count / WRITES_MAX, 10));
        pausedUntilMillis = context.clock().monotonicMillis() + pause;
        CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS).execute(lookAgain);
    }

    private PartitionStatus elect(Topic topic, PartitionStatus partition, Map<String, String> settings) {
        String incarnation = context.incarnation().name();
        return switch (Elections.elect(partition, self, incarnation, 1, latestEpoch(topic, partition))) {
            case Outcome.Elected(PartitionStatus next) -> next;
            case Outcome.LogLost(String expected) -> electWithLoss(topic, partition, expected, settings);
            case Outcome.NotInSync notInSync -> electWithLoss(topic, partition, null, settings);
            case Outcome.Leads leads -> partition;
            case Outcome.NotReplica notReplica -> partition;
        };
    }

    private int latestEpoch(Topic topic, PartitionStatus partition) {
        return context.epochs().latest(ObjectNames.kafkaName(topic), UUID.fromString(topic.getMetadata().getUid()), partition.partition());
    }

    /** This log is not, or may not be, all that was acknowledged. */
    private PartitionStatus electWithLoss(Topic topic, PartitionStatus partition, String expected, Map<String, String> settings) {
        String what = "Partition " + partition.partition() + " of topic '" + ObjectNames.kafkaName(topic) + "'";
        boolean nobodyHasMore = partition.replicas().size() == 1 && expected != null && context.incarnation().goesOnFrom(expected);
        if (nobodyHasMore) {
            LOG.warn("{} goes on with what its only log has: the machine failed, and records that it had not yet written to its disk are lost.", what);
        } else if (uncleanElectionsAllowed(topic, settings)) {
            LOG.warn("{} goes on with a log that may lack acknowledged records, because {} is set.", what, TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE);
        } else {
            if (said.add(topic.getMetadata().getUid() + "/" + partition.partition())) {
                LOG.error(
                        "{} has no leader: this broker should have its log {} but has another one, so its disk was lost or replaced. Bring the disk back, or set {} to"
                                + " true on the topic to go on with what there is.",
                        what, expected, TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE);
            }
            return Elections.vacate(partition, self.broker());
        }
        return Elections.electUnclean(partition, self, context.incarnation().name(),
                latestEpoch(topic, partition)) instanceof Outcome.Elected(PartitionStatus next)
                        ? next
                        : partition;
    }

    private boolean uncleanElectionsAllowed(Topic topic, Map<String, String> settings) {
        return Boolean.parseBoolean(TopicSettings.effective(TopicSettings.definitions().find(TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE),
                ObjectImages.settings(topic), context.config().overlaid(settings, Map.of())));
    }

    private ObjectWrites.Changed change(Topic seen, BiFunction<Topic, PartitionStatus, PartitionStatus> next) {
        writing.acquireUninterruptibly();
        try {
            return writes.changePartitions(seen, next);
        } finally {
            writing.release();
        }
    }

    /** Gives up everything this process leads, and leads nothing any more; completes with whether that is stored. */
    CompletableFuture<Boolean> resign(SeenObjects objects) {
        resigning = true;
        List<CompletableFuture<Boolean>> resigned = new ArrayList<>();
        for (Topic topic : objects.topics()) {
            if (objects.cluster() != null && ObjectImages.isSound(topic, objects.cluster())
                    && topic.getStatus().partitions.stream().anyMatch(partition -> self.equals(partition.leader()))) {
                resigned.add(CompletableFuture.supplyAsync(() -> resign(topic), Thread::startVirtualThread));
            }
        }
        return CompletableFuture.allOf(resigned.toArray(CompletableFuture[]::new)).thenApply(all -> resigned.stream().allMatch(CompletableFuture::join));
    }

    private boolean resign(Topic topic) {
        try {
            change(topic, (object, partition) -> Elections.resign(partition, self));
            return true;
        } catch (RuntimeException refused) {
            LOG.info("Leadership of partitions of topic object {} could not be given up: {}. The next process of this broker takes it over.",
                    topic.getMetadata().getName(),
                    refused instanceof KubernetesClientException away ? ObjectWrites.reason(away) : refused.toString());
            return false;
        }
    }
}
