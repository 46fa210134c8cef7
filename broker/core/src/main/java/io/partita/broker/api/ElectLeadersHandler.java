package io.partita.broker.api;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ElectionWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicRules;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ElectLeadersRequest;
import io.partita.broker.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.partita.broker.protocol.message.ElectLeadersResponse;
import io.partita.broker.protocol.message.ElectLeadersResponse.PartitionResult;
import io.partita.broker.protocol.message.ElectLeadersResponse.ReplicaElectionResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ElectLeaders (key 43), versions 0-2 (KIP-183, KIP-460): makes the preferred replica, or from v1 an unclean one, the leader. Asked for all partitions (null), we answer
 * as Kafka does: with those where something was done. The answer comes when it is done, not when its effect was seen by every broker.
 */
final class ElectLeadersHandler implements Handler<ElectLeadersRequest> {

    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;

    private final ClusterConfig cluster;

    ElectLeadersHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, ElectLeadersRequest request) {
        ElectLeadersResponse response = new ElectLeadersResponse();
        if (!Permission.ELECT_LEADERS.isGranted(context)) {
            response.errorCode = Permission.ELECT_LEADERS.refusal().code();
            context.respond(response);
            return;
        }
        boolean isAll = request.topicPartitions == null;
        List<ElectionWish> wishes = isAll ? all(cluster.image(), request.electionType) : asked(request);
        if (request.electionType != PREFERRED && request.electionType != UNCLEAN) {
            response.errorCode = ErrorCode.INVALID_REQUEST.code();
            Result<Void> refusal = Result.refused(ErrorCode.INVALID_REQUEST, "There is no election of the type " + request.electionType + ".");
            add(response, isAll ? List.of() : wishes, isAll ? List.of() : Collections.nCopies(wishes.size(), refusal), false);
            context.respond(response);
            return;
        }
        TimedAnswer.give(context, cluster.store().electLeaders(wishes), request.timeoutMs,
                results -> {
                    add(response, wishes, results, isAll);
                    return response;
                },
                (error, reason) -> {
                    response.errorCode = error.code();
                    return response;
                });
    }

    private static List<ElectionWish> asked(ElectLeadersRequest request) {
        List<ElectionWish> wishes = new ArrayList<>();
        for (TopicPartitions topic : request.topicPartitions) {
            for (Integer partition : topic.partitions) {
                wishes.add(new ElectionWish(topic.topic, partition, request.electionType == UNCLEAN));
            }
        }
        return wishes;
    }

    private static List<ElectionWish> all(ClusterImage image, byte type) {
        List<ElectionWish> wishes = new ArrayList<>();
        for (TopicImage topic : image.topics()) {
            for (int index = 0; index < topic.partitions().size(); index++) {
                ElectionWish wish = new ElectionWish(topic.name(), index, type == UNCLEAN);
                if (TopicRules.refusal(wish, image) == null) {
                    wishes.add(wish);
                }
            }
        }
        return wishes;
    }

    /** @param isDoneOnly whether those are left out where there was nothing to do */
    private static void add(ElectLeadersResponse response, List<ElectionWish> wishes, List<Result<Void>> results, boolean isDoneOnly) {
        Map<String, ReplicaElectionResult> byTopic = new LinkedHashMap<>();
        for (int i = 0; i < wishes.size(); i++) {
            Result<Void> result = results.get(i);
            if (isDoneOnly && !result.isDone()) {
                continue;
            }
            ReplicaElectionResult topic = byTopic.computeIfAbsent(wishes.get(i).topic(), name -> {
                ReplicaElectionResult made = new ReplicaElectionResult();
                made.topic = name;
                return made;
            });
            PartitionResult partition = new PartitionResult();
            partition.partitionId = wishes.get(i).partition();
            partition.errorCode = result.error().code();
            partition.errorMessage = result.message();
            topic.partitionResult.add(partition);
        }
        response.replicaElectionResults.addAll(byTopic.values());
    }
}
