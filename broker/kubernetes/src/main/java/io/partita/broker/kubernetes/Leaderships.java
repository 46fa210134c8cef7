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
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this process the leader of partitions that wait for it, and gives them up when it stops. Each is one write of the status of a topic, for all of its
 * partitions, by the rules of {@link Elections}; what comes of it is learned from the watch as by everybody else. Calls run on virtual threads, of which at most
 * {@link #WRITES_MAX} talk to the API server at once. Callable from any thread.
 *
 * <p>What came to nothing is not tried again before the object or the cluster's settings have changed; what the API server did not take is: after a pause of that topic alone
 * where it refused the write, of all topics where it has no time for any.
 */
final class Leaderships {

    private static final Logger LOG = LoggerFactory.getLogger(Leaderships.class);

    /** Topics that are written at once: a start leads many, and the API server has others to serve. */
    private static final int WRITES_MAX = 16;
    /** Pauses of all topics, while the API server is away or has too much to do. */
    private static final BackOff PAUSE = new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(10));
    /** Pauses of a topic whose write is refused. */
    private static final BackOff PAUSE_OF_ONE = new BackOff(Duration.ofSeconds(1), Duration.ofMinutes(1));
    private static final BackOff PAUSE_OF_RESIGNATION = new BackOff(Duration.ofMillis(200), Duration.ofSeconds(2));
    private static final int HOPELESS_FAILURES = 3;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

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
    /** By topic: how often in a row its write was refused, and until when it is left alone. */
    private final Map<String, Pause> refused = new ConcurrentHashMap<>();
    /** That of all topics. */
    private final AtomicReference<Pause> pause = new AtomicReference<>(Pause.NONE);
    private volatile boolean resigning;

    private record Pause(int failures, long untilMillis) {

        private static final Pause NONE = new Pause(0, Long.MIN_VALUE);
    }

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

    /** Whether nothing is to be had in a topic for now: its logs are lost, or its writes are refused again and again. */
    boolean isHopeless(UUID topic) {
        return fruitless.containsKey(topic.toString()) || refused.getOrDefault(topic.toString(), Pause.NONE).failures >= HOPELESS_FAILURES;
    }

    /** Stands for election wherever a partition of this broker has no leader. Returns at once. */
    void consider(SeenObjects objects) {
        if (resigning || !mayLead.getAsBoolean() || isPaused()) {
            return;
        }
        long now = context.clock().monotonicMillis();
        Map<String, String> settings = ObjectImages.liveSettings(objects.cluster());
        for (Topic topic : objects.topics()) {
            if (!ObjectImages.isSound(topic, objects.cluster()) || topic.getStatus().partitions.stream().noneMatch(this::waitsForMe)) {
                continue;
            }
            String uid = topic.getMetadata().getUid();
            String seen = seen(topic.getMetadata().getResourceVersion(), objects.cluster());
            if (seen.equals(fruitless.get(uid)) || now < refused.getOrDefault(uid, Pause.NONE).untilMillis) {
                continue;
            }
            seenMeanwhile.put(uid, seen);
            if (electing.add(uid)) {
                fruitless.remove(uid);
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
            ObjectWrites.Changed changed = change(seen, this::isPaused,
                    (topic, partition) -> !resigning && mayLead.getAsBoolean() && waitsForMe(partition) ? elect(topic, partition, settings) : partition);
            if (changed == null) {
                return;
            }
            known = seen(changed.version(), cluster);
            if (changed.count() == 0) {
                fruitless.put(uid, known);
            } else {
                fruitless.remove(uid);
            }
            succeeded(uid);
        } catch (KubernetesClientException failed) {
            if (isForAll(failed)) {
                pauseAll(ObjectWrites.reason(failed));
            } else {
                pauseOne(seen, ObjectWrites.reason(failed));
            }
        } catch (RuntimeException defect) {
            LOG.error("Standing for election in topic object {} failed in a way that nobody thought of. Please report it.",
                    seen.getMetadata().getName(), defect);
            pauseOne(seen, defect.toString());
        } finally {
            electing.remove(uid);
        }
        String meanwhile = seenMeanwhile.get(uid);
        if (known != null && meanwhile != null && !meanwhile.equals(known)) {
            // Seen before it was read or after: whichever, one more look tells, and says nothing more once both agree.
            lookAgain.run();
        }
    }

    /** Whether it is the API server that has no time, rather than the object that it does not take. */
    private static boolean isForAll(KubernetesClientException failed) {
        return failed.getCode() == 0 || failed.getCode() == TOO_MANY_REQUESTS || failed.getCode() >= SERVER_ERROR;
    }

    private void succeeded(String uid) {
        refused.remove(uid);
        if (pause.getAndSet(Pause.NONE).failures > 0) {
            LOG.info("The API server of Kubernetes takes elections again.");
        }
    }

    /** Of the writes that are under way at once, the first to fail counts. */
    private void pauseAll(String reason) {
        long now = context.clock().monotonicMillis();
        Pause before = pause.get();
        if (now < before.untilMillis) {
            return;
        }
        Duration next = PAUSE.after(before.failures + 1);
        if (pause.compareAndSet(before, new Pause(before.failures + 1, now + next.toMillis()))) {
            if (before.failures == 0) {
                LOG.warn("Cannot become leader: {}. It is tried again until the API server takes it.", reason);
            }
            lookAgainAfter(next);
        }
    }

    private void pauseOne(Topic topic, String reason) {
        int failures = refused.getOrDefault(topic.getMetadata().getUid(), Pause.NONE).failures + 1;
        Duration next = PAUSE_OF_ONE.after(failures);
        if (failures == 1) {
            LOG.warn("Cannot become leader in topic object {}: {}. It is tried again; other topics do not wait for it.", topic.getMetadata().getName(), reason);
        }
        refused.put(topic.getMetadata().getUid(), new Pause(failures, context.clock().monotonicMillis() + next.toMillis()));
        lookAgainAfter(next);
    }

    private void lookAgainAfter(Duration pause) {
        // A little more, for the pause must be over by then.
        CompletableFuture.delayedExecutor(pause.toMillis() + 1, TimeUnit.MILLISECONDS).execute(lookAgain);
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

    private boolean isPaused() {
        return context.clock().monotonicMillis() < pause.get().untilMillis;
    }

    /** @return {@code null} when it is not to be done any more, now that it would be its turn */
    private ObjectWrites.Changed change(Topic seen, BooleanSupplier isOff, BiFunction<Topic, PartitionStatus, PartitionStatus> next) {
        writing.acquireUninterruptibly();
        try {
            return isOff.getAsBoolean() ? null : writes.changePartitions(seen, next);
        } finally {
            writing.release();
        }
    }

    /**
     * Gives up everything this process leads, and leads nothing any more; completes with how many topics it could not be stored of in time. Those are told by the broker's
     * Lease, and the next process of this broker takes them over.
     */
    CompletableFuture<Integer> resign(SeenObjects objects, Duration within) {
        resigning = true;
        long untilMillis = context.clock().monotonicMillis() + within.toMillis();
        AtomicReference<String> reason = new AtomicReference<>();
        List<CompletableFuture<Boolean>> resigned = new ArrayList<>();
        for (Topic topic : objects.topics()) {
            if (objects.cluster() != null && ObjectImages.isSound(topic, objects.cluster())
                    && topic.getStatus().partitions.stream().anyMatch(partition -> self.equals(partition.leader()))) {
                resigned.add(CompletableFuture.supplyAsync(() -> resign(topic, untilMillis, reason), Thread::startVirtualThread));
            }
        }
        return CompletableFuture.allOf(resigned.toArray(CompletableFuture[]::new)).thenApply(all -> {
            int left = (int) resigned.stream().filter(one -> !one.join()).count();
            if (left > 0) {
                LOG.info("The leaderships of {} of {} topics could not be given up in time ({}): the next process of this broker takes them over.", left,
                        resigned.size(), reason.get());
            }
            return left;
        });
    }

    /** Tries again while there is time where the API server has none, so that one busy moment does not leave everything as it was. */
    private boolean resign(Topic topic, long untilMillis, AtomicReference<String> reason) {
        for (int failures = 0;;) {
            try {
                if (context.clock().monotonicMillis() >= untilMillis) {
                    reason.compareAndSet(null, "the time was over");
                    return false;
                }
                change(topic, () -> false, (object, partition) -> Elections.resign(partition, self));
                return true;
            } catch (KubernetesClientException refusal) {
                reason.set(ObjectWrites.reason(refusal));
                Duration pause = PAUSE_OF_RESIGNATION.after(++failures);
                if (!isForAll(refusal) || context.clock().monotonicMillis() + pause.toMillis() >= untilMillis) {
                    return false;
                }
                LockSupport.parkNanos(pause.toNanos());
            } catch (RuntimeException defect) {
                LOG.error("Giving up topic object {} failed in a way that nobody thought of. Please report it.", topic.getMetadata().getName(), defect);
                return false;
            }
        }
    }
}
