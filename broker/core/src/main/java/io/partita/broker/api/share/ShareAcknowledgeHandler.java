package io.partita.broker.api.share;

import io.partita.broker.api.Handler;
import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.Permission;
import io.partita.broker.api.RequestContext;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ShareAcknowledgeRequest;
import io.partita.broker.protocol.message.ShareAcknowledgeResponse;
import io.partita.broker.share.AcknowledgeBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** ShareAcknowledge (key 79), versions 1–2 (KIP-932): what became of records. v2 locks that are renewed (KIP-1222). */
final class ShareAcknowledgeHandler implements Handler<ShareAcknowledgeRequest> {

    private final ShareSessions sessions;
    private final SharePlaces places;

    ShareAcknowledgeHandler(ShareSessions sessions, SharePlaces places) {
        this.sessions = sessions;
        this.places = places;
    }

    @Override
    public void handle(RequestContext context, ShareAcknowledgeRequest request) {
        if (request.groupId == null || request.memberId == null) {
            refuse(context, ErrorCode.INVALID_REQUEST, "GroupId and MemberId must be given.");
            return;
        }
        if (!Permission.SHARE_ACKNOWLEDGE.isGranted(context, request.groupId)) {
            refuse(context, Permission.SHARE_ACKNOWLEDGE.refusal(), null);
            return;
        }
        if (request.shareSessionEpoch == ShareSessions.INITIAL_EPOCH) {
            refuse(context, ErrorCode.INVALID_SHARE_SESSION_EPOCH, "A session begins with ShareFetch.");
            return;
        }
        ShareSessions.Found found = sessions.find(request.groupId, request.memberId, request.shareSessionEpoch);
        if (found.error() != ErrorCode.NONE) {
            refuse(context, found.error(), null);
            return;
        }
        var batches = new LinkedHashMap<ShareSession.Place, List<AcknowledgeBatch>>();
        boolean renews = false;
        for (var topic : request.topics) {
            for (var partition : topic.partitions) {
                List<AcknowledgeBatch> ofPlace = batches.computeIfAbsent(new ShareSession.Place(topic.topicId, partition.partitionIndex),
                        place -> new ArrayList<>());
                for (var batch : partition.acknowledgementBatches) {
                    var one = new AcknowledgeBatch(batch.firstOffset, batch.lastOffset, ShareFetchHandler.types(batch.acknowledgeTypes));
                    renews |= one.renewsAny();
                    ofPlace.add(one);
                }
            }
        }
        if (renews && !request.isRenewAck) {
            refuse(context, ErrorCode.INVALID_REQUEST, "Locks are renewed in requests that say so (IsRenewAck).");
            return;
        }
        ShareSession session = found.session();
        new Answer(context, session, batches).start(request.shareSessionEpoch == ShareSessions.FINAL_EPOCH);
    }

    private static void refuse(RequestContext context, ErrorCode error, String message) {
        var response = new ShareAcknowledgeResponse();
        response.errorCode = error.code();
        response.errorMessage = message;
        context.respond(response);
    }

    private final class Answer {
        private final RequestContext context;
        private final ShareSession session;
        private final Map<ShareSession.Place, List<AcknowledgeBatch>> batches;

        private Answer(RequestContext context, ShareSession session, Map<ShareSession.Place, List<AcknowledgeBatch>> batches) {
            this.context = context;
            this.session = session;
            this.batches = batches;
        }

        void start(boolean isLast) {
            var box = new Acknowledgements[1];
            box[0] = Acknowledgements.give(context, session, batches, places, Permission.SHARE_ACKNOWLEDGE_TOPIC,
                    // Not before it is known what is waited for.
                    () -> context.eventLoop().execute(() -> context.respond(response(box[0].outcomes()))));
            if (isLast) {
                sessions.close(session);
            }
        }

        private ShareAcknowledgeResponse response(Map<ShareSession.Place, ErrorCode> outcomes) {
            var response = new ShareAcknowledgeResponse();
            response.acquisitionLockTimeoutMs = places.partitions().config(session.groupId).lockMillis();
            var topics = new LinkedHashMap<UUID, ShareAcknowledgeResponse.ShareAcknowledgeTopicResponse>();
            outcomes.forEach((place, error) -> {
                var partition = new ShareAcknowledgeResponse.PartitionData();
                partition.partitionIndex = place.partition();
                partition.errorCode = error.code();
                partition.errorMessage = Acknowledgements.message(error);
                topics.computeIfAbsent(place.topicId(), id -> {
                    var topic = new ShareAcknowledgeResponse.ShareAcknowledgeTopicResponse();
                    topic.topicId = id;
                    response.responses.add(topic);
                    return topic;
                }).partitions.add(partition);
                PartitionLookup.Elsewhere leader = error == ErrorCode.NOT_LEADER_OR_FOLLOWER
                        ? places.lookup().elsewhere(place.topicId(), place.partition(), context.client().listenerName())
                        : null;
                if (leader != null) {
                    partition.currentLeader.leaderId = leader.broker();
                    partition.currentLeader.leaderEpoch = leader.leaderEpoch();
                    if (response.nodeEndpoints.stream().noneMatch(known -> known.nodeId == leader.broker())) {
                        var node = new ShareAcknowledgeResponse.NodeEndpoint();
                        node.nodeId = leader.broker();
                        node.host = leader.endpoint().host();
                        node.port = leader.endpoint().port();
                        node.rack = leader.rack();
                        response.nodeEndpoints.add(node);
                    }
                }
            });
            return response;
        }
    }
}
