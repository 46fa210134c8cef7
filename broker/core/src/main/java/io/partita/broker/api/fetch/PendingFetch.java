package io.partita.broker.api.fetch;

import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.replication.Replica;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fetch from its first look at the partitions to its response. When there is too little to read it waits as an entry at each partition,
 * woken by the append that moves the high watermark, by its deadline, or by the end of its connection. A partition that wakes it is looked at
 * alone; all of them are looked at again when there is enough to answer. Lives on its connection's event loop; partitions are read from there
 * through what they publish, without a handover to their owners.
 */
final class PendingFetch {

    private static final Logger LOG = LoggerFactory.getLogger(PendingFetch.class);

    private static final short FIRST_VERSION_WITH_LEADER_HINTS = 16;

    private final RequestContext context;
    private final FetchRequest request;
    private final PartitionReader reader;
    private final Workers workers;
    private final MessageSets messageSets;
    private final List<FetchPartition> asked;
    private final FetchSession session;
    private final boolean incremental;

    /** What the last look saw of each partition asked for: the replica here, and how far it could be read. */
    private final Replica[] replicas;
    private final long[] seenOffsets;
    /** How much the last look could read of each partition, and of all of them together. */
    private final int[] readableBytes;
    private long allReadableBytes;
    /** One for each partition while the fetch waits. */
    private Waiter[] waiters;
    private EventLoop.Timer deadline;
    private boolean waiting;
    private boolean done;

    PendingFetch(
            RequestContext context,
            FetchRequest request,
            PartitionLookup partitions,
            Workers workers,
            MessageSets messageSets,
            List<FetchPartition> asked,
            FetchSession session,
            boolean incremental) {
        this.context = context;
        this.request = request;
        this.workers = workers;
        this.messageSets = messageSets;
        this.asked = asked;
        this.session = session;
        this.incremental = incremental;
        this.reader = new PartitionReader(context, request, partitions);
        this.replicas = new Replica[asked.size()];
        this.seenOffsets = new long[asked.size()];
        this.readableBytes = new int[asked.size()];
    }

    /** The wait for one partition, from its last look to what comes next. */
    private final class Waiter implements Replica.FetchWaiter {
        private final int index;
        private final Replica replica;
        private final long offset;

        private Waiter(int index) {
            this.index = index;
            this.replica = replicas[index];
            this.offset = seenOffsets[index];
        }

        @Override
        public void wake(Replica woken) {
            context.eventLoop().run(() -> woken(index));
        }
    }

    void start() {
        if (lookOrFail(false)) {
            return;
        }
        waiting = true;
        deadline = context.eventLoop().schedule(request.maxWaitMs, () -> lookOrFail(true));
        context.onClose(this::abandon);
        context.onCrowded(() -> lookOrFail(true));
        waiters = new Waiter[replicas.length];
        for (int i = 0; i < waiters.length; i++) {
            waiters[i] = new Waiter(i);
        }
        // Told that it is done or not, whoever runs this on another loop is followed there by the task that ends the wait.
        forEachOwner(waiter -> {
            if (!done) {
                waiter.replica.await(waiter.offset, waiter);
            }
        });
    }

    /** Does something with each waiter on the loop that owns its partition: one task for each loop, however many partitions it has. */
    private void forEachOwner(Consumer<Waiter> action) {
        Map<EventLoop, List<Waiter>> byOwner = new IdentityHashMap<>();
        for (Waiter waiter : waiters) {
            byOwner.computeIfAbsent(waiter.replica.owner(), owner -> new ArrayList<>()).add(waiter);
        }
        byOwner.forEach((owner, owned) -> owner.run(() -> owned.forEach(action)));
    }

    /** Reads all partitions; answers if that is enough, or if it must. Returns whether it answered. */
    private boolean look(boolean mustAnswer) {
        List<PartitionReader.Read> reads = new ArrayList<>(asked.size());
        try {
            if (!read(reads) && !mustAnswer) {
                reads.forEach(PartitionReader.Read::release);
                return false;
            }
        } catch (RuntimeException | Error e) {
            reads.forEach(PartitionReader.Read::release);
            throw e;
        }
        finish(reads);
        return true;
    }

