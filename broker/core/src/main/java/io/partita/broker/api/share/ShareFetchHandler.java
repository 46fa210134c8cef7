package io.partita.broker.api.share;

import io.partita.broker.api.Handler;
import io.partita.broker.api.Permission;
import io.partita.broker.api.RequestContext;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ShareFetchRequest;
import io.partita.broker.protocol.message.ShareFetchResponse;
import io.partita.broker.share.AcknowledgeBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ShareFetch (key 78), versions 1–2 (KIP-932): records for a member of a share group, and what became of those before. v2 as many as asked for and no more
 * (KIP-1206), locks that are renewed (KIP-1222).
 *
 * <p>Here the request goes into its session; {@link PendingShareFetch} gets the records, and waits.
 */
final class ShareFetchHandler implements Handler<ShareFetchRequest> {

    private final ShareSessions sessions;
    private final SharePlaces places;
    private final int bytesMax;

    /** @param bytesMax of records in one response ({@code fetch.max.bytes}) */
    ShareFetchHandler(ShareSessions sessions, SharePlaces places, int bytesMax) {
        this.sessions = sessions;
        this.places = places;
        this.bytesMax = bytesMax;
    }

    @Override
    public void handle(RequestContext context, ShareFetchRequest request) {
        if (request.groupId == null || request.memberId == null || request.memberId.isEmpty()) {
            refuse(context, ErrorCode.INVALID_REQUEST, "GroupId and MemberId must be given.");
            return;
        }
        if (!Permission.SHARE_FETCH.isGranted(context, request.groupId)) {
            refuse(context, Permission.SHARE_FETCH.refusal(), null);
            return;
        }
        Map<ShareSession.Place, List<AcknowledgeBatch>> batches = new LinkedHashMap<>();
        String problem = acknowledgements(request, batches);
        if (problem != null) {
            refuse(context, ErrorCode.INVALID_REQUEST, problem);
            return;
        }
        ShareSessions.Found found = request.shareSessionEpoch == ShareSessions.INITIAL_EPOCH
                ? sessions.open(request.groupId, request.memberId, context.client())
                : sessions.find(request.groupId, request.memberId, request.shareSessionEpoch);
        if (found.error() != ErrorCode.NONE) {
            refuse(context, found.error(), null);
            return;
        }
        ShareSession session = found.session();
        if (request.shareSessionEpoch == ShareSessions.INITIAL_EPOCH && context.client().isPassing()) {
            watch(context, session, Math.max(0, request.maxWaitMs));
        }
        boolean isLast = request.shareSessionEpoch == ShareSessions.FINAL_EPOCH;
        if (!isLast && !add(request, session)) {
            refuse(context, ErrorCode.INVALID_REQUEST, "A share session has " + ShareSession.PARTITIONS_MAX + " partitions at most.");
            return;
        }
        request.maxBytes = Math.min(Math.min(request.maxBytes, bytesMax), context.budget().fetchBytesMax());
        request.minBytes = Math.min(request.minBytes, request.maxBytes);
        boolean fetches = !isLast && !request.isRenewAck && request.maxRecords > 0 && request.maxBytes > 0;
        new PendingShareFetch(context, request, session, places, batches).start(fetches, () -> {
            request.forgottenTopicsData.forEach(topic -> topic.partitions
                    .forEach(partition -> session.remove(new ShareSession.Place(topic.topicId, partition))));
            if (isLast) {
                sessions.close(session);
            }
        });
    }

    /** No connection tells when who has no connection is gone: his session ends when nothing came of him for as long as his locks last. */
    private void watch(RequestContext context, ShareSession session, int waitMillis) {
        context.eventLoop().schedule(waitMillis + places.partitions().config(session.groupId).lockMillis(), () -> {
            if (session.wasUsed()) {
                watch(context, session, 0);
            } else if (!session.isEnded()) {
                sessions.close(session);
            }
        });
    }

    private static boolean add(ShareFetchRequest request, ShareSession session) {
        for (var topic : request.topics) {
            for (var partition : topic.partitions) {
                if (!session.add(new ShareSession.Place(topic.topicId, partition.partitionIndex))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Null when they are in order. */
    private static String acknowledgements(ShareFetchRequest request, Map<ShareSession.Place, List<AcknowledgeBatch>> batches) {
        boolean renews = false;
        for (var topic : request.topics) {
            for (var partition : topic.partitions) {
                if (partition.acknowledgementBatches.isEmpty()) {
                    continue;
                }
                List<AcknowledgeBatch> ofPlace = batches.computeIfAbsent(new ShareSession.Place(topic.topicId, partition.partitionIndex),
                        place -> new ArrayList<>());
                for (var batch : partition.acknowledgementBatches) {
                    var one = new AcknowledgeBatch(batch.firstOffset, batch.lastOffset, types(batch.acknowledgeTypes));
                    renews |= one.renewsAny();
                    ofPlace.add(one);
                }
            }
        }
        if (request.shareSessionEpoch == ShareSessions.INITIAL_EPOCH && !batches.isEmpty()) {
            return "The request that begins a session acknowledges nothing.";
        }
        return renews && !request.isRenewAck ? "Locks are renewed in requests that say so (IsRenewAck)." : null;
    }

    static byte[] types(List<Byte> types) {
        byte[] bytes = new byte[types.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = types.get(i);
        }
        return bytes;
    }

    private static void refuse(RequestContext context, ErrorCode error, String message) {
        var response = new ShareFetchResponse();
        response.errorCode = error.code();
        response.errorMessage = message;
        context.respond(response);
    }
}
