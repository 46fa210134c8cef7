package io.partita.broker.api.share;

import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.Permission;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ShareFetchRequest;
import io.partita.broker.protocol.message.ShareFetchResponse;
import io.partita.broker.share.AcknowledgeBatch;
import io.partita.broker.share.Acquired;
import io.partita.broker.share.SharePartition;
import io.partita.broker.share.Taken;
import io.partita.broker.share.Taker;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One ShareFetch, from what it acknowledges to its response. It goes from partition to partition and takes what there is; if that is nothing it waits at all
 * of them, and the first that has something gives it. Lives on its connection's event loop; share-partitions are asked on theirs.
 */
final class PendingShareFetch implements Taker {

    /** KIP-1206: the whole batches that the log has, or as many records as asked for. */
    private static final byte RECORD_LIMIT = 1;

    /** So long a fetch of a topic that is not known here waits for others: clients come again at once, and the topic may be just being made. */
    private static final int UNKNOWN_TOPIC_MILLIS = 100;

    private record Asked(ShareSession.Place place, SharePartition partition) {}

    private record Given(Asked from, Taken taken) {}

    private final RequestContext context;
    private final ShareFetchRequest request;
    private final ShareSession session;
    private final SharePlaces places;
    private final Map<ShareSession.Place, List<AcknowledgeBatch>> batches;

    private final List<Asked> asked = new ArrayList<>();
    private final Map<ShareSession.Place, ErrorCode> errors = new LinkedHashMap<>();
    private final List<Given> given = new ArrayList<>();
    private Acknowledgements acknowledgements;
    private boolean isAcknowledged;
    private boolean isFetched;
    private EventLoop.Timer deadline;
    /** While it goes from partition to partition it is one thread's at a time; these then say how much more it may take. */
    private int recordsLeft;
    private int bytesLeft;
    private int bytesMin;
    /** The rules by which it was let in. */
    private final Object allowedIn;
    /** Whether it still wants records; who makes it false gives them, or says that there are none. */
    private final AtomicBoolean open = new AtomicBoolean(true);

    PendingShareFetch(RequestContext context, ShareFetchRequest request, ShareSession session, SharePlaces places,
            Map<ShareSession.Place, List<AcknowledgeBatch>> batches) {
        this.context = context;
        this.request = request;
        this.session = session;
        this.places = places;
        this.batches = batches;
        this.recordsLeft = request.maxRecords;
        this.bytesLeft = request.maxBytes;
        this.bytesMin = request.minBytes;
        this.allowedIn = context.access().version();
    }

    /** @param acknowledged run when all that it acknowledges is with the share-partitions */
    void start(boolean fetches, Runnable acknowledged) {
        acknowledgements = Acknowledgements.give(context, session, batches, places, Permission.SHARE_FETCH_TOPIC,
                () -> context.eventLoop().execute(() -> {
                    isAcknowledged = true;
                    respondIfDone();
                }));
        acknowledged.run();
        if (!fetches) {
            open.set(false);
            isFetched = true;
            respondIfDone();
            return;
        }
        for (ShareSession.Place place : session.next()) {
            SharePlaces.Found found = places.find(context, session, place, Permission.SHARE_FETCH_TOPIC);
            if (found.error() != ErrorCode.NONE) {
                errors.put(place, found.error());
            } else {
                session.uses(place, found.partition());
                asked.add(new Asked(place, found.partition()));
            }
        }
        context.onClose(this::abandon);
        look(0);
    }

    // ---- from partition to partition

    private void look(int index) {
        int at = index;
        while (at < asked.size() && recordsLeft > 0 && bytesLeft > 0) {
            Asked next = asked.get(at);
            if (!next.partition.loop().inEventLoop()) {
                int from = at;
                next.partition.loop().execute(() -> look(from));
                return;
            }
            take(next);
            at++;
        }
        context.eventLoop().run(this::looked);
    }

    private void take(Asked next) {
        Taken taken = next.partition.takeNow(this);
        if (taken != null) {
            given.add(new Given(next, taken));
            recordsLeft -= taken.recordCount();
            bytesLeft -= taken.slice().sizeInBytes();
            // There is something to answer with.
            bytesMin = 0;
        }
    }

    private void looked() {
        if (!open.get()) {
            given.forEach(this::giveBack);
        } else if (!given.isEmpty() || errors.values().stream().anyMatch(error -> !isOfUnknownTopic(error)) || request.maxWaitMs <= 0) {
            open.set(false);
            fetched();
        } else {
            int millis = errors.isEmpty() ? request.maxWaitMs : Math.min(request.maxWaitMs, UNKNOWN_TOPIC_MILLIS);
            deadline = context.eventLoop().schedule(millis, this::waitedLongEnough);
            context.onCrowded(this::waitedLongEnough);
            // An acknowledgement that comes while this waits would be answered behind it.
            context.onNextRequest(this::waitedLongEnough);
            asked.forEach(one -> one.partition.loop().run(() -> one.partition.await(this)));
        }
    }

    private static boolean isOfUnknownTopic(ErrorCode error) {
        return error == ErrorCode.UNKNOWN_TOPIC_ID || error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    }

    // ---- waiting

    private void waitedLongEnough() {
        if (bytesMin > 1 && open.get()) {
            // Less than it would like is better than nothing.
            bytesMin = 0;
            asked.forEach(one -> one.partition.loop().run(() -> {
                one.partition.cancel(this);
                one.partition.await(this);
            }));
            deadline = context.eventLoop().schedule(1, this::waitedLongEnough);
            return;
        }
        if (open.compareAndSet(true, false)) {
            stopWaiting();
            fetched();
        }
    }

