package io.partita.broker.api.fetch;

import io.partita.broker.api.Handler;
import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.RequestContext;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Fetch (key 1), versions 0–18. v0–3 are answered in the old message formats; v4 isolation level; v7 sessions (KIP-227); v9 leader epochs
 * (KIP-320); v10 zstd; v11 rack, by which a leader sends consumers to a follower near them (KIP-392); v12 last fetched epoch and divergence; v13 topic
 * ids; v16 leader hints (KIP-951); v17 and v18 concern followers.
 *
 * <p>Here the request is turned into a list of partitions, with the help of its session; {@link PendingFetch} reads them and waits.
 */
public final class FetchHandler implements Handler<FetchRequest> {

    /** Session epochs with a meaning of their own (KIP-227). */
    private static final int INITIAL_EPOCH = 0;
    private static final int FINAL_EPOCH = -1;

    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

    private final PartitionLookup partitions;
    private final FetchSessions sessions;
    private final Workers workers;
    private final Clock clock;
    private final MessageSets messageSets;
    private final int maxBytes;

    /** @param memory what sessions and records in the formats of old clients may take of it */
    public FetchHandler(PartitionLookup partitions, Workers workers, Clock clock, Entropy entropy, BrokerConfig config, MemoryBudget memory) {
        this.partitions = partitions;
        this.workers = workers;
        this.clock = clock;
        this.messageSets = new MessageSets(memory.conversions());
        this.sessions = new FetchSessions(clock, entropy, config.intValue("max.incremental.fetch.session.cache.slots"), memory.fetchSessions());
        this.maxBytes = config.intValue("fetch.max.bytes");
    }

    @Override
    public void handle(RequestContext context, FetchRequest request) {
        request.maxBytes = Math.min(Math.min(request.maxBytes, maxBytes), context.budget().fetchBytesMax());
        if (MessageSets.neededFor(context.version())) {
            request.maxBytes = Math.min(request.maxBytes, messageSets.responseBytesMax());
        }
        // More than is given can never be there: Kafka clamps, too, rather than wait for it in vain.
        request.minBytes = Math.min(request.minBytes, request.maxBytes);
        if (request.sessionEpoch == INITIAL_EPOCH || request.sessionEpoch == FINAL_EPOCH) {
            if (request.sessionId != 0) {
                sessions.close(request.sessionId);
            }
            full(context, request);
        } else {
            incremental(context, request);
        }
    }

    private void full(RequestContext context, FetchRequest request) {
        List<FetchPartition> asked = new ArrayList<>();
        for (FetchRequest.FetchTopic topic : request.topics) {
            for (FetchRequest.FetchPartition partition : topic.partitions) {
                asked.add(new FetchPartition(new FetchPartition.Key(topic.topic, topic.topicId, partition.partition), partition));
            }
        }
        boolean wantsSession = context.version() >= 7 && request.sessionEpoch == INITIAL_EPOCH && !asked.isEmpty();
        FetchSession session = wantsSession ? sessions.open(context.version() >= FIRST_VERSION_WITH_TOPIC_IDS, asked) : null;
        new PendingFetch(context, request, partitions, workers, messageSets, asked, session, false).start();
    }

    private void incremental(RequestContext context, FetchRequest request) {
        FetchSession session = sessions.find(request.sessionId);
        if (session == null) {
            refuse(context, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
        } else if (!session.enter(request.sessionEpoch, clock.monotonicMillis())) {
            refuse(context, ErrorCode.INVALID_FETCH_SESSION_EPOCH);
        } else if (session.usesTopicIds != context.version() >= FIRST_VERSION_WITH_TOPIC_IDS) {
            sessions.close(session.id);
            refuse(context, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
        } else {
            session.update(request);
            if (!sessions.count(session)) {
                refuse(context, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
                return;
            }
            new PendingFetch(context, request, partitions, workers, messageSets, session.partitions(), session, true).start();
        }
    }

    private static void refuse(RequestContext context, ErrorCode code) {
        FetchResponse response = new FetchResponse();
        response.errorCode = code.code();
        context.respond(response);
    }

}
