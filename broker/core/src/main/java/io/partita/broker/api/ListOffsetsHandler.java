package io.partita.broker.api;

import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.log.TimestampOffset;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ListOffsets (key 2), versions 0–11. v0 answers with a list of offsets; v2 isolation level; v4 leader epochs; v7 the offset of the largest
 * timestamp (-3, KIP-734); v8 earliest local offset (-4); v9 latest tiered offset (-5); v11 earliest pending upload (-6). There is no tiered
 * storage, so -4 is the log's start, and -5 and -6 have none.
 *
 * <p>Ends of the log are answered at once. A look-up by time reads the log and may block, so it is done by a worker.
 */
final class ListOffsetsHandler implements Handler<ListOffsetsRequest> {

    private static final short FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE = 5;
    private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsHandler.class);

    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long MAX_TIMESTAMP = -3;
    private static final long EARLIEST_LOCAL = -4;
    private static final long LATEST_TIERED = -5;
    private static final long EARLIEST_PENDING_UPLOAD = -6;

    private static final byte READ_COMMITTED = 1;

    private final PartitionLookup partitions;
    private final Workers workers;

    ListOffsetsHandler(PartitionLookup partitions, Workers workers) {
        this.partitions = partitions;
        this.workers = workers;
    }

    @Override
    public void handle(RequestContext context, ListOffsetsRequest request) {
        if (readsLogs(request)) {
            BlockingAnswer.give(context, workers.of(Workers.Kind.LOOKUP), () -> answer(context, request));
        } else {
            answer(context, request);
        }
    }

    private boolean readsLogs(ListOffsetsRequest request) {
        for (ListOffsetsRequest.ListOffsetsTopic topic : request.topics) {
            for (ListOffsetsRequest.ListOffsetsPartition partition : topic.partitions) {
                if (partition.timestamp >= 0 || partition.timestamp == MAX_TIMESTAMP || mayBlock(topic.name, partition)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Where a log begins whose records expire exactly is known after a look at those that may have, and its epochs once it is open. */
    private boolean mayBlock(String topic, ListOffsetsRequest.ListOffsetsPartition partition) {
        PartitionLeader leader = partition.timestamp == LATEST ? null : partitions.find(topic, partition.partitionIndex);
        return leader != null && (!leader.log().isLoaded() || leader.log().config().expireExactly());
    }

    private void answer(RequestContext context, ListOffsetsRequest request) {
        ListOffsetsResponse response = new ListOffsetsResponse();
        for (ListOffsetsRequest.ListOffsetsTopic topic : request.topics) {
            var topicAnswer = new ListOffsetsResponse.ListOffsetsTopicResponse();
            topicAnswer.name = topic.name;
            response.topics.add(topicAnswer);
            boolean isAllowed = Permission.LIST_OFFSETS.isGranted(context, topic.name);
            for (ListOffsetsRequest.ListOffsetsPartition partition : topic.partitions) {
                var answer = new ListOffsetsResponse.ListOffsetsPartitionResponse();
                answer.partitionIndex = partition.partitionIndex;
                PartitionLeader leader = partitions.find(topic.name, partition.partitionIndex);
                ErrorCode error = isAllowed
                        ? partitions.check(leader, topic.name, partition.partitionIndex, partition.currentLeaderEpoch)
                        : Permission.LIST_OFFSETS.refusal();
                if (error == ErrorCode.NONE) {
                    error = look(leader, request, partition.timestamp, context.version(), answer);
                }
                answer.errorCode = error.code();
                topicAnswer.partitions.add(answer);
            }
        }
        context.respond(response);
    }

    private ErrorCode look(
            PartitionLeader leader,
            ListOffsetsRequest request,
            long timestamp,
            short version,
            ListOffsetsResponse.ListOffsetsPartitionResponse answer) {
        PartitionLog log = leader.log();
        if ((timestamp == LATEST || timestamp >= 0) && !leader.knowsWhatIsCommitted()) {
            // Less than the leader before has shown would be an end that goes back (KIP-207).
            return version >= FIRST_VERSION_WITH_OFFSET_NOT_AVAILABLE ? ErrorCode.OFFSET_NOT_AVAILABLE : ErrorCode.LEADER_NOT_AVAILABLE;
        }
        // Also for who claims to be a replica: anybody can, and what is not committed is for nobody to see.
        long end = request.isolationLevel == READ_COMMITTED ? leader.lastStableOffset() : leader.highWatermark();
        try {
            TimestampOffset found = find(log, timestamp, end, version);
            if (found == null) {
                return ErrorCode.UNSUPPORTED_VERSION;
            }
            answer.timestamp = found.timestamp();
            answer.offset = found.offset();
            if (found.offset() >= 0) {
                if (version == 0) {
                    answer.oldStyleOffsets.add(found.offset());
                }
                answer.leaderEpoch = timestamp == LATEST ? leader.leaderEpoch() : log.leaderEpochs().epochOf(found.offset());
            }
            return ErrorCode.NONE;
        } catch (IOException e) {
            LOG.error("Looking up an offset of {} failed: {}. The client is told KAFKA_STORAGE_ERROR.", leader, Failures.said(e), Failures.defect(e));
            return ErrorCode.KAFKA_STORAGE_ERROR;
        }
    }

    /** What a request's timestamp stands for, {@link TimestampOffset#NONE} when the log has no such record, null when the version has no such timestamp. */
    private static TimestampOffset find(PartitionLog log, long timestamp, long end, short version) throws IOException {
        if (timestamp == LATEST) {
            return new TimestampOffset(-1, end);
        }
        if (timestamp == EARLIEST || timestamp == EARLIEST_LOCAL && version >= 8) {
            // Where expiry is exact, what has expired by now is no longer there.
            log.expireAllRecords(end);
            return new TimestampOffset(-1, log.logStartOffset());
        }
        if (timestamp == LATEST_TIERED && version >= 9 || timestamp == EARLIEST_PENDING_UPLOAD && version >= 11) {
            return TimestampOffset.NONE;
        }
        if (timestamp >= 0) {
            return log.lookupByTimestamp(timestamp, end);
        }
        if (timestamp == MAX_TIMESTAMP && version >= 7) {
            TimestampOffset largest = log.maxTimestampOffset();
            return largest.offset() < end ? largest : TimestampOffset.NONE;
        }
        return null;
    }
}
