package io.partita.broker.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;

/** Produce (key 0), version 9, between brokers: records that one of them writes itself, without producer or transaction, to a partition that is led here. */
final class InternalProduceHandler implements Handler<ProduceRequest> {

    private final Partitions partitions;

    InternalProduceHandler(Partitions partitions) {
        this.partitions = partitions;
    }

    @Override
    public void handle(RequestContext context, ProduceRequest request) {
        var response = new ProduceResponse();
        var open = new OpenAnswers(context, response);
        for (var topic : request.topicData) {
            var topicAnswer = new ProduceResponse.TopicProduceResponse();
            topicAnswer.name = topic.name;
            response.responses.add(topicAnswer);
            for (var partition : topic.partitionData) {
                var answer = new ProduceResponse.PartitionProduceResponse();
                answer.index = partition.index;
                answer.baseOffset = -1;
                topicAnswer.partitionResponses.add(answer);
                PartitionLeader leader = partitions.find(topic.name, partition.index);
                if (leader == null) {
                    answer.errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER.code();
                } else if (!(partition.records instanceof BufferRecords records)) {
                    answer.errorCode = ErrorCode.INVALID_REQUEST.code();
                } else {
                    open.begin();
                    // The request's bytes are its connection's, and are gone when this returns.
                    ByteBuf batch = PooledByteBufAllocator.DEFAULT.buffer(records.sizeInBytes());
                    batch.writeBytes(records.buffer(), records.buffer().readerIndex(), records.sizeInBytes());
                    leader.append(batch, AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, result -> {
                        answer.errorCode = (result instanceof AppendResult.Refused refused ? refused.code() : ErrorCode.NONE).code();
                        open.done();
                    });
                }
            }
        }
        open.done();
    }
}
