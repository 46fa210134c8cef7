package io.partita.broker.transaction;

import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.coordinator.CoordinatorShard;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.coordinator.StateMachine;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactional ids of one partition of {@code __transaction_state}, from the moment this broker leads the partition until it no longer does.
 *
 * <p>The end of a transaction takes three steps. Its outcome is written here; from the moment that is committed, nothing can change it any more, and the
 * producer is answered. Then every partition gets a marker. When all have one, that is written here too. A coordinator that is gone in between is followed by
 * one that finds the outcome in the log and writes the markers (again).
 *
 * <p>A request that must wait for the second step is held for a moment rather than sent away with CONCURRENT_TRANSACTIONS, after which clients sleep.
 *
 * <p>Owned by the partition's event loop; every method is called there and answers there, at once or later.
 */
public final class TransactionShard implements CoordinatorShards.Shard {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionShard.class);

    /** How long a request waits for a transaction to be complete. All markers are written within milliseconds, unless a partition is away. */
    private static final long HOLD_MILLIS = 1_000;
    private static final long MARKER_RETRY_MILLIS = 100;

    private final String name;
    private final OwnedLoop loop;
    private final Clock clock;
    private final LongSupplier producerIds;
    private final TransactionConfig config;
    private final MarkerSender markers;
    private final TransactionCounts counts;
    private final int coordinatorEpoch;
    private final CoordinatorShard<TransactionRecord> coordinator;
    private final Map<String, Transaction> transactions = new HashMap<>();
    private EventLoop.Timer expiryTimer;
    private boolean closed;

    TransactionShard(
            String name,
            EventLoop partitionLoop,
            Clock clock,
            LongSupplier producerIds,
            TransactionConfig config,
            MarkerSender markers,
            TransactionCounts counts,
            CoordinatorLog log,
            Runnable failed) {
        this.name = name;
        this.loop = new OwnedLoop(partitionLoop, thrown -> broken(thrown, failed));
        this.clock = clock;
        this.producerIds = producerIds;
        this.config = config;
        this.markers = markers;
        this.counts = counts;
        this.coordinatorEpoch = log.leaderEpoch();
        this.coordinator = new CoordinatorShard<>(name, loop, clock, log, new TransactionRecordFormat(), new Ids(), config.writeTimeoutMillis(), () -> {
            close();
            failed.run();
        });
    }

    /** What the state is in is not known any more. The log is right, so another shard is made of that; who waited is sent away, and finds it. */
    private void broken(Throwable thrown, Runnable failed) {
        LOG.error("The state of {} is thrown away. This is a defect of the broker; please report it.", name, thrown);
        try {
            close();
        } catch (RuntimeException | Error another) {
            LOG.error("Some of those who waited for {} are not answered", name, another);
        }
        failed.run();
    }

    /** Something went wrong while a request was served. On the loop. */
    void fail(Throwable defect) {
        loop.fail(defect);
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public void load() {
        coordinator.load();
    }

    @Override
    public void close() {
        loop.check();
        if (closed) {
            return;
        }
        closed = true;
        coordinator.close();
        if (expiryTimer != null) {
            expiryTimer.cancel();
        }
        var all = List.copyOf(transactions.values());
        transactions.clear();
        for (Transaction transaction : all) {
            counts.left(transaction.image.state());
            transaction.stop();
            // Asked again they find the shard closed.
            transaction.takeWaiting().forEach(waiting -> waiting.again.run());
        }
    }

    // ---- requests

    /** {@code expected} is who the producer is if it goes on after an error, else null. */
    void initialize(String transactionalId, int timeoutMillis, Producer expected, Consumer<ProducerAnswer> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.accept(ProducerAnswer.failed(error));
            return;
        }
        Transaction transaction = transactions.get(transactionalId);
        TransactionImage image = transaction == null ? null : transaction.image;
        Runnable again = () -> initialize(transactionalId, timeoutMillis, expected, answer);
        Runnable giveUp = () -> answer.accept(ProducerAnswer.failed(ErrorCode.CONCURRENT_TRANSACTIONS));
        switch (Transitions.initialize(image, timeoutMillis, expected, producerIds, clock.wallMillis())) {
            case Transitions.Decision.Next(TransactionImage next) -> write(transactionalId, next, answering(answer, next.producer()));
            case Transitions.Decision.Already(Producer producer) -> answer.accept(new ProducerAnswer(ErrorCode.NONE, producer));
            case Transitions.Decision.AfterCompletion() -> hold(transaction, again, giveUp);
            case Transitions.Decision.AfterAbort() -> {
                LOG.info("Transactional id {} has another producer: the transaction under way is aborted.", transactionalId);
                abortAndFence(transaction);
                // With nothing to mark it may be over by now.
                hold(transaction, again, giveUp);
            }
            case Transitions.Decision.Refused(ErrorCode code) -> answer.accept(ProducerAnswer.failed(code));
        }
    }

    void add(String transactionalId, Producer producer, Collection<TopicPartition> partitions, short protocol, Consumer<ErrorCode> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.accept(error);
            return;
        }
        Transaction transaction = transactions.get(transactionalId);
        TransactionImage image = transaction == null ? null : transaction.image;
        switch (Transitions.add(image, producer, partitions, protocol, clock.wallMillis())) {
            case Transitions.Decision.Next(TransactionImage next) -> {
                write(transactionalId, next, answering(answer));
                watchDeadline(transaction);
            }
            // What was added before may not be committed yet.
            case Transitions.Decision.Already already -> coordinator.write(List.of(), answering(answer));
            case Transitions.Decision.AfterCompletion() -> hold(transaction, () -> add(transactionalId, producer, partitions, protocol, answer),
                    () -> answer.accept(ErrorCode.CONCURRENT_TRANSACTIONS));
            case Transitions.Decision.AfterAbort() -> throw new IllegalStateException("adding a partition aborts no transaction");
            case Transitions.Decision.Refused(ErrorCode code) -> answer.accept(code);
        }
    }

    /** One code for each of {@code partitions}, in their order. */
    void verify(String transactionalId, Producer producer, List<TopicPartition> partitions, Consumer<List<ErrorCode>> answer) {
        ErrorCode error = coordinator.availability();
        Transaction transaction = transactions.get(transactionalId);
        var codes = new ArrayList<ErrorCode>(partitions.size());
        for (TopicPartition partition : partitions) {
            codes.add(error != ErrorCode.NONE ? error : Transitions.verify(transaction == null ? null : transaction.image, producer, partition));
        }
        if (error != ErrorCode.NONE) {
            answer.accept(codes);
            return;
        }
        coordinator.write(List.of(), new WriteOutcome() {
            @Override
            public void committed() {
                answer.accept(codes);
            }

            @Override
            public void failed(ErrorCode code) {
                codes.replaceAll(any -> code);
                answer.accept(codes);
            }
        });
    }

    /** Who the producer is from now on is of interest to the newer protocol only. */
    void end(String transactionalId, Producer producer, boolean commit, short protocol, Consumer<ProducerAnswer> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.accept(ProducerAnswer.failed(error));
            return;
        }
        Transaction transaction = transactions.get(transactionalId);
        TransactionImage image = transaction == null ? null : transaction.image;
        switch (Transitions.end(image, producer, commit, protocol, producerIds, clock.wallMillis())) {
            case Transitions.Decision.Next(TransactionImage next) -> prepare(transaction, next, answering(answer, Transitions.producerAfter(next)));
            case Transitions.Decision.Already(Producer current) -> coordinator.write(List.of(), answering(answer, current));
            case Transitions.Decision.AfterCompletion() -> hold(transaction, () -> end(transactionalId, producer, commit, protocol, answer),
                    () -> answer.accept(ProducerAnswer.failed(ErrorCode.CONCURRENT_TRANSACTIONS)));
            case Transitions.Decision.AfterAbort() -> throw new IllegalStateException("the end of a transaction waits for no abort");
            case Transitions.Decision.Refused(ErrorCode code) -> {
                if (code == ErrorCode.INVALID_TXN_STATE) {
                    LOG.info("Producer {} of {} cannot {} in state {}.", producer, transactionalId, commit ? "commit" : "abort", image.state().displayName());
                }
                answer.accept(ProducerAnswer.failed(code));
            }
        }
    }

    /** NONE when {@link #describe} and {@link #list} can answer. */
    ErrorCode availability() {
        return coordinator.availability();
    }

    /** Null when there is no such id. Only when available. */
    DescribedTransaction describe(String transactionalId) {
        loop.check();
        Transaction transaction = transactions.get(transactionalId);
        return transaction == null ? null : describe(transaction);
    }

    /** All ids. Only when available. */
    List<DescribedTransaction> list() {
        loop.check();
        return transactions.values().stream().map(TransactionShard::describe).toList();
    }

    private static DescribedTransaction describe(Transaction transaction) {
        TransactionImage image = transaction.image;
        return new DescribedTransaction(transaction.transactionalId, image.state(), image.producer(), image.timeoutMillis(), image.startMillis(),
                transaction.openPartitions());
    }

    /** Milliseconds since the oldest transaction that is in {@code state} now began; 0 when none is. */
    long oldestAgeMillis(TransactionState state) {
        loop.check();
        long now = clock.wallMillis();
        long oldest = now;
        for (Transaction transaction : transactions.values()) {
            TransactionImage image = transaction.image;
            if (image.state() == state && image.startMillis() >= 0) {
                oldest = Math.min(oldest, image.startMillis());
            }
        }
        return now - oldest;
    }

    /** For tests: what the log has, or is about to have. */
    Map<String, TransactionImage> images() {
        var images = new HashMap<String, TransactionImage>();
        transactions.forEach((id, transaction) -> images.put(id, transaction.image));
        return images;
    }

    private void hold(Transaction transaction, Runnable again, Runnable giveUp) {
        if (!transaction.image.state().isPrepared()) {
            again.run();
            return;
        }
        var waiting = new Transaction.Waiting(again);
        waiting.timer = loop.schedule(HOLD_MILLIS, () -> {
            if (transaction.waitsNoMore(waiting)) {
                giveUp.run();
            }
        });
        transaction.waits(waiting);
    }

    // ---- the end of a transaction

    private void abortAndFence(Transaction transaction) {
        prepare(transaction, Transitions.abortAndFence(transaction.image, producerIds, clock.wallMillis()), new WriteOutcome() {
            @Override
            public void committed() {}

            @Override
            public void failed(ErrorCode code) {
                LOG.info("The abort of the transaction of {} is not committed yet: {}.", transaction.transactionalId, code);
            }
        });
    }

    /** Writes the outcome, and once that cannot be lost any more the markers. */
    private void prepare(Transaction transaction, TransactionImage prepared, WriteOutcome outcome) {
        write(transaction.transactionalId, prepared, new WriteOutcome() {
            @Override
            public void committed() {
                outcome.committed();
                mark(transaction, prepared);
            }

            @Override
            public void failed(ErrorCode code) {
                outcome.failed(code);
                markOnceCommitted(transaction, prepared);
            }
        });
    }

    /** The outcome's write took too long for who asked; it may still be committed, and then the markers are due. */
    private void markOnceCommitted(Transaction transaction, TransactionImage prepared) {
        if (closed) {
            return;
        }
        coordinator.write(List.of(), new WriteOutcome() {
            @Override
            public void committed() {
                mark(transaction, prepared);
            }

            @Override
            public void failed(ErrorCode code) {
                markOnceCommitted(transaction, prepared);
            }
        });
    }

    private void mark(Transaction transaction, TransactionImage prepared) {
        if (closed || transaction.image != prepared) {
            return;
        }
        transaction.withoutMarker = new HashSet<>(prepared.partitions());
        transaction.retryTold = false;
        if (prepared.partitions().isEmpty()) {
            complete(transaction);
            return;
        }
        var marker = new MarkerSender.Marker(prepared.producer(), prepared.state() == TransactionState.PREPARE_COMMIT, coordinatorEpoch, prepared.protocol());
        // In an order that repeats, for simulations.
        for (TopicPartition partition : new TreeSet<>(prepared.partitions())) {
            send(transaction, prepared, partition, marker);
        }
    }

    private void send(Transaction transaction, TransactionImage prepared, TopicPartition partition, MarkerSender.Marker marker) {
        markers.send(partition, marker, code -> loop.run(() -> sent(transaction, prepared, partition, marker, code)));
    }

    private void sent(Transaction transaction, TransactionImage prepared, TopicPartition partition, MarkerSender.Marker marker, ErrorCode code) {
        if (closed || transaction.image != prepared) {
            return;
        }
        switch (code) {
            case NONE -> {}
            case UNKNOWN_TOPIC_OR_PARTITION -> LOG.info("{} is gone, and with it what transactional id {} had written there.", partition,
                    transaction.transactionalId);
            case INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED -> LOG.warn("The marker of transactional id {}, {}, is not needed in {}: {}.",
                    transaction.transactionalId, marker, partition, code);
            default -> {
                if (!transaction.retryTold) {
                    transaction.retryTold = true;
                    LOG.info(
                            "The marker of transactional id {} could not be written in {}: {}. It is tried again every {} ms; readers of committed records wait there.",
                            transaction.transactionalId, partition, code, MARKER_RETRY_MILLIS);
                }
                loop.schedule(MARKER_RETRY_MILLIS, () -> {
                    if (!closed && transaction.image == prepared) {
                        send(transaction, prepared, partition, marker);
                    }
                });
                return;
            }
        }
        transaction.withoutMarker.remove(partition);
        if (transaction.withoutMarker.isEmpty()) {
            complete(transaction);
        }
    }

    private void complete(Transaction transaction) {
        counts.ended(transaction.image.state() == TransactionState.PREPARE_COMMIT,
                Math.max(0, clock.wallMillis() - transaction.image.startMillis()));
        transaction.withoutMarker = null;
        write(transaction.transactionalId, Transitions.completed(transaction.image, clock.wallMillis()), new WriteOutcome() {
            @Override
            public void committed() {}

            @Override
            public void failed(ErrorCode code) {
                LOG.info("The end of the transaction of {} is not committed yet: {}.", transaction.transactionalId, code);
            }
        });
        for (Transaction.Waiting one : transaction.takeWaiting()) {
            one.timer.cancel();
            one.again.run();
        }
    }

    // ---- time

    /** Sees to it that a transaction ends even if its producer never does. {@code transaction} is null when its id is a new one. */
    private void watchDeadline(Transaction transaction) {
        if (transaction == null || closed || transaction.image.state() != TransactionState.ONGOING) {
            return;
        }
        if (transaction.deadline != null) {
            if (transaction.deadlineAtMillis <= transaction.tooLongAtMillis) {
                return;
            }
            // That of a transaction before, which might have taken longer than this one may.
            transaction.deadline.cancel();
        }
        transaction.deadlineAtMillis = transaction.tooLongAtMillis;
        long left = Math.max(1, transaction.tooLongAtMillis - clock.monotonicMillis());
        transaction.deadline = loop.schedule(left, () -> deadline(transaction));
    }

    private void deadline(Transaction transaction) {
        transaction.deadline = null;
        TransactionImage image = transaction.image;
        if (transactions.get(transaction.transactionalId) == transaction && image.state() == TransactionState.ONGOING
                && transaction.tooLongAtMillis <= clock.monotonicMillis()) {
            LOG.info("The transaction of {} with producer {} has taken longer than its {} ms: it is aborted.", transaction.transactionalId,
                    image.producer(), image.timeoutMillis());
            counts.ranOut();
            abortAndFence(transaction);
        } else if (transactions.get(transaction.transactionalId) == transaction) {
            watchDeadline(transaction);
        }
    }

    private void expireRegularly() {
        expiryTimer = loop.schedule(config.idExpirationCheckMillis(), () -> {
            expire();
            if (!closed) {
                expireRegularly();
            }
        });
    }

    private void expire() {
        long before = clock.wallMillis() - config.idExpirationMillis();
        var forgotten = new ArrayList<TransactionRecord>();
        transactions.forEach((id, transaction) -> {
            TransactionState state = transaction.image.state();
            if (state != TransactionState.ONGOING && !state.isPrepared() && transaction.image.updateMillis() <= before) {
                forgotten.add(new TransactionRecord(id, null));
            }
        });
        if (!forgotten.isEmpty()) {
            LOG.info("{} transactional ids of {} have not been used for {} ms and are forgotten.", forgotten.size(), name, config.idExpirationMillis());
            coordinator.write(forgotten, new WriteOutcome() {
                @Override
                public void committed() {}

                @Override
                public void failed(ErrorCode code) {
                    LOG.warn("{} transactional ids could not be forgotten for good: {}.", forgotten.size(), code);
                }
            });
        }
    }

    // ---- records

    private void write(String transactionalId, TransactionImage image, WriteOutcome outcome) {
        coordinator.write(List.of(new TransactionRecord(transactionalId, image)), outcome);
    }

    private static WriteOutcome answering(Consumer<ErrorCode> answer) {
        return new WriteOutcome() {
            @Override
            public void committed() {
                answer.accept(ErrorCode.NONE);
            }

            @Override
            public void failed(ErrorCode code) {
                answer.accept(code);
            }
        };
    }

    private static WriteOutcome answering(Consumer<ProducerAnswer> answer, Producer producer) {
        return answering(code -> answer.accept(code == ErrorCode.NONE ? new ProducerAnswer(code, producer) : ProducerAnswer.failed(code)));
    }

    /** What the log's records add up to. */
    private final class Ids implements StateMachine<TransactionRecord> {

        @Override
        public void apply(TransactionRecord record, long place, Producer producer) {
            if (closed) {
                return;
            }
            if (record.image() == null) {
                Transaction forgotten = transactions.remove(record.transactionalId());
                if (forgotten != null) {
                    counts.left(forgotten.image.state());
                    forgotten.stop();
                }
                return;
            }
            Transaction transaction = transactions.computeIfAbsent(record.transactionalId(), Transaction::new);
            if (transaction.image != null) {
                counts.left(transaction.image.state());
            }
            boolean begins = transaction.image == null || transaction.image.state() != TransactionState.ONGOING;
            transaction.image = record.image();
            if (begins && record.image().state() == TransactionState.ONGOING) {
                transaction.tooLongAtMillis = clock.monotonicMillis() + record.image().timeoutMillis();
            }
            counts.entered(record.image().state());
        }

        @Override
        public void loaded() {
            for (Transaction transaction : List.copyOf(transactions.values())) {
                if (transaction.image.state().isPrepared()) {
                    LOG.info("The end of the transaction of {} was decided but not complete: {}.", transaction.transactionalId,
                            transaction.image.state().displayName());
                    mark(transaction, transaction.image);
                } else {
                    // How long it has been open while others led only the wall clock tells; what that says is not taken for more than a whole time-out.
                    long left = transaction.image.deadlineMillis() - clock.wallMillis();
                    transaction.tooLongAtMillis = clock.monotonicMillis() + Math.clamp(left, 0, transaction.image.timeoutMillis());
                    watchDeadline(transaction);
                }
            }
            expireRegularly();
        }
    }
}
