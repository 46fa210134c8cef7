package io.partita.broker.metadata;

import io.partita.broker.Invariant;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.FoundDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataJournalFrame;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * The metadata of a standalone or embedded broker, in a file of each of its data directories ({@link JournalCopies}) and in memory.
 *
 * <p>Commands queue up without a lock and are worked off on a worker thread, by one at a time: all that wait are carried out together, written
 * with one fsync, applied by the listener, then shown and answered. A change that cannot be written is refused with KAFKA_STORAGE_ERROR; reading goes on,
 * and changes are possible again once writing is.
 */
public final class FileMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(FileMetadataStore.class);

    /** Commands carried out together at most. */
    private static final int BATCH_COMMANDS_MAX = 1_000;

    private final JournalCopies journal;
    private final List<FoundDirectory> found;
    private final KnownDirectories directories;
    private final LogEpochs epochs;
    private final BrokerConfig config;
    private final Workers workers;
    private final Entropy entropy;

    private final ConcurrentLinkedQueue<Command<?>> queue = new ConcurrentLinkedQueue<>();
    /** Commands handed over and not yet finished. Who raises it from 0 starts the work; until it is 0 again the fields below have one user. */
    private final AtomicInteger pending = new AtomicInteger();

    /** What is in the file. */
    private ClusterImage stored;
    /** Topics that are deleted in the file, and whose logs may still be there. */
    private final Set<UUID> deleting;
    /** Whether directories are noted in the file as they are. */
    private boolean directoriesStored;
    private ImageListener listener;
    private boolean closed;

    /** What is in the file and was applied. */
    private volatile ClusterImage applied;

    private FileMetadataStore(Context context, JournalCopies journal, KnownDirectories directories, boolean directoriesStored, ClusterImage stored,
            Set<UUID> deleting) {
        this.journal = journal;
        this.found = context.directories().found();
        this.directories = directories;
        this.directoriesStored = directoriesStored;
        this.epochs = context.epochs();
        this.stored = stored;
        this.deleting = deleting;
        this.config = context.config();
        this.workers = context.workers();
        this.entropy = context.entropy();
        this.applied = ClusterImage.empty(stored.clusterId());
    }

    /**
     * Reads the metadata in a broker's data directories, or begins them; nothing is written before {@link #start}.
     *
     * @throws IOException when they are damaged, missing, of another cluster, or do not fit the directories; the message says what can be done
     */
    public static FileMetadataStore open(Context context) throws IOException {
        return open(context, null);
    }

    /**
     * Opens stores that take over the data directories of Apache Kafka where there is no journal yet.
     *
     * @param metadataDirectory where Kafka's controllers keep their log, {@code null} for in one of the data directories
     * @param isIncompleteTaken whether directories are taken over that do not hold all that Kafka served
     */
    public static Factory adopting(Path metadataDirectory, boolean isIncompleteTaken) {
        Adopting adopting = new Adopting(metadataDirectory, isIncompleteTaken);
        return context -> open(context, adopting);
    }

    private record Adopting(Path metadataDirectory, boolean isIncompleteTaken) {

        ClusterImage image(Context context) throws IOException {
            KafkaAdoption adoption = KafkaAdoption.of(context.disk(), context.directories(), metadataDirectory, context.config(), context.entropy());
            if (!adoption.problems().isEmpty() && !isIncompleteTaken) {
                throw new IOException("The directories of Apache Kafka are not taken over: " + String.join(" ", adoption.problems())
                        + " --adopt-kafka=incomplete takes over what is there.");
            }
            adoption.problems().forEach(LOG::warn);
            adoption.notes().forEach(LOG::warn);
            LOG.info("{} topics of Apache Kafka's cluster {} are taken over.", adoption.topics().size(), context.clusterId());
            ClusterImage.Edit image = ClusterImage.of(context.clusterId(), List.of(), adoption.topics(), Map.of()).edit();
            adoption.acls().forEach(image::add);
            image.put(adoption.quotas());
            return image.done();
        }
    }

    /** What {@link #adopting} would take over from these directories, for a person to read. Changes nothing. */
    public static String adoptionReport(Disk disk, DataDirectories directories, Path metadataDirectory, BrokerConfig config, Entropy entropy)
            throws IOException {
        return KafkaAdoption.of(disk, directories, metadataDirectory, config, entropy).report(directories, KafkaAdoption.groups(disk, directories));
    }

    private static FileMetadataStore open(Context context, Adopting adopting) throws IOException {
        DataDirectories directories = context.directories();
        JournalCopies journal = JournalCopies.read(context.disk(), directories.found().stream().map(FoundDirectory::path).toList());
        if (journal.isEmpty()) {
            if (adopting == null) {
                checkNothingIsThere(directories);
            }
            ClusterImage begun = adopting == null ? ClusterImage.empty(context.clusterId()) : adopting.image(context);
            return new FileMetadataStore(context, journal, KnownDirectories.compare(null, directories, context.config()), false, begun, new HashSet<>());
        }
        boolean isOfOldFormat = journal.isOfOldFormat();
        List<MetadataJournalFrame> frames = journal.takeFrames();
        String found = frames.getFirst().clusterId;
        if (!context.clusterId().equals(found)) {
            throw new IOException(Journal.FILE_NAME + " in " + directories.found().getFirst().path() + " belongs to the cluster " + found + ", not to "
                    + context.clusterId() + ": start with that cluster's id, or with another data directory.");
        }
        ClusterImage.Edit image = ClusterImage.empty(found).edit();
        JournalRecords records = new JournalRecords();
        Set<UUID> deleting = new HashSet<>();
        List<KnownDirectories.Entry> entries = null;
        for (MetadataJournalFrame frame : frames) {
            records.apply(frame, image);
            deleting.addAll(frame.deletedTopics);
            entries = frame.directories == null ? entries : JournalRecords.directories(frame);
        }
        ClusterImage stored = image.done();
        if (isOfOldFormat) {
            checkNothingIsMissing(stored, context);
        }
        KnownDirectories known = KnownDirectories.compare(entries, directories, context.config());
        return new FileMetadataStore(context, journal, known, known.entries().equals(entries), stored, deleting);
    }

    /** Without a journal there must be no logs: they are somebody's, and would count as nobody's. */
    private static void checkNothingIsThere(DataDirectories directories) throws IOException {
        for (FoundDirectory directory : directories.found()) {
            if (directory.isOfKafka()) {
                throw new IOException(
                        directory.path() + " is a data directory of Apache Kafka: it has no " + Journal.FILE_NAME
                                + ". --adopt-kafka=check says what can be taken over,"
                                + " --adopt-kafka takes it over; or use another data directory.");
            }
            if (!directory.logs().isEmpty()) {
                throw new IOException(directory.path() + " holds " + DataDirectories.some(directory.logs()) + ", and no data directory has the "
                        + Journal.FILE_NAME
                        + " that says which topics there are. Name the directory that has it in log.dirs, or restore the file from a backup;"
                        + " if Apache Kafka wrote the logs, --adopt-kafka=check says what can be taken over; or use another data directory.");
            }
        }
    }

    /**
     * A journal from before directories were noted cannot say that one is missing. But logs that are nowhere while one of several directories is empty were in that one,
     * before its disk was away.
     */
    private static void checkNothingIsMissing(ClusterImage stored, Context context) throws IOException {
        DataDirectories directories = context.directories();
        FoundDirectory empty = directories.found().stream().filter(FoundDirectory::isNew).findFirst().orElse(null);
        if (empty == null) {
            return;
        }
        List<LogId> missing = new ArrayList<>();
        for (TopicImage topic : stored.topics()) {
            for (int index = 0; index < topic.partitions().size(); index++) {
                LogId log = new LogId(topic.name(), index);
                if (directories.found().stream().noneMatch(directory -> directory.logs().contains(log))) {
                    missing.add(log);
                }
            }
        }
        if (!missing.isEmpty()) {
            throw new IOException(
                    "The data directory " + empty.path() + " is empty, and " + DataDirectories.some(missing) + " can be found in no other: perhaps its disk"
                            + " is not mounted. If it is a new one, start once without it in log.dirs.");
        }
    }

    @Override
    public List<AwayDirectory> away() {
        return directories.away();
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
            // Those that were claimed: the empty place of a directory that is away is not written to.
            List<UUID> known = directories.entries().stream().map(KnownDirectories.Entry::id).toList();
            journal.placeIn(found.stream().filter(directory -> known.contains(directory.id())).map(FoundDirectory::path).toList());
            changes.start(self, epochs, Set.copyOf(deleting));
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
    public CompletionStage<List<Result<Void>>> createAcls(List<AclBinding> acls) {
        return submitEach(acls, PlannedChanges::create);
    }

    @Override
    public CompletionStage<List<Result<List<AclBinding>>>> deleteAcls(List<AclFilter> filters) {
        return submitEach(filters, PlannedChanges::delete);
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterUsers(List<UserAlteration> alterations) {
        return submitEach(alterations, PlannedChanges::alter);
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterQuotas(List<QuotaAlteration> alterations, boolean validateOnly) {
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
            write(changes.frame(change), change);
        } catch (IOException failed) {
            LOG.error("Cannot write the metadata, so topics and settings cannot be changed: {}. Free space or repair the disk; the next change tries again.",
                    Failures.said(failed));
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
            change.removed().forEach(deleting::remove);
            change.deleted().forEach(topic -> deleting.remove(topic.id()));
            finish(answers);
        };
        if (applying.isDone()) {
            show.run();
        } else {
            applying.whenComplete((nothing, alreadyLogged) -> workers.execute(show));
        }
    }

    /** Makes a change durable, and with the first one what this start has found out about the directories. */
    private void write(MetadataJournalFrame frame, ImageChange change) throws IOException {
        if (change == null) {
            return;
        }
        MetadataJournalFrame written = frame;
        if (!directoriesStored || written == null && (journal.isOneBehind() || journal.isLong())) {
            written = written == null ? new MetadataJournalFrame() : written;
            written.directories = JournalRecords.directories(directories.entries());
        }
        if (written != null) {
            deleting.addAll(written.deletedTopics);
            journal.append(written, () -> JournalRecords.whole(change.after(), directories.entries(), deleting));
            directoriesStored = true;
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
                LOG.warn("Cannot close the metadata journal: {}. Nothing is lost, every change was synced.", Failures.said(failed));
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
