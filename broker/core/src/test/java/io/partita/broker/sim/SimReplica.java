package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.log.LogLimits;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import io.partita.broker.replication.Commitment;
import io.partita.broker.replication.PartitionFollower;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaFetches;
import io.partita.broker.replication.SeenEpoch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** One run of a broker with its replica of the one partition: the real log, leader and follower over a disk that loses and fails, from a start to its end. */
final class SimReplica {

    private static final Path DATA = Path.of("/data");
    private static final LogId LOG = new LogId("t", 0);
    private static final UUID TOPIC_ID = new UUID(0, 7);
    private static final int FETCH_BYTES = 600;

    final int broker;
    final BrokerProcess process;
    final LogIncarnation incarnation;
    private final FaultyDisk disk;
    private final Random random;
    private final TestClock clock;
    private final LogConfig config;
    private final LogDirectory directory;
    private final List<Runnable> workerTasks = new ArrayList<>();
    private final Workers workers = workerTasks::add;
    private PartitionLog log;
    private SeenEpoch seen;
    private PartitionFollower follower;
    private Commitment commitment;
    private ReplicaFetches fetches;
    private long highWatermark;
    /** The value of each record in the log, as it was when it was looked at last; null below the start. */
    private final List<String> content = new ArrayList<>();
    int view = -1;
    boolean candidate;

    /** Starts on what the disk has. */
    SimReplica(int broker, String name, FaultyDisk disk, Random random, TestClock clock, LogConfig config) throws IOException {
        this.broker = broker;
        this.process = new BrokerProcess(broker, name);
        this.disk = disk;
        this.random = random;
        this.clock = clock;
        this.config = config;
        try (DataDirectories found = DataDirectories.find(List.of(DATA), "cluster", broker, disk, random::nextLong)) {
            incarnation = LogIncarnation.of(disk, found, random::nextLong);
            List<LogDirectory> claimed = new ArrayList<>();
            found.claim(Set.of(), broker, new LogLimits(8, 1_000), clock, workers, random::nextLong, claimed);
            directory = claimed.getFirst();
        }
        directory.load(topic -> config, 1);
        incarnation.begin(name);
        open();
    }

    private void open() throws IOException {
        PartitionLog found = directory.log(LOG);
        log = found != null ? found : directory.create(LOG, TOPIC_ID, config);
        seen = SeenEpoch.open(disk, log.directory(), TOPIC_ID, log.leaderEpochs().latestEpoch(), config.fsyncBeforeAck());
        highWatermark = log.logStartOffset();
        content.clear();
        look();
        follower = new PartitionFollower(broker, incarnation.name(), log, seen, workers, highWatermark);
    }

    String incarnationName() {
        return incarnation.name();
    }

    boolean leads() {
        return commitment != null;
    }

    Commitment commitment() {
        return commitment;
    }

    int seenEpoch() {
        return seen.get();
    }

    long highWatermark() {
        return commitment != null ? commitment.highWatermark() : follower.highWatermark();
    }

    long endOffset() {
        return log.logEndOffset();
    }

    List<String> content() {
        return content;
    }

    /** A version of the object is seen. */
    void learn(PartitionState state, int version) throws IOException {
        view = version;
        candidate = false;
        boolean mine = state.isLedBy(process) && state.epoch() >= seen.get() && state.member(broker) != null
                && state.member(broker).incarnation().equals(incarnation.name());
        if (!mine) {
            stepDown();
            follower.follow(state);
        } else if (commitment != null && commitment.state().epoch() == state.epoch()) {
            commitment.learned(state, version);
        } else {
            stepDown();
            seen.raise(state.epoch());
            log.beginEpoch(state.epoch());
            follower.stop();
            commitment = new Commitment(process, state, version, log.logEndOffset(), highWatermark, clock.monotonicMillis());
            fetches = new ReplicaFetches(log, commitment);
            countOwn();
        }
    }

    private void stepDown() {
        highWatermark = highWatermark();
        if (commitment != null) {
            follower = new PartitionFollower(broker, incarnation.name(), log, seen, workers, highWatermark);
            commitment = null;
            fetches = null;
        }
    }

    /** Stands for election: takes no answer of before any more. */
    void stand() {
        stepDown();
        follower.stop();
        candidate = true;
    }

    private void countOwn() {
        commitment.ownEnd(config.fsyncBeforeAck() ? log.flushedEndOffset() : log.logEndOffset());
    }

