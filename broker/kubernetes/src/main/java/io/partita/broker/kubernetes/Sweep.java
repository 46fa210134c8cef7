package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.env.Clock;
import io.partita.crds.Cluster;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the API server which topics there are, before anything is done to the records of those that are gone: a watch may show too little. A while after one went, since
 * whoever deletes Cluster and Topics together means to keep them, or decides by storage.onDelete; once for all that went meanwhile, since each time it lists all Topics; and
 * now and then, for those that nobody saw go and those whose time comes. Tasks run on one thread; {@link #soon} may be called from any.
 */
final class Sweep {

    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    /** After a topic went, and the same again by chance: not all brokers ask at once. */
    static final Duration SOON = Duration.ofSeconds(10);
    /** Topics that go one after the other are asked for so often. */
    static final Duration APART = Duration.ofMinutes(1);
    /** Without any reason, and up to twice as long. */
    static final Duration NOW_AND_THEN = Duration.ofMinutes(30);
    private static final BackOff BACK_OFF = new BackOff(Duration.ofSeconds(10), Duration.ofMinutes(5));

    private final ObjectWrites writes;
    private final String clusterId;
    private final Clock clock;
    private final Consumer<Set<UUID>> found;
    private final BiConsumer<Runnable, Duration> later;

    // Under the lock of this.
    private int turn;
    private boolean isSoon;
    private long askedMillis;
    private int failures;

    /**
     * @param found is told the ids of all topics there are
     * @param later runs something after a while, unless the store ends before
     */
    Sweep(ObjectWrites writes, String clusterId, Clock clock, Consumer<Set<UUID>> found, BiConsumer<Runnable, Duration> later) {
        this.writes = writes;
        this.clusterId = clusterId;
        this.clock = clock;
        this.askedMillis = clock.monotonicMillis() - APART.toMillis();
        this.found = found;
        this.later = later;
    }

    /** A topic may be gone. */
    synchronized void soon() {
        if (!isSoon) {
            isSoon = true;
            long apart = askedMillis + APART.toMillis() - clock.monotonicMillis();
            next(Duration.ofMillis(Math.max(SOON.toMillis(), apart)), SOON);
        }
    }

    /** @param more as much as by chance is added at most */
    private synchronized void next(Duration atLeast, Duration more) {
        int mine = ++turn;
        later.accept(() -> run(mine), atLeast.plusMillis(ThreadLocalRandom.current().nextLong(more.toMillis())));
    }

    private void run(int mine) {
        synchronized (this) {
            if (mine != turn) {
                // Another one was put in its place, which comes sooner.
                return;
            }
            isSoon = false;
        }
        try {
            ask();
            succeeded();
        } catch (KubernetesClientException away) {
            LOG.debug("The topics there are cannot be asked for now: {}", ObjectWrites.reason(away));
            failed();
        }
    }

    private synchronized void succeeded() {
        failures = 0;
        askedMillis = clock.monotonicMillis();
        if (!isSoon) {
            next(NOW_AND_THEN, NOW_AND_THEN);
        }
    }

    private synchronized void failed() {
        isSoon = true;
        next(BACK_OFF.after(++failures), SOON);
    }

    /** Topics first, and then whether the Cluster is still there to have them deleted: one that is made between the two is no harm. */
    private void ask() {
        Set<UUID> existing = writes.topicIds();
        Cluster cluster = writes.cluster();
        boolean stays = cluster != null && cluster.id().equals(clusterId) && cluster.getMetadata().getDeletionTimestamp() == null;
        if (stays) {
            found.accept(existing);
        }
    }
}
