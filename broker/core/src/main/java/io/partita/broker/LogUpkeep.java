package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.LogConfigs;
import io.partita.broker.control.Hindrances;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.WorkerPool;
import io.partita.broker.env.Workers;
import io.partita.broker.log.CleanerConfig;
import io.partita.broker.log.LogCleaner;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.replication.Partitions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be done with logs from time to time: flush what has waited long enough, remove what has expired, compact, write
 * down how far the disk is. One event loop keeps the time; the work goes to the partitions' owners and to workers.
 */
final class LogUpkeep {

    private static final Logger LOG = LoggerFactory.getLogger(LogUpkeep.class);

    /** Between two looks at what is to be flushed, at who keeps up, at the space on the disks and at what could not be served. */
    private static final long CHECK_MILLIS = 1_000;
    private static final long AGE_MILLIS = 5 * 60_000;
    /** Retention begins this long after the start at the latest, as in Kafka. */
    private static final long FIRST_RETENTION_MILLIS = 30_000;

    private final BrokerConfig config;
    private final LongSupplier reserveBytes;
    private final Partitions partitions;
    private final Runnable openAgain;
    private final List<LogDirectory> directories;
    private final Consumer<Hindrances> hindrances;
    private final EventLoop loop;
    private final Workers workers;
    private final WorkerPool cleanerThreads;
    private final LogCleaner cleaner;
    private final List<EventLoop.Timer> timers = new ArrayList<>();
    /** A round of retention is under way; one that takes longer than the time between two is not followed by another at once. */
    private final AtomicBoolean expiring = new AtomicBoolean();
    private boolean stopped;

    /**
     * @param reserveBytes what of each disk producers do not get, as it is set now
     * @param openAgain called every second, not on a loop: tries again to serve what could not be served
     * @param hindrances told every second what keeps replicas from their work
     */
    LogUpkeep(BrokerConfig config, LongSupplier reserveBytes, Partitions partitions, Runnable openAgain, List<LogDirectory> directories,
            Consumer<Hindrances> hindrances, EventLoop loop, Workers workers, Clock clock, Entropy entropy) {
        this.config = config;
        this.reserveBytes = reserveBytes;
        this.partitions = partitions;
        this.openAgain = openAgain;
        this.directories = directories;
        this.hindrances = hindrances;
        this.loop = loop;
        this.workers = workers;
        CleanerConfig cleanerConfig = LogConfigs.cleaner(config);
        this.cleanerThreads = new WorkerPool("partita-cleaner", Math.max(1, cleanerConfig.threads()));
        this.cleaner = new LogCleaner(cleanerConfig, cleanerThreads, clock, entropy);
    }

    void start() {
        long retention = config.longValue("log.retention.check.interval.ms");
        every(Math.min(retention, FIRST_RETENTION_MILLIS), retention, () -> workers.of(Workers.Kind.UPKEEP).execute(this::expire));
        long checkpoint = config.longValue("log.flush.offset.checkpoint.interval.ms");
        every(checkpoint, checkpoint, () -> workers.of(Workers.Kind.UPKEEP).execute(this::checkpoint));
        long compaction = Math.max(1, config.longValue("log.cleaner.backoff.ms"));
        if (LogConfigs.cleaner(config).threads() > 0) {
            every(compaction, compaction, this::compact);
        }
        // All of it at once: a broker with nothing to do wakes up as seldom as can be.
        every(0, CHECK_MILLIS, () -> {
            partitions.forEachReplica(replica -> {
                replica.flushIfTimely();
                replica.tick();
            });
            workers.of(Workers.Kind.UPKEEP).execute(() -> {
                reserve();
                hindrances.accept(partitions.hindrances());
                openAgain.run();
            });
        });
        every(AGE_MILLIS, AGE_MILLIS, () -> directories.forEach(LogDirectory::age));
    }

    private void every(long firstMillis, long millis, Runnable task) {
        loop.run(() -> repeat(timers.size(), firstMillis, millis, task));
    }

    private void repeat(int slot, long delayMillis, long millis, Runnable task) {
        if (stopped) {
            return;
        }
        EventLoop.Timer timer = loop.schedule(delayMillis, () -> {
            // First the next time, so that a failure of this one is not the last thing that was tried.
            repeat(slot, millis, millis, task);
            task.run();
        });
        if (slot == timers.size()) {
            timers.add(timer);
        } else {
            timers.set(slot, timer);
        }
    }

    /**
     * One partition after the other, here on a worker's thread, and with its owner only where there is something to do: ten thousand idle ones are no
     * queue before anybody's request.
     */
    private void expire() {
        if (expiring.compareAndSet(false, true)) {
            try {
                partitions.forEachReplica(replica -> {
                    if (replica.log().expiryIsDue()) {
                        replica.expire();
                    }
                });
            } finally {
                expiring.set(false);
            }
        }
    }

    private void reserve() {
        long bytes = reserveBytes.getAsLong();
        directories.forEach(directory -> directory.reserve(bytes));
    }

    private void compact() {
        List<LogCleaner.Candidate> compacted = new ArrayList<>();
        partitions.forEachReplica(replica -> {
            if (replica.log().config().compact()) {
                compacted.add(new LogCleaner.Candidate(replica.log(), replica.owner(), replica::highWatermark));
            }
        });
        cleaner.check(compacted);
    }

    private void checkpoint() {
        for (LogDirectory directory : directories) {
            try {
                directory.checkpoint();
                Map<LogId, Long> highWatermarks = new HashMap<>();
                partitions.forEachReplica(replica -> {
                    LogId id = replica.log().id();
                    if (directory.log(id) == replica.log()) {
                        highWatermarks.put(id, replica.highWatermark());
                    }
                });
                directory.checkpointHighWatermarks(highWatermarks);
            } catch (IOException e) {
                LOG.warn("The checkpoints of {} could not be written: {}. A crash now would make the next start slower.", directory.path(), Failures.said(e));
            }
        }
    }

    /** Ends the keeping of time and waits until nothing is being compacted; other work handed over may still be under way. */
    void stop() {
        cleaner.close();
        cleanerThreads.close();
        loop.run(() -> {
            stopped = true;
            timers.forEach(EventLoop.Timer::cancel);
        });
    }
}