    /** Returns whether there is enough to answer, or something that must be told now. */
    private boolean read(List<PartitionReader.Read> reads) {
        int bytesLeft = request.maxBytes;
        boolean failed = false;
        allReadableBytes = 0;
        Arrays.fill(readableBytes, 0);
        for (int i = 0; i < replicas.length; i++) {
            PartitionReader.Read read = read(i, bytesLeft, allReadableBytes == 0);
            reads.add(read);
            bytesLeft = (int) Math.max(0, bytesLeft - (long) read.bytes());
            failed |= read.mustBeTold();
        }
        return failed || allReadableBytes >= request.minBytes || request.maxWaitMs <= 0 || asked.isEmpty();
    }

    /** Reads one partition, and counts what there is of it. */
    private PartitionReader.Read read(int index, int bytesLeft, boolean atLeastOne) {
        Replica replica = reader.replica(asked.get(index));
        replicas[index] = replica;
        // Before the read: what comes between the two is then seen by the read, or wakes the fetch.
        seenOffsets[index] = replica == null ? 0 : replica.highWatermark();
        PartitionReader.Read read = reader.read(asked.get(index), replica, bytesLeft, atLeastOne);
        allReadableBytes += read.bytes() - readableBytes[index];
        readableBytes[index] = read.bytes();
        return read;
    }

    /** There may be something new in one partition. It is looked at alone, since a fetch may ask for thousands. */
    private void woken(int index) {
        if (done) {
            return;
        }
        try {
            PartitionReader.Read read = read(index, request.maxBytes, true);
            read.release();
            boolean enough = read.mustBeTold() || allReadableBytes >= request.minBytes;
            if (enough && look(false)) {
                return;
            }
        } catch (RuntimeException | Error e) {
            fail(e);
            return;
        }
        // A partition that was deleted and made again has another replica now.
        Waiter next = new Waiter(index);
        waiters[index] = next;
        next.replica.await(next.offset, next);
    }

    /** Returns whether the fetch is done with. */
    private boolean lookOrFail(boolean mustAnswer) {
        try {
            return done || look(mustAnswer);
        } catch (RuntimeException | Error e) {
            fail(e);
            return true;
        }
    }

    private void fail(Throwable defect) {
        LOG.error("A Fetch could not be answered. This is a defect of the broker; please report it.", defect);
        stopWaiting();
        leaveSession();
        context.disconnect("a Fetch could not be answered");
    }

    /** The connection is gone. An answer that is being prepared is dropped when it is given. */
    private void abandon() {
        if (waiting) {
            stopWaiting();
            leaveSession();
        }
    }

    private void stopWaiting() {
        done = true;
        if (waiting) {
            waiting = false;
            deadline.cancel();
            forEachOwner(waiter -> waiter.replica.cancel(waiter));
        }
    }

    private void leaveSession() {
        if (session != null) {
            session.leave();
        }
    }

    private void finish(List<PartitionReader.Read> reads) {
        stopWaiting();
        boolean oldFormat = MessageSets.neededFor(context.version());
        boolean blocks = false;
        for (PartitionReader.Read read : reads) {
            blocks |= read.slice != null && (oldFormat || !read.slice.likelyCached());
        }
        if (!blocks) {
            answer(reads);
            return;
        }
        if (oldFormat) {
            messageSets.begin(context.eventLoop(), () -> prepare(reads, true, messageSets::done));
        } else {
            prepare(reads, false, () -> {});
        }
    }

    /** Cold pages are read and checked by a worker, so that no bad batch is sent and sending them later does not stop the event loop. */
    private void prepare(List<PartitionReader.Read> reads, boolean oldFormat, Runnable done) {
        workers.of(oldFormat ? Workers.Kind.LOOKUP : Workers.Kind.READ).call(
                () -> {
                    readAll(reads, oldFormat);
                    return null;
                },
                context.eventLoop(),
                (ignored, failure) -> {
                    try {
                        if (failure == null) {
                            answer(reads);
                        } else {
                            reads.forEach(PartitionReader.Read::release);
                            fail(failure);
                        }
                    } finally {
                        done.run();
                    }
                });
    }

