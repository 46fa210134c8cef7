package io.partita.broker.api;

import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.EpochCache;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.OffsetForLeaderEpochRequest;
import io.partita.broker.protocol.message.OffsetForLeaderEpochResponse;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OffsetForLeaderEpoch (key 23), versions 0–4: where the records of a leader epoch end, by which a consumer finds out that the log was cut behind
 * it (KIP-320). v1 adds the epoch to the answer, v2 fencing.
 */
final class OffsetForLeaderEpochHandler implements Handler<OffsetForLeaderEpochRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(OffsetForLeaderEpochHandler.class);

    private final PartitionLookup partitions;
    private final Workers workers;

    OffsetForLeaderEpochHandler(PartitionLookup partitions, Workers workers) {
        this.partitions = partitions;
        this.workers = workers;
    }

    @Override
    public void handle(RequestContext context, OffsetForLeaderEpochRequest request) {
        if (opensLogs(request)) {
            workers.of(Workers.Kind.LOOKUP).execute(() -> answer(context, request));
        } else {
            answer(context, request);
        }
    }

    private boolean opensLogs(OffsetForLeaderEpochRequest request) {
        for (OffsetForLeaderEpochRequest.OffsetForLeaderTopic topic : request.topics) {
            for (OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked : topic.partitions) {
                PartitionLeader leader = partitions.find(topic.topic, asked.partition);
                if (leader != null && asked.leaderEpoch != leader.leaderEpoch() && !leader.log().isLoaded()) {
                    return true;
                }
            }
        }
        return false;
    }

    private void answer(RequestContext context, OffsetForLeaderEpochRequest request) {
        OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
        boolean isBroker = Permission.OFFSET_FOR_LEADER_EPOCH_CLUSTER.isGrantedQuietly(context);
        for (OffsetForLeaderEpochRequest.OffsetForLeaderTopic topic : request.topics) {
            var topicAnswer = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult();
            topicAnswer.topic = topic.topic;
            response.topics.add(topicAnswer);
            boolean isAllowed = isBroker || Permission.OFFSET_FOR_LEADER_EPOCH.isGranted(context, topic.topic);
            for (OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked : topic.partitions) {
                var answer = new OffsetForLeaderEpochResponse.EpochEndOffset();
                answer.partition = asked.partition;
                PartitionLeader leader = partitions.find(topic.topic, asked.partition);
                ErrorCode error = isAllowed
                        ? partitions.check(leader, topic.topic, asked.partition, asked.currentLeaderEpoch)
                        : Permission.OFFSET_FOR_LEADER_EPOCH.refusal();
                answer.errorCode = error.code();
                if (error == ErrorCode.NONE) {
                    look(leader, asked.leaderEpoch, answer);
                }
                topicAnswer.partitions.add(answer);
            }
        }
        context.respond(response);
    }

    private static void look(PartitionLeader leader, int epoch, OffsetForLeaderEpochResponse.EpochEndOffset answer) {
        try {
            EpochCache.EpochEndOffset end = leader.endOfEpoch(epoch);
            answer.leaderEpoch = end.epoch();
            answer.endOffset = end.endOffset();
        } catch (IOException e) {
            LOG.error("Reading the leader epochs of {} failed: {}. The client is told KAFKA_STORAGE_ERROR.", leader, Failures.said(e));
            answer.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
        }
    }
}
