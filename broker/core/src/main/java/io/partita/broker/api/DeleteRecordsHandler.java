package io.partita.broker.api;

import io.partita.broker.env.Failures;
import io.partita.broker.log.LogConfig;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteRecordsRequest;
import io.partita.broker.protocol.message.DeleteRecordsResponse;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DeleteRecords (key 21), versions 0–2: moves the log start offset forward; -1 stands for the high watermark. Not on topics in which the brokers keep
 * their state, which would be lost with the next restart, nor on those that are only compacted, whose records are never deleted for their age.
 */
final class DeleteRecordsHandler implements Handler<DeleteRecordsRequest> {

    private static final long HIGH_WATERMARK = -1;

    private static final Logger LOG = LoggerFactory.getLogger(DeleteRecordsHandler.class);

    private final PartitionLookup partitions;

    DeleteRecordsHandler(PartitionLookup partitions) {
        this.partitions = partitions;
    }

    @Override
    public void handle(RequestContext context, DeleteRecordsRequest request) {
        DeleteRecordsResponse response = new DeleteRecordsResponse();
        OpenAnswers answers = new OpenAnswers(context, response);
        for (DeleteRecordsRequest.DeleteRecordsTopic topic : request.topics) {
            var topicAnswer = new DeleteRecordsResponse.DeleteRecordsTopicResult();
            topicAnswer.name = topic.name;
            response.topics.add(topicAnswer);
            boolean isAllowed = Permission.DELETE_RECORDS.isGranted(context, topic.name);
            for (DeleteRecordsRequest.DeleteRecordsPartition asked : topic.partitions) {
                var answer = new DeleteRecordsResponse.DeleteRecordsPartitionResult();
                answer.partitionIndex = asked.partitionIndex;
                answer.lowWatermark = -1;
                topicAnswer.partitions.add(answer);
                PartitionLeader leader = partitions.find(topic.name, asked.partitionIndex);
                ErrorCode error = isAllowed
                        ? partitions.check(leader, topic.name, asked.partitionIndex, PartitionLookup.NO_EPOCH)
                        : Permission.DELETE_RECORDS.refusal();
                if (error == ErrorCode.NONE) {
                    error = refusal(leader);
                }
                answer.errorCode = error.code();
                if (error == ErrorCode.NONE) {
                    answers.onOpenLog(leader, failure -> delete(leader, failure, asked.offset, answer));
                }
            }
        }
        answers.done();
    }

    /** Why nothing may be deleted, as Kafka says it: there is no room for a sentence in the answer. */
    private static ErrorCode refusal(PartitionLeader leader) {
        if (TopicNames.isInternal(leader.topic())) {
            return ErrorCode.INVALID_TOPIC_EXCEPTION;
        }
        LogConfig config = leader.log().config();
        return config.compact() && !config.delete() ? ErrorCode.POLICY_VIOLATION : ErrorCode.NONE;
    }

    private static void delete(PartitionLeader leader, Throwable failure, long offset, DeleteRecordsResponse.DeleteRecordsPartitionResult answer) {
        if (failure != null || leader.isClosed()) {
            answer.errorCode = (leader.isClosed() ? leader.ended() : ErrorCode.KAFKA_STORAGE_ERROR).code();
            return;
        }
        long upTo = offset == HIGH_WATERMARK ? leader.highWatermark() : offset;
        if (upTo < 0 || upTo > leader.highWatermark()) {
            answer.errorCode = ErrorCode.OFFSET_OUT_OF_RANGE.code();
            return;
        }
        try {
            leader.deleteRecordsBefore(upTo);
            answer.lowWatermark = leader.log().logStartOffset();
        } catch (IOException e) {
            LOG.error("Deleting the records of {} before offset {} failed: {}. The client is told KAFKA_STORAGE_ERROR.", leader, upTo, Failures.said(e));
            answer.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
        }
    }
}
