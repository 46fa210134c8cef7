package io.partita.broker.api.fetch;

import io.netty.buffer.Unpooled;
import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.Permission;
import io.partita.broker.api.RequestContext;
import io.partita.broker.log.AbortedTransaction;
import io.partita.broker.log.EpochCache;
import io.partita.broker.log.LogSlice;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Records;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.replication.FollowingReplica;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Replica;
import io.partita.broker.security.Access;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads single partitions for one fetch: finds the replica, checks epochs and offsets, takes a slice of the log. Touches no record. */
final class PartitionReader {

    private static final Records NO_RECORDS = new BufferRecords(Unpooled.EMPTY_BUFFER);
    private static final byte READ_COMMITTED = 1;
    private static final short FIRST_VERSION_WITH_RACKS = 11;
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

    /** What one look at one partition gave. {@code slice} is null when there is nothing to read. */
    static final class Read {
        final FetchPartition partition;
        final Replica replica;
        ErrorCode error;
        LogSlice slice;
        /** In place of the slice for clients that read message sets. */
        Records converted;
        EpochCache.EpochEndOffset diverging;
        /** The broker that the client had better read from, -1 for none. */
        int preferred = -1;

        private Read(FetchPartition partition, Replica replica, ErrorCode error) {
            this.partition = partition;
            this.replica = replica;
            this.error = error;
        }

        int bytes() {
            return slice == null ? 0 : slice.sizeInBytes();
        }

        /** Whether the fetch has to be answered now, data or not. */
        boolean mustBeTold() {
            return error != ErrorCode.NONE || diverging != null || preferred >= 0;
        }

        void release() {
            if (slice != null) {
                slice.release();
                slice = null;
            }
        }
    }

    private final RequestContext context;
    private final PartitionLookup partitions;
    private final boolean byId;
    private final boolean mayBeFollower;
    private final String rack;
    private final boolean asReplica;
    private final boolean readCommitted;

    PartitionReader(RequestContext context, FetchRequest request, PartitionLookup partitions) {
        this.context = context;
        this.partitions = partitions;
        this.mayBeFollower = context.version() >= FIRST_VERSION_WITH_RACKS;
        this.rack = mayBeFollower ? request.rackId : "";
        this.asReplica = request.replicaId >= 0 || request.replicaState.replicaId >= 0;
        this.byId = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
        this.readCommitted = request.isolationLevel == READ_COMMITTED;
    }

    /** The leader, or for clients that may read from followers whichever replica is here; {@code null} for none. */
    Replica replica(FetchPartition partition) {
        FetchPartition.Key key = partition.key;
        PartitionLeader leader = byId ? partitions.find(key.topicId(), key.partition()) : partitions.find(key.topic(), key.partition());
        if (leader != null || !mayBeFollower) {
            return leader;
        }
        return byId ? partitions.followed(key.topicId(), key.partition()) : partitions.followed(key.topic(), key.partition());
    }

    /** Whether a follower in the client's rack is to be read from instead of this leader (KIP-392). */
    private boolean isBetterReadElsewhere(Read read) {
        if (rack.isEmpty() || !(read.replica instanceof PartitionLeader leader)) {
            return false;
        }
        read.preferred = partitions.preferredReplica(leader, rack, context.client().listenerName());
        return read.preferred >= 0;
    }

    /** The broker to go to instead of this one, {@code null} when there is none. */
    PartitionLookup.Elsewhere elsewhere(FetchResponse.FetchableTopicResponse topic, int partition, String listener) {
        return byId ? partitions.elsewhere(topic.topicId, partition, listener) : partitions.elsewhere(topic.topic, partition, listener);
    }

