package io.partita.broker.api.fetch;

import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fetch from its first look at the partitions to its response. When there is too little to read it waits as an entry at each partition,
 * woken by the append that moves the high watermark, or by its deadline. Lives on its connection's event loop; partitions are read from there
 * through what they publish, without a handover to their owners.
 */
final class PendingFetch implements PartitionLeader.FetchWaiter {

    private static final Logger LOG = LoggerFactory.getLogger(PendingFetch.class);

    private final RequestContext context;
    private final FetchRequest request;
    private final PartitionReader reader;
    private final Partitions partitions;
    private final Workers workers;
    private final List<FetchPartition> asked;
    private final FetchSession session;
    private final boolean incremental;

    private final List<PartitionLeader> awaited = new ArrayList<>();
    private EventLoop.Timer deadline;
    private boolean looking;
    private boolean done;

    PendingFetch(
            RequestContext context,
            FetchRequest request,
            Partitions partitions,
            Workers workers,
            List<FetchPartition> asked,
            FetchSession session,
            boolean incremental) {
        this.context = context;
        this.request = request;
        this.partitions = partitions;
        this.workers = workers;
        this.asked = asked;
        this.session = session;
        this.incremental = incremental;
        this.reader = new PartitionReader(context, request, partitions);
    }

    void start() {
        if (!look(false) && !done) {
            deadline = context.eventLoop().schedule(request.maxWaitMs, () -> {
                deadline = null;
                look(true);
            });
            awaitData();
        }
    }

    /** Reads all partitions; answers if that is enough, or if it must. Returns whether it answered. */
    private boolean look(boolean mustAnswer) {
        if (done) {
            return true;
        }
        List<PartitionReader.Read> reads = new ArrayList<>(asked.size());
        int bytesLeft = request.maxBytes;
        long bytes = 0;
        boolean failed = false;
        for (FetchPartition partition : asked) {
            PartitionReader.Read read = reader.read(partition, bytesLeft, bytes == 0);
            reads.add(read);
            bytes += read.bytes();
            bytesLeft = (int) Math.max(0, bytesLeft - (long) read.bytes());
            failed |= read.mustBeTold();
        }
        if (mustAnswer || failed || bytes >= request.minBytes || request.maxWaitMs <= 0 || asked.isEmpty()) {
            finish(reads);
            return true;
        }
        reads.forEach(PartitionReader.Read::release);
        return false;
    }

    private void awaitData() {
        for (FetchPartition partition : asked) {
            PartitionLeader leader = reader.leader(partition);
            if (leader != null && !done) {
                awaited.add(leader);
                leader.await(Math.max(partition.fetchOffset, leader.highWatermark()), this);
            }
        }
    }

    @Override
    public void wake(PartitionLeader partition) {
        context.eventLoop().run(() -> {
            if (done || looking) {
                return;
            }
            looking = true;
            boolean answered = look(false);
            looking = false;
            if (!answered) {
                partition.await(partition.highWatermark(), this);
            }
        });
    }

    private void finish(List<PartitionReader.Read> reads) {
        done = true;
        if (deadline != null) {
            deadline.cancel();
        }
        for (PartitionLeader leader : awaited) {
            leader.cancel(this);
        }
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
                    if (failure != null) {
                        LOG.error("Preparing the answer to a Fetch failed. This is a defect of the broker; please report it.", failure);
                        reads.forEach(PartitionReader.Read::release);
                        context.respondNothing();
                        context.disconnect("a Fetch could not be answered");
                        return;
                    }
                    answer(reads);
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
        }
        if (session != null) {
            session.readLast(served);
        }
        context.respond(response);
    }

    private static boolean changed(FetchPartition partition, FetchResponse.PartitionData data) {
        return data.errorCode != ErrorCode.NONE.code()
                || partition.toldError
                || data.highWatermark != partition.toldHighWatermark
                || data.logStartOffset != partition.toldLogStartOffset
                || data.divergingEpoch.epoch >= 0;
    }
}
