package io.partita.broker.api.fetch;

import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.replication.PartitionLeader;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fetch from its first look at the partitions to its response. When there is too little to read it waits as an entry at each partition,
 * woken by the append that moves the high watermark, by its deadline, or by the end of its connection. Lives on its connection's event loop; partitions are read from there
 * through what they publish, without a handover to their owners.
 */
final class PendingFetch implements PartitionLeader.FetchWaiter {

    private static final Logger LOG = LoggerFactory.getLogger(PendingFetch.class);

    private static final short FIRST_VERSION_WITH_LEADER_HINTS = 16;

    private final RequestContext context;
    private final FetchRequest request;
    private final PartitionReader reader;
    private final Workers workers;
    private final List<FetchPartition> asked;
    private final FetchSession session;
    private final boolean incremental;

    /** What the last look saw of each partition asked for: its leader, and how far it could be read. */
    private final PartitionLeader[] leaders;
    private final long[] seenOffsets;
    private EventLoop.Timer deadline;
    private boolean waiting;
    private boolean done;

    PendingFetch(
            RequestContext context,
            FetchRequest request,
            PartitionLookup partitions,
            Workers workers,
            List<FetchPartition> asked,
            FetchSession session,
            boolean incremental) {
        this.context = context;
        this.request = request;
        this.workers = workers;
        this.asked = asked;
        this.session = session;
        this.incremental = incremental;
        this.reader = new PartitionReader(context, request, partitions);
        this.leaders = new PartitionLeader[asked.size()];
        this.seenOffsets = new long[asked.size()];
    }

    void start() {
        if (lookOrFail(false)) {
            return;
        }
        waiting = true;
        deadline = context.eventLoop().schedule(request.maxWaitMs, () -> lookOrFail(true));
        context.onClose(this::abandon);
        for (int i = 0; i < leaders.length && !done; i++) {
            await(i);
        }
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
        long bytes = 0;
        boolean failed = false;
        for (int i = 0; i < leaders.length; i++) {
            PartitionLeader leader = reader.leader(asked.get(i));
            leaders[i] = leader;
            // Before the read: what comes between the two is then seen by the read, or wakes the fetch.
            seenOffsets[i] = leader == null ? 0 : leader.highWatermark();
            PartitionReader.Read read = reader.read(asked.get(i), leader, bytesLeft, bytes == 0);
            reads.add(read);
            bytes += read.bytes();
            bytesLeft = (int) Math.max(0, bytesLeft - (long) read.bytes());
            failed |= read.mustBeTold();
        }
        return failed || bytes >= request.minBytes || request.maxWaitMs <= 0 || asked.isEmpty();
    }

    private void await(int index) {
        leaders[index].await(seenOffsets[index], this);
    }

    @Override
    public void wake(PartitionLeader partition) {
        context.eventLoop().run(() -> {
            if (done) {
                return;
            }
            int index = 0;
            while (leaders[index] != partition) {
                index++;
            }
            // A partition that was deleted and made again has another leader after the look.
            if (!lookOrFail(false)) {
                await(index);
            }
        });
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
            for (PartitionLeader leader : leaders) {
                if (leader != null) {
                    leader.cancel(this);
                }
            }
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
        // Cold pages are read and checked by a worker, so that no bad batch is sent and sending them later does not stop the event loop.
        workers.call(
                () -> {
                    prepare(reads, oldFormat);
                    return null;
                },
                context.eventLoop(),
                (ignored, failure) -> {
                    if (failure == null) {
                        answer(reads);
                    } else {
                        reads.forEach(PartitionReader.Read::release);
                        fail(failure);
                    }
                });
    }

    private void prepare(List<PartitionReader.Read> reads, boolean oldFormat) {
        for (PartitionReader.Read read : reads) {
            if (read.slice != null && !read.slice.likelyCached()) {
                read.slice.verify();
            }
            if (read.slice != null && oldFormat && read.slice.error() == ErrorCode.NONE) {
                MessageSets.convert(read, context.version(), read.leader.highWatermark());
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

    private static boolean changed(FetchPartition partition, FetchResponse.PartitionData data) {
        return data.errorCode != ErrorCode.NONE.code()
                || partition.toldError
                || data.highWatermark != partition.toldHighWatermark
                || data.logStartOffset != partition.toldLogStartOffset
                || data.divergingEpoch.epoch >= 0;
    }
}
