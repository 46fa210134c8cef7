package io.partita.broker.api;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.DeleteTopicsRequest;
import io.partita.broker.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.partita.broker.protocol.message.DeleteTopicsResponse;
import io.partita.broker.protocol.message.DeleteTopicsResponse.DeletableTopicResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * DeleteTopics (key 20), versions 0-6. A topic is gone for clients when this is answered; its files go away later.
 *
 * <pre>
 * v3  TOPIC_DELETION_DISABLED is known
 * v5  error messages, THROTTLING_QUOTA_EXCEEDED is known (KIP-599)
 * v6  topics by id, too (KIP-516)
 * </pre>
 */
final class DeleteTopicsHandler implements Handler<DeleteTopicsRequest> {

    private static final int FIRST_VERSION_WITH_QUOTA = 5;

    private final ClusterConfig cluster;

    DeleteTopicsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, DeleteTopicsRequest request) {
        ClusterImage image = cluster.image();
        List<DeleteTopicState> asked = context.version() >= 6 ? request.topics : states(request.topicNames);
        DeleteTopicsResponse response = new DeleteTopicsResponse();
        boolean disabled = !cluster.broker(image).booleanValue("delete.topic.enable");
        Set<UUID> meantTwice = meantTwice(asked, image);
        MutationQuota quota = new MutationQuota(context, FIRST_VERSION_WITH_QUOTA, false);
        List<TopicSelector> topics = new ArrayList<>();
        List<DeletableTopicResult> pending = new ArrayList<>();
        Set<Object> answered = new HashSet<>();
        for (DeleteTopicState state : asked) {
            boolean byId = !state.topicId.equals(Message.ZERO_UUID);
            TopicImage topic = byId ? image.topic(state.topicId) : state.name == null ? null : image.topic(state.name);
            boolean ambiguous = topic != null && meantTwice.contains(topic.id());
            if ((byId || state.name != null) && !answered.add(ambiguous ? topic.id() : byId ? state.topicId : state.name)) {
                // Named before; a second answer would contradict the first.
                continue;
            }
            DeletableTopicResult result = new DeletableTopicResult();
            result.name = state.name;
            result.topicId = state.topicId;
            response.responses.add(result);
            String name = topic == null ? state.name : topic.name();
            if (name != null && !Permission.DELETE_TOPICS.isGranted(context, name)) {
                refuse(result, Permission.DELETE_TOPICS.refusal(), "Authorization failed.");
            } else if (disabled) {
                refuse(result, context.version() < 3 ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED,
                        "Topics cannot be deleted: the broker was started with delete.topic.enable=false.");
            } else if (byId && state.name != null) {
                refuse(result, ErrorCode.INVALID_REQUEST, "A topic is meant either by its name or by its id: give one of them.");
            } else if (!byId && state.name == null) {
                refuse(result, ErrorCode.INVALID_REQUEST, "A topic to delete is given neither by name nor by id.");
            } else if (ambiguous) {
                refuse(result, ErrorCode.INVALID_REQUEST, "Topic '" + topic.name() + "' is named more than once in one request: name it once.");
            } else if (topic != null && !quota.admits(topic.partitions().size())) {
                refuse(result, MutationQuota.EXCEEDED, MutationQuota.WHY_EXCEEDED);
            } else {
                topics.add(byId ? TopicSelector.byId(state.topicId) : TopicSelector.byName(state.name));
                pending.add(result);
            }
        }
        if (topics.isEmpty()) {
            context.respond(response);
            return;
        }
        TimedAnswer.give(context, cluster.store().deleteTopics(topics), request.timeoutMs,
                results -> {
                    fill(pending, results);
                    return response;
                },
                (error, reason) -> {
                    pending.forEach(result -> refuse(result, error, reason));
                    return response;
                });
    }

    private static List<DeleteTopicState> states(List<String> names) {
        List<DeleteTopicState> states = new ArrayList<>(names.size());
        for (String name : names) {
            DeleteTopicState state = new DeleteTopicState();
            state.name = name;
            states.add(state);
        }
        return states;
    }

    /** The topics that are meant more than once, by whatever names and ids. */
    private static Set<UUID> meantTwice(List<DeleteTopicState> asked, ClusterImage image) {
        Map<UUID, Integer> counts = new HashMap<>();
        for (DeleteTopicState state : asked) {
            boolean byId = !state.topicId.equals(Message.ZERO_UUID);
            if (byId == (state.name == null)) {
                TopicImage topic = byId ? image.topic(state.topicId) : image.topic(state.name);
                if (topic != null) {
                    counts.merge(topic.id(), 1, Integer::sum);
                }
            }
        }
        counts.values().removeIf(count -> count == 1);
        return counts.keySet();
    }

    private static void fill(List<DeletableTopicResult> pending, List<Result<TopicImage>> results) {
        for (int i = 0; i < pending.size(); i++) {
            Result<TopicImage> result = results.get(i);
            if (result.isDone()) {
                pending.get(i).name = result.value().name();
                pending.get(i).topicId = result.value().id();
            } else {
                refuse(pending.get(i), result.error(), result.message());
            }
        }
    }

    private static void refuse(DeletableTopicResult result, ErrorCode error, String message) {
        result.errorCode = error.code();
        result.errorMessage = message;
    }
}
