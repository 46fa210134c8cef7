package io.partita.broker.api.share;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.RequestContext;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.DeleteShareGroupStateRequest;
import io.partita.broker.protocol.message.DeleteShareGroupStateResponse;
import io.partita.broker.protocol.message.InitializeShareGroupStateRequest;
import io.partita.broker.protocol.message.InitializeShareGroupStateResponse;
import io.partita.broker.protocol.message.ReadShareGroupStateRequest;
import io.partita.broker.protocol.message.ReadShareGroupStateResponse;
import io.partita.broker.protocol.message.ReadShareGroupStateSummaryRequest;
import io.partita.broker.protocol.message.ReadShareGroupStateSummaryResponse;
import io.partita.broker.protocol.message.WriteShareGroupStateRequest;
import io.partita.broker.protocol.message.WriteShareGroupStateResponse;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import io.partita.broker.share.state.StateBatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * InitializeShareGroupState, ReadShareGroupState, WriteShareGroupState, DeleteShareGroupState and ReadShareGroupStateSummary (keys 83–87, KIP-932), asked by
 * brokers alone. v1 of writing and of the summary how many records behind the start are done with (KIP-1226).
 */
final class ShareStateHandlers {

    private final StateAccess states;

    private ShareStateHandlers(StateAccess states) {
        this.states = states;
    }

    static void serve(ApiRegistry.Builder registry, StateAccess states) {
        var handlers = new ShareStateHandlers(states);
        registry.serve(ApiKey.INITIALIZE_SHARE_GROUP_STATE, 0, 0, handlers::initialize)
                .serve(ApiKey.READ_SHARE_GROUP_STATE, 0, 0, handlers::read)
                .serve(ApiKey.WRITE_SHARE_GROUP_STATE, 0, 1, handlers::write)
                .serve(ApiKey.DELETE_SHARE_GROUP_STATE, 0, 0, handlers::delete)
                .serve(ApiKey.READ_SHARE_GROUP_STATE_SUMMARY, 0, 1, handlers::summary);
    }

    /** Responds when all partitions have been answered, whatever threads that is on. */
    private static final class Parts {
        private final RequestContext context;
        private final Message response;
        private final AtomicInteger open = new AtomicInteger(1);

        private Parts(RequestContext context, Message response) {
            this.context = context;
            this.response = response;
        }

        void begin() {
            open.incrementAndGet();
        }

        void done() {
            if (open.decrementAndGet() == 0) {
                context.respond(response);
            }
        }
    }

    private void initialize(RequestContext context, InitializeShareGroupStateRequest request) {
        var response = new InitializeShareGroupStateResponse();
        var parts = new Parts(context, response);
        for (var topic : request.topics) {
            var results = new InitializeShareGroupStateResponse.InitializeStateResult();
            results.topicId = topic.topicId;
            response.results.add(results);
            for (var partition : topic.partitions) {
                var result = new InitializeShareGroupStateResponse.PartitionResult();
                result.partition = partition.partition;
                results.partitions.add(result);
                parts.begin();
                states.initialize(new ShareKey(request.groupId, topic.topicId, partition.partition), partition.stateEpoch, partition.startOffset, code -> {
                    result.errorCode = code.code();
                    parts.done();
                });
            }
        }
        parts.done();
    }

    private void read(RequestContext context, ReadShareGroupStateRequest request) {
        var response = new ReadShareGroupStateResponse();
        var parts = new Parts(context, response);
        for (var topic : request.topics) {
            var results = new ReadShareGroupStateResponse.ReadStateResult();
            results.topicId = topic.topicId;
            response.results.add(results);
            for (var partition : topic.partitions) {
                var result = new ReadShareGroupStateResponse.PartitionResult();
                result.partition = partition.partition;
                results.partitions.add(result);
                parts.begin();
                states.read(new ShareKey(request.groupId, topic.topicId, partition.partition), partition.leaderEpoch, stored -> {
                    result.errorCode = stored.error().code();
                    result.stateEpoch = stored.stateEpoch();
                    result.startOffset = stored.startOffset();
                    for (StateBatch batch : stored.batches()) {
                        var one = new ReadShareGroupStateResponse.StateBatch();
                        one.firstOffset = batch.firstOffset();
                        one.lastOffset = batch.lastOffset();
                        one.deliveryState = batch.state();
                        one.deliveryCount = batch.deliveryCount();
                        result.stateBatches.add(one);
                    }
                    parts.done();
                });
            }
        }
        parts.done();
    }

    private void write(RequestContext context, WriteShareGroupStateRequest request) {
        var response = new WriteShareGroupStateResponse();
        var parts = new Parts(context, response);
        for (var topic : request.topics) {
            var results = new WriteShareGroupStateResponse.WriteStateResult();
            results.topicId = topic.topicId;
            response.results.add(results);
            for (var partition : topic.partitions) {
                var result = new WriteShareGroupStateResponse.PartitionResult();
                result.partition = partition.partition;
                results.partitions.add(result);
                var batches = partition.stateBatches.stream()
                        .map(batch -> new StateBatch(batch.firstOffset, batch.lastOffset, batch.deliveryState, batch.deliveryCount))
                        .toList();
                parts.begin();
                states.write(new ShareKey(request.groupId, topic.topicId, partition.partition), new StateAccess.Change(partition.stateEpoch,
                        partition.leaderEpoch, partition.startOffset, partition.deliveryCompleteCount, batches), code -> {
                            result.errorCode = code.code();
                            parts.done();
                        });
            }
        }
        parts.done();
    }

    private void delete(RequestContext context, DeleteShareGroupStateRequest request) {
        var response = new DeleteShareGroupStateResponse();
        var parts = new Parts(context, response);
        for (var topic : request.topics) {
            var results = new DeleteShareGroupStateResponse.DeleteStateResult();
            results.topicId = topic.topicId;
            response.results.add(results);
            for (var partition : topic.partitions) {
                var result = new DeleteShareGroupStateResponse.PartitionResult();
                result.partition = partition.partition;
                results.partitions.add(result);
                parts.begin();
                states.delete(new ShareKey(request.groupId, topic.topicId, partition.partition), code -> {
                    result.errorCode = code.code();
                    parts.done();
                });
            }
        }
        parts.done();
    }

    private void summary(RequestContext context, ReadShareGroupStateSummaryRequest request) {
        var response = new ReadShareGroupStateSummaryResponse();
        var parts = new Parts(context, response);
        for (var topic : request.topics) {
            var results = new ReadShareGroupStateSummaryResponse.ReadStateSummaryResult();
            results.topicId = topic.topicId;
            response.results.add(results);
            for (var partition : topic.partitions) {
                var result = new ReadShareGroupStateSummaryResponse.PartitionResult();
                result.partition = partition.partition;
                results.partitions.add(result);
                parts.begin();
                states.summary(new ShareKey(request.groupId, topic.topicId, partition.partition), stored -> {
                    result.errorCode = stored.error().code();
                    result.stateEpoch = stored.stateEpoch();
                    result.leaderEpoch = stored.leaderEpoch();
                    result.startOffset = stored.startOffset();
                    result.deliveryCompleteCount = stored.completeCount();
                    parts.done();
                });
            }
        }
        parts.done();
    }
}
