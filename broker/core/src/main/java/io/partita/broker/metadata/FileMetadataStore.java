package io.partita.broker.metadata;

import io.partita.broker.Invariant;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataJournalFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata of a standalone or embedded broker, in a file of its data directory ({@link Journal}) and in memory.
 *
 * <p>Commands queue up without a lock and are worked off on a worker thread, by one at a time: all that wait are carried out together, written
 * with one fsync, applied by the listener, then shown and answered. A change that cannot be written is refused with KAFKA_STORAGE_ERROR; reading goes on,
 * and changes are possible again once writing is.
 */
public final class FileMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(FileMetadataStore.class);

    /** Commands carried out together at most. */
    private static final int BATCH_COMMANDS_MAX = 1_000;

    private final Journal journal;
    private final BrokerConfig config;
    private final Workers workers;
    private final Entropy entropy;

    private final ConcurrentLinkedQueue<Command<?>> queue = new ConcurrentLinkedQueue<>();
    /** Commands handed over and not yet finished. Who raises it from 0 starts the work; until it is 0 again the fields below have one user. */
    private final AtomicInteger pending = new AtomicInteger();

    /** What is in the file. */
    private ClusterImage stored;
    private ImageListener listener;
    private boolean closed;

    /** What is in the file and was applied. */
    private volatile ClusterImage applied;

    private FileMetadataStore(Journal journal, ClusterImage stored, BrokerConfig config, Workers workers, Entropy entropy) {
        this.journal = journal;
        this.stored = stored;
        this.config = config;
        this.workers = workers;
        this.entropy = entropy;
        this.applied = ClusterImage.empty(stored.clusterId());
    }

    /** Opens the metadata in a broker's first data directory, or begins them. */
    public static FileMetadataStore open(Context context) throws IOException {
        return open(context.disk(), context.directory(), context.clusterId(), context.config(), context.workers(), context.entropy());
    }

    /**
     * Opens the metadata in {@code directory}, which must exist, or begins them.
     *
     * @param clusterId the id the cluster must have; {@code null} for the one in the file, or for a new one a random one
     * @param config the settings this broker was started with
     * @throws IOException when the file is damaged or belongs to another cluster; the message says what can be done
     */
    public static FileMetadataStore open(
            Disk disk, Path directory, String clusterId, BrokerConfig config, Workers workers, Entropy entropy) throws IOException {
        List<MetadataJournalFrame> frames = new ArrayList<>();
        Journal journal = Journal.open(disk, directory, frames);
        if (journal == null) {
            ClusterImage empty = ClusterImage.empty(clusterId != null ? clusterId : randomClusterId(entropy));
            journal = Journal.create(disk, directory, JournalRecords.whole(empty));
            return new FileMetadataStore(journal, empty, config, workers, entropy);
        }
        String found = frames.getFirst().clusterId;
        if (clusterId != null && !clusterId.equals(found)) {
            journal.close();
            throw new IOException(directory + " belongs to the cluster " + found + ", not to " + clusterId
                    + ": start with that cluster's id, or with another data directory.");
        }
        ClusterImage.Edit image = ClusterImage.empty(found).edit();
        JournalRecords records = new JournalRecords();
        for (MetadataJournalFrame frame : frames) {
            records.apply(frame, image);
        }
        ClusterImage stored = image.done();
        if (journal.isLong()) {
            journal.rewrite(JournalRecords.whole(stored));
        }
        return new FileMetadataStore(journal, stored, config, workers, entropy);
    }

    /** A new id for a cluster: 16 random bytes in the Base64 of URLs, as Kafka's. */
    static String randomClusterId(Entropy entropy) {
        UUID id = entropy.nextUuid();
        byte[] bytes = new byte[16];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (id.getMostSignificantBits() >>> 56 - 8 * i);
            bytes[8 + i] = (byte) (id.getLeastSignificantBits() >>> 56 - 8 * i);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public ClusterImage image() {
        return applied;
    }

    @Override
    public CompletionStage<Void> start(BrokerImage self, ImageListener listener) {
        return submit(new Command<>(ALONE, changes -> {
            Invariant.check(this.listener == null, "the metadata store was started twice");
            this.listener = listener;
            changes.start(self);
            return null;
        }));
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly) {
        return submitEach(topics, (changes, topic) -> changes.create(topic, validateOnly));
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics) {
        return submitEach(topics, PlannedChanges::delete);
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly) {
        return submitEach(additions, (changes, addition) -> changes.grow(addition, validateOnly));
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly) {
        return submitEach(alterations, (changes, alteration) -> changes.alter(alteration, validateOnly));
    }

    @Override
    public CompletionStage<Void> close() {
        return submit(new Command<>(ALONE, changes -> {
            closed = true;
            return null;
        }));
    }

    // ---- the queue

    /** In place of a number of parts, for a command that has one answer for all. */
    private static final int ALONE = -1;

    /**
     * A command on its way.
     *
     * @param parts how many results it has, or {@link #ALONE}
     * @param plan plans it and returns what it will be answered, should the change succeed
     */
    private record Command<T>(int parts, Function<PlannedChanges, T> plan, CompletableFuture<T> future) {

        Command(int parts, Function<PlannedChanges, T> plan) {
            this(parts, plan, new CompletableFuture<>());
        }

        /** Plans the command; what is returned answers it. */
        Runnable planInto(PlannedChanges changes) {
            T result = plan.apply(changes);
            return () -> future.complete(result);
        }

        /** Answers the command, or each part of it, that the change could not be written. */
        @SuppressWarnings("unchecked")
        void refuse(IOException failure) {
            if (parts == ALONE) {
                future.completeExceptionally(failure);
                return;
            }
            Result<Object> refusal = Result.refused(ErrorCode.KAFKA_STORAGE_ERROR,
                    "The change could not be written: " + failure.getMessage() + ". Try again when the broker's disk has space and works.");
            future.complete((T) Collections.nCopies(parts, refusal));
        }
    }

    private <P, R> CompletionStage<List<Result<R>>> submitEach(List<P> parts, BiFunction<PlannedChanges, P, Result<R>> plan) {
        return submit(new Command<>(parts.size(), changes -> {
            List<Result<R>> results = new ArrayList<>(parts.size());
            for (P part : parts) {
                results.add(plan.apply(changes, part));
            }
            return results;
        }));
    }

    private <T> CompletionStage<T> submit(Command<T> command) {
        queue.add(command);
        if (pending.getAndIncrement() == 0) {
            workers.execute(this::work);
        }
        return command.future;
    }

    /** Carries out the commands that wait. One thread at a time runs this. */
    private void work() {
        List<Command<?>> batch = new ArrayList<>();
        Command<?> next;
        while (batch.size() < BATCH_COMMANDS_MAX && (next = queue.poll()) != null) {
            batch.add(next);
        }
        if (closed) {
            IllegalStateException stopping = new IllegalStateException("the metadata store is closed, because the broker is stopping");
            batch.forEach(command -> command.future.completeExceptionally(stopping));
            goOn(batch.size());
            return;
        }
        List<Runnable> answers = new ArrayList<>(batch.size());
        ImageChange change;
        try {
            PlannedChanges changes = new PlannedChanges(stored, config, entropy);
            batch.forEach(command -> answers.add(command.planInto(changes)));
            change = changes.done();
            MetadataJournalFrame frame = changes.frame(change);
            if (frame != null) {
                journal.append(frame, () -> JournalRecords.whole(change.after()));
            }
        } catch (IOException failed) {
            LOG.error("Cannot write the metadata, so topics and settings cannot be changed: {}. Free space or repair the disk; the next change tries again.",
                    failed.toString());
            batch.forEach(command -> command.refuse(failed));
            goOn(batch.size());
            return;
        } catch (RuntimeException | Error defect) {
            batch.forEach(command -> command.future.completeExceptionally(defect));
            goOn(batch.size());
            throw defect;
        }
        if (change == null) {
            finish(answers);
            return;
        }
        stored = change.after();
        CompletableFuture<Void> applying = apply(change);
        Runnable show = () -> {
            applied = change.after();
            finish(answers);
        };
        if (applying.isDone()) {
            show.run();
        } else {
            applying.whenComplete((nothing, alreadyLogged) -> workers.execute(show));
        }
    }

    /** Lets the listener apply a change; what is returned never fails. */
    private CompletableFuture<Void> apply(ImageChange change) {
        CompletionStage<Void> stage;
        try {
            stage = listener == null ? ImageListener.APPLIED : listener.apply(change);
        } catch (RuntimeException failed) {
            stage = CompletableFuture.failedStage(failed);
        }
        return stage.exceptionally(failed -> {
            LOG.error("A change of the metadata was stored but could not be applied completely on this broker; a restart applies it anew.", failed);
            return null;
        }).toCompletableFuture();
    }

    private void finish(List<Runnable> answers) {
        if (closed) {
            try {
                journal.close();
            } catch (IOException failed) {
                LOG.warn("Cannot close the metadata journal: {}. Nothing is lost, every change was synced.", failed.toString());
            }
        }
        answers.forEach(Runnable::run);
        goOn(answers.size());
    }

    /** Ends {@code count} commands and carries on when others came meanwhile. */
    private void goOn(int count) {
        if (pending.addAndGet(-count) > 0) {
            workers.execute(this::work);
        }
    }
}