    private void stopWaiting() {
        if (deadline != null) {
            deadline.cancel();
        }
        asked.forEach(one -> one.partition.loop().run(() -> one.partition.cancel(this)));
    }

    /** The connection is gone. */
    private void abandon() {
        if (open.compareAndSet(true, false)) {
            stopWaiting();
        }
    }

    @Override
    public boolean give(SharePartition from, Taken taken) {
        if (!open.compareAndSet(true, false)) {
            return false;
        }
        context.eventLoop().run(() -> {
            stopWaiting();
            given.add(new Given(asked.stream().filter(one -> one.partition == from).findFirst().orElseThrow(), taken));
            fetched();
        });
        return true;
    }

    @Override
    public void ended(SharePartition from, ErrorCode why) {
        if (open.compareAndSet(true, false)) {
            context.eventLoop().run(() -> {
                stopWaiting();
                asked.stream().filter(one -> one.partition == from).forEach(one -> errors.put(one.place, why));
                fetched();
            });
        }
    }

    private void giveBack(Given one) {
        one.from.partition.loop().run(() -> one.from.partition.returned(session.memberId, one.taken));
    }

    @Override
    public String memberId() {
        return session.memberId;
    }

    @Override
    public int recordsMax() {
        return recordsLeft;
    }

    @Override
    public boolean isStrict() {
        return request.shareAcquireMode == RECORD_LIMIT;
    }

    @Override
    public int batchSize() {
        return request.batchSize;
    }

    @Override
    public int bytesMax() {
        return bytesLeft;
    }

    @Override
    public int bytesMin() {
        return bytesMin;
    }

    @Override
    public boolean isOpen() {
        return open.get();
    }

    // ---- the answer

    private void fetched() {
        if (context.access().version() != allowedIn) {
            refuseWhatIsNoLongerAllowed();
        }
        isFetched = true;
        respondIfDone();
    }

    /** The rules have changed while it waited, which a client may ask for as long as it likes. */
    private void refuseWhatIsNoLongerAllowed() {
        boolean isGroupAllowed = Permission.SHARE_FETCH.isGranted(context, session.groupId);
        given.removeIf(one -> {
            ErrorCode refusal = isGroupAllowed ? places.refusal(context, one.from.place, Permission.SHARE_FETCH_TOPIC) : ErrorCode.GROUP_AUTHORIZATION_FAILED;
            if (refusal == ErrorCode.NONE) {
                return false;
            }
            giveBack(one);
            errors.put(one.from.place, refusal);
            return true;
        });
    }

    private void respondIfDone() {
        if (isFetched && isAcknowledged) {
            context.respond(response());
        }
    }

    private ShareFetchResponse response() {
        var response = new ShareFetchResponse();
        response.acquisitionLockTimeoutMs = places.partitions().config(session.groupId).lockMillis();
        var parts = new LinkedHashMap<ShareSession.Place, ShareFetchResponse.PartitionData>();
        acknowledgements.outcomes().forEach((place, error) -> {
            ShareFetchResponse.PartitionData part = part(parts, place);
            part.acknowledgeErrorCode = error.code();
            part.acknowledgeErrorMessage = Acknowledgements.message(error);
            hintAtLeader(response, place, part, error);
        });
        errors.forEach((place, error) -> {
            ShareFetchResponse.PartitionData part = part(parts, place);
            part.errorCode = error.code();
            part.errorMessage = Acknowledgements.message(error);
            hintAtLeader(response, place, part, error);
        });
        for (Given one : given) {
            ShareFetchResponse.PartitionData part = part(parts, one.from.place);
            part.records = one.taken.slice();
            one.from.partition.leader().traffic().read(one.taken.slice().sizeInBytes());
            for (Acquired acquired : one.taken.acquired()) {
                var range = new ShareFetchResponse.AcquiredRecords();
                range.firstOffset = acquired.firstOffset();
                range.lastOffset = acquired.lastOffset();
                range.deliveryCount = acquired.deliveryCount();
                part.acquiredRecords.add(range);
            }
        }
        var topics = new LinkedHashMap<UUID, ShareFetchResponse.ShareFetchableTopicResponse>();
        parts.forEach((place, part) -> topics.computeIfAbsent(place.topicId(), id -> {
            var topic = new ShareFetchResponse.ShareFetchableTopicResponse();
            topic.topicId = id;
            response.responses.add(topic);
            return topic;
        }).partitions.add(part));
        return response;
    }

    private static ShareFetchResponse.PartitionData part(Map<ShareSession.Place, ShareFetchResponse.PartitionData> parts, ShareSession.Place place) {
        return parts.computeIfAbsent(place, of -> {
            var part = new ShareFetchResponse.PartitionData();
            part.partitionIndex = of.partition();
            part.records = BufferRecords.EMPTY;
            return part;
        });
    }

    private void hintAtLeader(ShareFetchResponse response, ShareSession.Place place, ShareFetchResponse.PartitionData part, ErrorCode error) {
        PartitionLookup.Elsewhere leader = error == ErrorCode.NOT_LEADER_OR_FOLLOWER
                ? places.lookup().elsewhere(place.topicId(), place.partition(), context.client().listenerName())
                : null;
        if (leader == null) {
            return;
        }
        part.currentLeader.leaderId = leader.broker();
        part.currentLeader.leaderEpoch = leader.leaderEpoch();
        if (response.nodeEndpoints.stream().noneMatch(known -> known.nodeId == leader.broker())) {
            var node = new ShareFetchResponse.NodeEndpoint();
            node.nodeId = leader.broker();
            node.host = leader.endpoint().host();
            node.port = leader.endpoint().port();
            node.rack = leader.rack();
            response.nodeEndpoints.add(node);
        }
    }
}