    /**
     * @param replica what {@link #replica} has given
     * @param atLeastOne whether the first batch is to be given even when it is larger than allowed
     */
    Read read(FetchPartition partition, Replica replica, int bytesLeft, boolean atLeastOne) {
        if (!isAllowed(partition)) {
            return new Read(partition, replica, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        }
        FetchPartition.Key key = partition.key;
        ErrorCode error = byId
                ? partitions.check(replica, key.topicId(), key.partition(), partition.currentLeaderEpoch)
                : partitions.check(replica, key.topic(), key.partition(), partition.currentLeaderEpoch);
        Read read = new Read(partition, replica, error);
        try {
            if (error != ErrorCode.NONE || diverges(read)) {
                return read;
            }
        } catch (IOException e) {
            read.error = ErrorCode.KAFKA_STORAGE_ERROR;
            return read;
        }
        long end = readCommitted ? replica.lastStableOffset() : replica.highWatermark();
        long offset = partition.fetchOffset;
        if (offset < replica.log().logStartOffset() || offset > replica.log().logEndOffset()) {
            // What a follower does not have its leader may have.
            boolean isAhead = replica instanceof FollowingReplica && offset > replica.log().logEndOffset();
            read.error = isAhead ? ErrorCode.OFFSET_NOT_AVAILABLE : ErrorCode.OFFSET_OUT_OF_RANGE;
        } else if (isBetterReadElsewhere(read)) {
            return read;
        } else if (offset < end && (bytesLeft > 0 || atLeastOne)) {
            LogSlice slice = replica.log().read(offset, Math.min(partition.maxBytes, bytesLeft), end, atLeastOne);
            if (slice.error() != ErrorCode.NONE) {
                read.error = slice.error();
                slice.release();
            } else if (slice.isEmpty()) {
                slice.release();
            } else {
                read.slice = slice;
            }
        }
        return read;
    }

    /** Asks once for each partition of a session and set of rules: a consumer may ask for thousands of partitions with each request. */
    private boolean isAllowed(FetchPartition partition) {
        Access access = context.access();
        if (!access.isRestricted()) {
            return true;
        }
        if (asReplica) {
            return Permission.FETCH_AS_REPLICA.isGranted(context);
        }
        Object version = access.version();
        if (partition.allowedIn == version) {
            return true;
        }
        String topic = byId ? partitions.nameOf(partition.key.topicId()) : partition.key.topic();
        if (topic == null) {
            // Of an id that there is not, nobody learns anything.
            return true;
        }
        if (!Permission.FETCH.isGranted(context, topic)) {
            return false;
        }
        partition.allowedIn = version;
        return true;
    }

    /** Whether the client's log has parted from this one (KIP-595 for clients: it says which epoch its last record is of). */
    private static boolean diverges(Read read) throws IOException {
        int epoch = read.partition.lastFetchedEpoch;
        if (epoch < 0) {
            return false;
        }
        EpochCache.EpochEndOffset end = read.replica.endOfEpoch(epoch);
        if (end.epoch() < epoch || end.endOffset() < read.partition.fetchOffset) {
            read.diverging = end;
            return true;
        }
        return false;
    }

    /** The partition's part of the response; the slice goes with it. */
    FetchResponse.PartitionData finish(Read read) {
        if (read.slice != null && read.slice.error() != ErrorCode.NONE) {
            read.error = read.slice.error();
            read.release();
        } else if (read.slice != null && read.slice.isEmpty()) {
            read.release();
        }
        FetchResponse.PartitionData data = new FetchResponse.PartitionData();
        data.partitionIndex = read.partition.key.partition();
        data.abortedTransactions = readCommitted && read.slice != null ? aborted(read) : null;
        data.errorCode = read.error.code();
        data.highWatermark = -1;
        data.lastStableOffset = -1;
        data.logStartOffset = -1;
        if (read.replica != null && (read.error == ErrorCode.NONE || read.error == ErrorCode.OFFSET_OUT_OF_RANGE)) {
            data.highWatermark = read.replica.highWatermark();
            data.lastStableOffset = read.replica.lastStableOffset();
            data.logStartOffset = read.replica.log().logStartOffset();
        }
        data.preferredReadReplica = read.preferred;
        if (read.diverging != null) {
            data.divergingEpoch.epoch = read.diverging.epoch();
            data.divergingEpoch.endOffset = read.diverging.endOffset();
        }
        data.records = MessageSets.recordsOf(read, NO_RECORDS);
        if (data.records.sizeInBytes() > 0) {
            read.replica.traffic().read(data.records.sizeInBytes());
        }
        return data;
    }

    private static List<FetchResponse.AbortedTransaction> aborted(Read read) {
        List<FetchResponse.AbortedTransaction> list = new ArrayList<>(0);
        try {
            for (AbortedTransaction transaction : read.replica.log().abortedTransactions(read.partition.fetchOffset, read.replica.lastStableOffset())) {
                FetchResponse.AbortedTransaction aborted = new FetchResponse.AbortedTransaction();
                aborted.producerId = transaction.producerId();
                aborted.firstOffset = transaction.firstOffset();
                list.add(aborted);
            }
        } catch (IOException e) {
            // Without the list a consumer would take aborted records for committed ones.
            read.error = ErrorCode.KAFKA_STORAGE_ERROR;
            read.release();
        }
        return list;
    }
}
