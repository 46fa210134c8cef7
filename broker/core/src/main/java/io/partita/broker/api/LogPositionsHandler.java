package io.partita.broker.api;

import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.replication.PartitionLeader;

/**
 * ListOffsets (key 2) as brokers ask each other: about the lag of groups whose coordinator has no replica of what they consume. Unlike clients' ({@link ListOffsetsHandler}) each partition's
 * {@code timestamp} is an offset of its log; the answer's {@code offset} is the high watermark, and its {@code timestamp} that of what lies at the offset asked for.
 */
final class LogPositionsHandler implements Handler<ListOffsetsRequest> {

    /** The version by which brokers ask for this; others have their usual meaning. */
    static final short VERSION = 11;

    private final PartitionLookup partitions;
    private final Workers workers;

    LogPositionsHandler(PartitionLookup partitions, Workers workers) {
        this.partitions = partitions;
        this.workers = workers;
    }

    @Override
    public void handle(RequestContext context, ListOffsetsRequest request) {
        BlockingAnswer.give(context, workers.of(Workers.Kind.LOOKUP), () -> answer(context, request));
    }

    private void answer(RequestContext context, ListOffsetsRequest request) {
        var response = new ListOffsetsResponse();
        for (var topic : request.topics) {
            var found = new ListOffsetsResponse.ListOffsetsTopicResponse();
            found.name = topic.name;
            response.topics.add(found);
            for (var asked : topic.partitions) {
                found.partitions.add(look(topic.name, asked.partitionIndex, asked.timestamp));
            }
        }
        context.respond(response);
    }

    private ListOffsetsResponse.ListOffsetsPartitionResponse look(String topic, int partition, long offset) {
        var answer = new ListOffsetsResponse.ListOffsetsPartitionResponse();
        answer.partitionIndex = partition;
        PartitionLeader leader = partitions.find(topic, partition);
        ErrorCode error = partitions.check(leader, topic, partition, PartitionLookup.NO_EPOCH);
        answer.errorCode = error.code();
        if (error == ErrorCode.NONE) {
            LogPositions position = LogPositions.of(leader, offset);
            answer.offset = position.highWatermark();
            answer.timestamp = position.timestamp();
        }
        return answer;
    }
}
