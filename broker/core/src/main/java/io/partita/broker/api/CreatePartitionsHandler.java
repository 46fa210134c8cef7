package io.partita.broker.api;

import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreatePartitionsRequest;
import io.partita.broker.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.partita.broker.protocol.message.CreatePartitionsResponse;
import io.partita.broker.protocol.message.CreatePartitionsResponse.CreatePartitionsTopicResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** CreatePartitions (key 37), versions 0-3 (KIP-195): gives topics more partitions. v3 THROTTLING_QUOTA_EXCEEDED is known (KIP-599). */
final class CreatePartitionsHandler implements Handler<CreatePartitionsRequest> {

    private static final int FIRST_VERSION_WITH_QUOTA = 3;

    private final ClusterConfig cluster;

    CreatePartitionsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, CreatePartitionsRequest request) {
        CreatePartitionsResponse response = new CreatePartitionsResponse();
        Map<String, List<CreatePartitionsTopic>> byName = new LinkedHashMap<>();
        for (CreatePartitionsTopic topic : request.topics) {
            byName.computeIfAbsent(topic.name, name -> new ArrayList<>(1)).add(topic);
        }
        MutationQuota quota = new MutationQuota(context, FIRST_VERSION_WITH_QUOTA, request.validateOnly);
        List<NewPartitions> additions = new ArrayList<>();
        List<CreatePartitionsTopicResult> pending = new ArrayList<>();
        for (List<CreatePartitionsTopic> same : byName.values()) {
            CreatePartitionsTopic topic = same.getFirst();
            CreatePartitionsTopicResult result = new CreatePartitionsTopicResult();
            result.name = topic.name;
            response.results.add(result);
            if (!Permission.CREATE_PARTITIONS.isGranted(context, topic.name)) {
                refuse(result, Permission.CREATE_PARTITIONS.refusal(), "Authorization failed.");
            } else if (same.size() > 1) {
                refuse(result, ErrorCode.INVALID_REQUEST, "Topic '" + topic.name + "' is named " + same.size() + " times in one request: name it once.");
            } else if (!quota.admits(more(topic))) {
                refuse(result, MutationQuota.EXCEEDED, MutationQuota.WHY_EXCEEDED);
            } else {
                additions.add(addition(topic));
                pending.add(result);
            }
        }
        if (additions.isEmpty()) {
            context.respond(response);
            return;
        }
        TimedAnswer.give(context, cluster.store().createPartitions(additions, request.validateOnly), request.timeoutMs,
                results -> {
                    fill(pending, results);
                    return response;
                },
                (error, reason) -> {
                    pending.forEach(result -> refuse(result, error, reason));
                    return response;
                });
    }

    private int more(CreatePartitionsTopic topic) {
        TopicImage known = cluster.image().topic(topic.name);
        return known == null ? 0 : Math.max(0, topic.count - known.partitions().size());
    }

    private static NewPartitions addition(CreatePartitionsTopic topic) {
        // An empty list comes from clients that cannot say null.
        if (topic.assignments == null || topic.assignments.isEmpty()) {
            return new NewPartitions(topic.name, topic.count, null);
        }
        List<List<Integer>> assignment = new ArrayList<>(topic.assignments.size());
        topic.assignments.forEach(one -> assignment.add(one.brokerIds));
        return new NewPartitions(topic.name, topic.count, assignment);
    }

    private static void fill(List<CreatePartitionsTopicResult> pending, List<Result<TopicImage>> results) {
        for (int i = 0; i < pending.size(); i++) {
            if (!results.get(i).isDone()) {
                refuse(pending.get(i), results.get(i).error(), results.get(i).message());
            }
        }
    }

    private static void refuse(CreatePartitionsTopicResult result, ErrorCode error, String message) {
        result.errorCode = error.code();
        result.errorMessage = message;
    }
}