    private void readAll(List<PartitionReader.Read> reads, boolean oldFormat) {
        int bytesLeft = request.maxBytes;
        for (PartitionReader.Read read : reads) {
            if (read.slice != null && !read.slice.likelyCached()) {
                read.slice.verify();
            }
            if (read.slice != null && oldFormat && read.slice.error() == ErrorCode.NONE && !read.slice.isEmpty()) {
                if (bytesLeft <= 0) {
                    read.release();
                } else {
                    bytesLeft -= messageSets.convert(read, context.version(), read.replica.highWatermark(), bytesLeft);
                }
            }
        }
    }

    private void answer(List<PartitionReader.Read> reads) {
        FetchResponse response;
        try {
            response = response(reads);
        } catch (RuntimeException | Error e) {
            reads.forEach(PartitionReader.Read::release);
            fail(e);
            return;
        }
        leaveSession();
        context.respond(response);
    }

    /** The slices go with it. */
    private FetchResponse response(List<PartitionReader.Read> reads) {
        FetchResponse response = new FetchResponse();
        response.sessionId = session == null ? 0 : session.id;
        List<FetchPartition> served = new ArrayList<>();
        FetchResponse.FetchableTopicResponse topic = null;
        for (PartitionReader.Read read : reads) {
            FetchPartition partition = read.partition;
            if (incremental && isAsTold(read)) {
                continue;
            }
            FetchResponse.PartitionData data = reader.finish(read);
            boolean hasData = data.records != null && data.records.sizeInBytes() > 0;
            if (hasData) {
                served.add(partition);
            }
            if (incremental && !hasData && !changed(partition, data)) {
                continue;
            }
            partition.toldHighWatermark = data.highWatermark;
            partition.toldLogStartOffset = data.logStartOffset;
            partition.toldError = data.errorCode != ErrorCode.NONE.code();
            if (topic == null || !topic.topic.equals(partition.key.topic()) || !topic.topicId.equals(partition.key.topicId())) {
                topic = new FetchResponse.FetchableTopicResponse();
                topic.topic = partition.key.topic();
                topic.topicId = partition.key.topicId();
                response.responses.add(topic);
            }
            topic.partitions.add(data);
            hintAtLeader(response, topic, data);
        }
        if (session != null) {
            session.readLast(served);
        }
        return response;
    }

    /** Tells a client that came to the wrong broker where to go, so that it need not ask for metadata first (KIP-951). */
    private void hintAtLeader(FetchResponse response, FetchResponse.FetchableTopicResponse topic, FetchResponse.PartitionData data) {
        PartitionLookup.Elsewhere leader = data.errorCode == ErrorCode.NOT_LEADER_OR_FOLLOWER.code() || data.errorCode == ErrorCode.FENCED_LEADER_EPOCH.code()
                ? reader.elsewhere(topic, data.partitionIndex, context.client().listenerName())
                : null;
        if (leader == null || context.version() < FIRST_VERSION_WITH_LEADER_HINTS) {
            return;
        }
        data.currentLeader.leaderId = leader.broker();
        data.currentLeader.leaderEpoch = leader.leaderEpoch();
        if (response.nodeEndpoints.stream().noneMatch(known -> known.nodeId == leader.broker())) {
            FetchResponse.NodeEndpoint node = new FetchResponse.NodeEndpoint();
            node.nodeId = leader.broker();
            node.host = leader.endpoint().host();
            node.port = leader.endpoint().port();
            node.rack = leader.rack();
            response.nodeEndpoints.add(node);
        }
    }

    /** Whether there is nothing to say of a partition, seen before anything is made to say it with: of thousands few have something. */
    private static boolean isAsTold(PartitionReader.Read read) {
        FetchPartition partition = read.partition;
        return read.error == ErrorCode.NONE && read.slice == null && read.converted == null && read.diverging == null && read.preferred < 0
                && !partition.toldError
                && partition.toldHighWatermark == read.replica.highWatermark() && partition.toldLogStartOffset == read.replica.log().logStartOffset();
    }

    private static boolean changed(FetchPartition partition, FetchResponse.PartitionData data) {
        return data.errorCode != ErrorCode.NONE.code()
                || partition.toldError
                || data.highWatermark != partition.toldHighWatermark
                || data.logStartOffset != partition.toldLogStartOffset
                || data.divergingEpoch.epoch >= 0
                || data.preferredReadReplica >= 0;
    }
}