    /** Appends records as the leader; the offset behind them, -1 when that is refused. */
    long append(List<String> values) throws IOException {
        if (!commitment.hasEnoughInSync()) {
            return -1;
        }
        ByteBuf bytes = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(bytes)) {
            values.forEach(value -> builder.append(clock.wallMillis(), null, value.getBytes(StandardCharsets.UTF_8)));
            builder.finish();
        }
        AppendResult result = log.append(bytes, AppendOrigin.INTERNAL, commitment.state().epoch());
        look();
        if (!(result instanceof AppendResult.Appended appended)) {
            return -1;
        }
        countOwn();
        return appended.lastOffset() + 1;
    }

    /** Deletes what is committed, up to an offset drawn, as retention does. */
    void expire() throws IOException {
        long from = log.logStartOffset();
        long to = from + random.nextInt((int) (highWatermark() - from) + 1);
        Runnable rest = log.advanceLogStartOffset(to);
        if (rest != null) {
            workerTasks.add(rest);
        }
        look();
    }

    /** One of the tasks that wait for a worker, or a flush. */
    void work() throws IOException {
        if (!workerTasks.isEmpty()) {
            workerTasks.remove(random.nextInt(workerTasks.size())).run();
        }
        if (random.nextInt(3) == 0) {
            log.flush();
        }
        if (random.nextInt(10) == 0) {
            directory.checkpoint();
        }
        if (commitment != null) {
            countOwn();
        }
    }

    ReplicaFetch nextFetch() throws IOException {
        return commitment != null || candidate ? null : follower.nextFetch();
    }

    void lost(ReplicaFetch fetch) {
        follower.lost(fetch);
    }

    /** The answer to a fetch, as it travels; null when this one does not answer it. */
    ReplicaAnswer<ByteBuf> answer(ReplicaFetch fetch) throws IOException {
        if (fetches == null || !fetches.concerns(fetch)) {
            return null;
        }
        return fetches.answer(fetch, FETCH_BYTES, clock.monotonicMillis()).map(SimReplica::received);
    }

    private static ByteBuf received(LogSlice slice) {
        ByteBuf bytes = Unpooled.buffer();
        try {
            if (slice.error() != ErrorCode.NONE) {
                throw new AssertionError("reading for a follower: " + slice.error());
            }
            slice.copyTo(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            slice.release();
        }
        // Whole batches only, as the receiver keeps no piece of one.
        int at = 0;
        while (bytes.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(bytes, at) <= bytes.writerIndex() - at) {
            at += RecordBatch.sizeInBytes(bytes, at);
        }
        return bytes.writerIndex(at);
    }

    void take(ReplicaFetch fetch, ReplicaAnswer<ByteBuf> answer) throws IOException {
        if (commitment == null && !candidate) {
            follower.take(fetch, answer);
            look();
        }
    }

    /** A replica no more: the log goes. Only under an image that is not older than what was acted under. */
    void deleteLog(PartitionState state) throws IOException {
        if (state.epoch() >= seen.get() && !state.replicas().contains(broker) && commitment == null) {
            directory.delete(LOG);
            open();
        }
    }

    /** Looks at what is new in the log, or gone from it. */
    private void look() throws IOException {
        while (content.size() > log.logEndOffset()) {
            content.removeLast();
        }
        for (int offset = 0; offset < log.logStartOffset(); offset++) {
            if (offset < content.size()) {
                content.set(offset, null);
            } else {
                content.add(null);
            }
        }
        RecordReader reader = new RecordReader(1 << 20);
        while (content.size() < log.logEndOffset()) {
            int before = content.size();
            ByteBuf bytes = received(log.read(before, 4_000, log.logEndOffset(), true));
            for (int at = 0; at < bytes.writerIndex(); at += RecordBatch.sizeInBytes(bytes, at)) {
                reader.open(bytes, at);
                while (reader.next()) {
                    if (reader.offset() == content.size()) {
                        content.add(reader.value().toString(StandardCharsets.UTF_8));
                    }
                }
            }
            if (content.size() == before) {
                throw new AssertionError("nothing at offset " + before + " of " + log.logEndOffset());
            }
        }
    }

    /** Reads the whole log again. */
    void lookAgain() throws IOException {
        content.clear();
        look();
    }

    /** An orderly end. */
    void close() throws IOException {
        while (!workerTasks.isEmpty()) {
            workerTasks.removeFirst().run();
        }
        directory.close();
        while (!workerTasks.isEmpty()) {
            workerTasks.removeFirst().run();
        }
    }

    @Override
    public String toString() {
        return process + (commitment != null ? " leads " + commitment.state().epoch() : candidate ? " stands" : " follows") + ", log " + log.logStartOffset()
                + ".."
                + log.logEndOffset() + ", hw " + highWatermark() + ", seen " + seen.get() + ", log name " + incarnation.name() + ", view " + view;
    }
}
