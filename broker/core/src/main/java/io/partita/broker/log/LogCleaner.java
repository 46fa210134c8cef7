package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.env.DiskFullException;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts logs ({@code cleanup.policy=compact}): of the records of a key the last one stays. {@link #check}, called every
 * {@code log.cleaner.backoff.ms}, looks which logs are due and sees to them one after the other, the one with the largest dirty part first, until
 * none is left.
 *
 * <p>Threads: a round ({@link Compaction}) is a chain of tasks. Workers read and write; the log's owner is asked twice: for the state of its
 * producers, and to show what was written in the place of what it was made from. No thread waits for another.
 *
 * <p>Failure: a log whose round failed is set aside for a minute, then two, up to an hour. The log itself is as good as before.
 */
public final class LogCleaner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogCleaner.class);

    private static final long ASIDE_MILLIS_MIN = 60_000;
    private static final long ASIDE_MILLIS_MAX = 60 * 60_000;
    private static final long LOOK_MILLIS = 10 * 60_000;
    private static final long CLOSE_MILLIS_MAX = 10_000;

    /**
     * A log that may be compacted.
     *
     * @param owner runs tasks on the thread that owns the log
     * @param highWatermark nothing at or after it is compacted; any thread
     */
    public record Candidate(PartitionLog log, Executor owner, LongSupplier highWatermark) {}

    /** What is remembered of a log from one round to the next. */
    private static final class LogState {
        /** When a log that is not in memory may be looked at again. */
        long lookMillis = Long.MIN_VALUE;
        boolean unreadableReported;
        int failures;
        long asideUntilMillis = Long.MIN_VALUE;
    }

    private final CleanerConfig config;
    private final Workers workers;
    private final Clock clock;
    private final Entropy entropy;
    private final CleanerMeter meter;

    /** All of these are guarded by this. */
    private Collection<Candidate> candidates = List.of();
    private final Map<PartitionLog, LogState> states = new HashMap<>();
    private final Set<PartitionLog> inRound = new HashSet<>();
    private int tasks;
    private long rounds;
    private long failures;
    private long lastRoundMillis = -1;
    private String lastFailure;

    /** @param workers run the rounds: a pool of its own is best, so that fsyncs and fetches of cold data need not wait for compaction */
    public LogCleaner(CleanerConfig config, Workers workers, Clock clock, Entropy entropy) {
        this(config, workers, clock, entropy, Thread::sleep);
    }

    LogCleaner(CleanerConfig config, Workers workers, Clock clock, Entropy entropy, CleanerMeter.Pause pause) {
        this.config = config;
        this.workers = workers;
        this.clock = clock;
        this.entropy = entropy;
        this.meter = new CleanerMeter(config.bytesPerSecondMax(), clock, pause);
    }

    /** Compacts those of {@code logs} that are due; returns at once. Logs that are not compacted topics' may be among them. Any thread. */
    public void check(Collection<Candidate> logs) {
        synchronized (this) {
            candidates = logs;
            Set<PartitionLog> known = new HashSet<>();
            logs.forEach(candidate -> known.add(candidate.log()));
            states.keySet().retainAll(known);
        }
        startTasks();
    }

    /** What has been done so far. Any thread. */
    public synchronized CleanerMetrics metrics() {
        long now = clock.monotonicMillis();
        int aside = 0;
        for (LogState state : states.values()) {
            aside += now < state.asideUntilMillis ? 1 : 0;
        }
        return new CleanerMetrics(rounds, meter.bytesRead(), meter.bytesWritten(), meter.recordsRemoved(), failures, aside, lastRoundMillis,
                lastFailure);
    }

    /** Gives up what is under way and waits until it is, up to a bound. Nothing is begun any more. Before the logs are closed. */
    @Override
    public void close() {
        stop();
        synchronized (this) {
            try {
                // Each time it is woken one task less is there.
                for (int waits = 0; tasks > 0 && waits < config.threads(); waits++) {
                    wait(CLOSE_MILLIS_MAX);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** As {@link #close}, without waiting. */
    void stop() {
        meter.stop();
    }

    // ---- choosing ----

    private void startTasks() {
        while (true) {
            synchronized (this) {
                if (tasks >= config.threads() || meter.isStopped()) {
                    return;
                }
                tasks++;
            }
            if (!hand(workers::execute, this::next)) {
                taskEnded();
                return;
            }
        }
    }

    private synchronized void taskEnded() {
        tasks--;
        notifyAll();
    }

    /** Begins a round over the log that needs it most; when there is none this task ends, until the next check. */
    private void next() {
        Round round = null;
        try {
            round = meter.isStopped() ? null : choose();
        } finally {
            if (round == null) {
                taskEnded();
            }
        }
        if (round != null) {
            round.begin();
        }
    }

    private Round choose() {
        Collection<Candidate> current;
        synchronized (this) {
            current = candidates;
        }
        Round best = null;
        for (Candidate candidate : current) {
            LogState state = stateIfFree(candidate);
            CleanableRange range = state == null ? null : look(candidate, state);
            if (range != null && (best == null || isMoreUrgent(range, best.range))) {
                best = new Round(candidate, state, range);
            }
        }
        synchronized (this) {
            // Another task may have taken it by now; then there is something else at the next check.
            return best != null && inRound.add(best.candidate.log()) ? best : null;
        }
    }

    private static boolean isMoreUrgent(CleanableRange range, CleanableRange other) {
        return range.overdue() != other.overdue() ? range.overdue() : range.dirtyRatio() > other.dirtyRatio();
    }

    /** What is remembered of a log that may be compacted now, else {@code null}. */
    private synchronized LogState stateIfFree(Candidate candidate) {
        PartitionLog log = candidate.log();
        if (!log.config().compact() || log.isClosed() || inRound.contains(log) || !log.environment().health().writable()) {
            return null;
        }
        LogState state = states.computeIfAbsent(log, ignored -> new LogState());
        return clock.monotonicMillis() < state.asideUntilMillis ? null : state;
    }

    /** What is to be compacted of a log, {@code null} when that is not worth a round. */
    private CleanableRange look(Candidate candidate, LogState state) {
        PartitionLog log = candidate.log();
        try {
            if (!log.isLoaded() && !mayBeDirty(log, state)) {
                return null;
            }
            log.completeSwap();
            long now = clock.wallMillis();
            if (CleanableRange.rollIsOverdue(log, now)) {
                hand(candidate.owner(), () -> roll(log, now));
            }
            CleanableRange range = CleanableRange.of(log, candidate.highWatermark().getAsLong(), now);
            return range.isDue(log.config()) ? range : null;
        } catch (NoSuchFileException e) {
            return null; // removed meanwhile
        } catch (IOException | RuntimeException e) {
            setAside(log, state, e);
            return null;
        }
    }

    /**
     * Whether a log that was not used since the start has more than the segment it is written to. When not, that is so until it is used; else it
     * may have been let go of since the last look, as it was not due.
     */
    private boolean mayBeDirty(PartitionLog log, LogState state) throws IOException {
        if (clock.monotonicMillis() < state.lookMillis) {
            return false;
        }
        long last = -1;
        for (String name : log.environment().disk().list(log.directory())) {
            if (FileNames.offset(name) >= 0 && FileNames.suffix(name).equals(FileNames.LOG)) {
                last = Math.max(last, FileNames.offset(name));
            }
        }
        boolean dirty = last > Math.max(log.logStartOffset(), log.environment().cleaned().offsetOf(log.id()));
        state.lookMillis = dirty ? clock.monotonicMillis() + LOOK_MILLIS : Long.MAX_VALUE;
        return dirty;
    }

    /** Begins a new segment, so that what is in the last one can be compacted. On the log's owner. */
    private static void roll(PartitionLog log, long nowMillis) {
        try {
            if (!log.isClosed() && CleanableRange.rollIsOverdue(log, nowMillis)) {
                log.roll();
            }
        } catch (IOException e) {
            LOG.warn("{} could not begin a new segment for compaction: {}.", log.directory(), Failures.said(e));
        }
    }

    /** Hands a task over; false when it is not taken, as the other side has been shut down. */
    private static boolean hand(Executor executor, Runnable task) {
        try {
            executor.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    // ---- rounds ----

    private interface Step {
        void run() throws IOException;
    }

    /** One round over one log. */
    private final class Round {
        private final Candidate candidate;
        private final PartitionLog log;
        private final LogState state;
        private final CleanableRange range;
        private final long beganMillis = clock.monotonicMillis();
        private final long readBefore = meter.bytesRead();
        private final long writtenBefore = meter.bytesWritten();
        private Compaction compaction;

        Round(Candidate candidate, LogState state, CleanableRange range) {
            this.candidate = candidate;
            this.log = candidate.log();
            this.state = state;
            this.range = range;
        }

        void begin() {
            onOwner(() -> {
                Supplier<ProducerTails> producers = log.producerTails();
                onWorker(() -> readKeys(producers.get()));
            });
        }

        private void readKeys(ProducerTails producers) throws IOException {
            KeyHash hash = new KeyHash(entropy.nextLong(), entropy.nextLong());
            compaction = new Compaction(log, range, producers, config, hash, meter, state.unreadableReported);
            compaction.readKeys();
            cleanNext();
        }

        private void cleanNext() throws IOException {
            while (compaction.hasNext()) {
                Compaction.Replacement replacement = compaction.cleanNext();
                if (replacement != null) {
                    onOwner(() -> {
                        boolean shown = log.replace(replacement.sources(), replacement.cleaned(), range.history());
                        onWorker(() -> replaced(replacement, shown));
                    });
                    return;
                }
            }
            log.environment().cleaned().cleaned(log.id(), compaction.cleanedEnd(), compaction::isCurrent);
            end();
        }

        private void replaced(Compaction.Replacement replacement, boolean shown) throws IOException {
            if (!shown) {
                CleanedSegment.discard(replacement.cleaned());
                throw new Compaction.Abandoned();
            }
            try {
                log.completeSwap();
            } catch (IOException e) {
                // Reads are served from the new segment; on the disk it is the old ones, or a later try or start finishes what is decided.
                log.environment().health().failed(log.directory(), e);
                throw e;
            }
            cleanNext();
        }

        private void end() {
            long millis = clock.monotonicMillis() - beganMillis;
            synchronized (LogCleaner.this) {
                rounds++;
                lastRoundMillis = millis;
                state.failures = 0;
            }
            LOG.debug("Compacted {} from offset {} to {}: read {} KB, wrote {} KB in {} ms.", log.directory(), range.firstDirtyOffset(),
                    compaction.cleanedEnd(), meter.bytesRead() - readBefore >> 10, meter.bytesWritten() - writtenBefore >> 10, millis);
            free();
        }

        private void failed(Throwable cause) {
            if (isGoneUnderneath(cause)) {
                synchronized (LogCleaner.this) {
                    state.asideUntilMillis = clock.monotonicMillis() + ASIDE_MILLIS_MIN;
                }
            } else {
                setAside(log, state, cause);
            }
            free();
        }

        /** Whether the round ended because the log was cut, shortened or deleted meanwhile, so that nothing is wrong. */
        private boolean isGoneUnderneath(Throwable cause) {
            try {
                return cause instanceof Compaction.Abandoned || compaction != null && !compaction.isCurrent()
                        || cause instanceof NoSuchFileException && compaction != null && !compaction.hasSources();
            } catch (IOException e) {
                return false;
            }
        }

        /** The log may be chosen again; this task looks for another one. */
        private void free() {
            if (compaction != null) {
                state.unreadableReported = compaction.unreadableReported();
                compaction = null;
            }
            synchronized (LogCleaner.this) {
                inRound.remove(log);
            }
            if (!hand(workers::execute, LogCleaner.this::next)) {
                taskEnded();
            }
        }

        private void onOwner(Step step) {
            handOver(candidate.owner(), step);
        }

        private void onWorker(Step step) {
            handOver(workers::execute, step);
        }

        private void handOver(Executor executor, Step step) {
            boolean taken = hand(executor, () -> {
                try {
                    step.run();
                } catch (IOException | RuntimeException | Error e) {
                    failed(e);
                }
            });
            if (!taken) {
                failed(new Compaction.Abandoned());
            }
        }
    }

    private synchronized void setAside(PartitionLog log, LogState state, Throwable cause) {
        long millis = Math.min(ASIDE_MILLIS_MAX, ASIDE_MILLIS_MIN << Math.min(state.failures, 10));
        state.asideUntilMillis = clock.monotonicMillis() + millis;
        failures++;
        lastFailure = log.id().directoryName() + ": " + cause.getMessage();
        if (state.failures++ == 0) {
            switch (cause) {
                case CorruptLogException corrupt -> LOG.error("{} is not compacted: {}. It is tried again from time to time.", log.directory(),
                        corrupt.getMessage());
                case DiskFullException full -> LOG.warn("{} is not compacted: there is no space for the segments it is written to anew ({}). It is"
                        + " tried again when there may be; free some.", log.directory(), full.getMessage());
                case IOException e -> LOG.error("{} is not compacted: {}. It is tried again from time to time; look after the disk.", log.directory(),
                        Failures.said(e));
                default -> LOG.error("{} is not compacted. This is a defect of the broker; please report it.", log.directory(), cause);
            }
        }
    }
}
