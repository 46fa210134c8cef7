package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.env.Failures;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.InternalTopics;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
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
import io.partita.broker.share.state.ShareCoordinator;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import io.partita.broker.share.state.StateBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the coordinator of a share-partition, here or on the broker that the image names. Whoever is told that it was not there asks again, and by then the image may
 * name another one. The topic that the state is kept in is made when the first share-partition begins.
 */
final class ShareStateRoutes implements StateAccess {

    private static final Logger LOG = LoggerFactory.getLogger(ShareStateRoutes.class);
    private static final long TIMEOUT_MILLIS = 10_000;

    private final int nodeId;
    private final ShareCoordinator local;
    private final BrokerCalls calls;
    private final MetadataStore metadata;
    private final BrokerConfig config;
    private final AtomicBoolean making = new AtomicBoolean();

    ShareStateRoutes(int nodeId, ShareCoordinator local, BrokerCalls calls, MetadataStore metadata, BrokerConfig config) {
        this.nodeId = nodeId;
        this.local = local;
        this.calls = calls;
        this.metadata = metadata;
        this.config = config;
    }

    /** The broker that coordinates a share-partition, if that is another one; NO_LEADER where it is this one, or none. */
    private int elsewhere(ShareKey key) {
        ClusterImage image = metadata.image();
        TopicImage topic = image.topic(ShareCoordinator.TOPIC);
        if (topic == null || local.shards().of(key.coordinatorKey()) != null) {
            return PartitionImage.NO_LEADER;
        }
        int leader = topic.partition(CoordinatorShards.partitionFor(key.coordinatorKey(), topic.partitions().size())).leader();
        return leader == nodeId ? PartitionImage.NO_LEADER : leader;
    }

    /** {@code answer} is given null when there is no answer. */
    private <M extends Message> void ask(int broker, ApiKey key, Message request, M response, Consumer<M> answer) {
        calls.call(broker, key, key.highestVersion(), request, response, TIMEOUT_MILLIS, given -> answer.accept(given == null ? null : response));
    }

    @Override
    public void initialize(ShareKey key, int stateEpoch, long startOffset, Consumer<ErrorCode> answer) {
        if (metadata.image().topic(ShareCoordinator.TOPIC) == null) {
            make();
            answer.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE);
            return;
        }
        int broker = elsewhere(key);
        if (broker == PartitionImage.NO_LEADER) {
            local.initialize(key, stateEpoch, startOffset, answer);
            return;
        }
        var partition = new InitializeShareGroupStateRequest.PartitionData();
        partition.partition = key.partition();
        partition.stateEpoch = stateEpoch;
        partition.startOffset = startOffset;
        var topic = new InitializeShareGroupStateRequest.InitializeStateData();
        topic.topicId = key.topicId();
        topic.partitions.add(partition);
        var request = new InitializeShareGroupStateRequest();
        request.groupId = key.groupId();
        request.topics.add(topic);
        ask(broker, ApiKey.INITIALIZE_SHARE_GROUP_STATE, request, new InitializeShareGroupStateResponse(), response -> answer
                .accept(response == null ? ErrorCode.NOT_COORDINATOR : ErrorCode.forCode(response.results.getFirst().partitions.getFirst().errorCode)));
    }

    private void make() {
        if (!making.compareAndSet(false, true)) {
            return;
        }
        metadata.createTopics(List.of(InternalTopics.of(ShareCoordinator.TOPIC, config, metadata.image())), false).whenComplete((results, failure) -> {
            making.set(false);
            if (failure != null) {
                LOG.warn("{} could not be created: {}. Share groups wait until it is.", ShareCoordinator.TOPIC, Failures.said(failure));
            } else if (results.getFirst().error() != ErrorCode.NONE && results.getFirst().error() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                LOG.warn("{} was not created: {} ({}). Share groups wait until it is.", ShareCoordinator.TOPIC, results.getFirst().error(),
                        results.getFirst().message());
            }
        });
    }

    @Override
    public void read(ShareKey key, int leaderEpoch, Consumer<Stored> answer) {
        int broker = elsewhere(key);
        if (broker == PartitionImage.NO_LEADER) {
            local.read(key, leaderEpoch, answer);
            return;
        }
        var partition = new ReadShareGroupStateRequest.PartitionData();
        partition.partition = key.partition();
        partition.leaderEpoch = leaderEpoch;
        var topic = new ReadShareGroupStateRequest.ReadStateData();
        topic.topicId = key.topicId();
        topic.partitions.add(partition);
        var request = new ReadShareGroupStateRequest();
        request.groupId = key.groupId();
        request.topics.add(topic);
        ask(broker, ApiKey.READ_SHARE_GROUP_STATE, request, new ReadShareGroupStateResponse(), response -> {
            if (response == null) {
                answer.accept(Stored.failed(ErrorCode.NOT_COORDINATOR));
                return;
            }
            var result = response.results.getFirst().partitions.getFirst();
            List<StateBatch> batches = new ArrayList<>(result.stateBatches.size());
            result.stateBatches.forEach(batch -> batches.add(new StateBatch(batch.firstOffset, batch.lastOffset, batch.deliveryState, batch.deliveryCount)));
            answer.accept(new Stored(ErrorCode.forCode(result.errorCode), result.stateEpoch, leaderEpoch, result.startOffset, -1, batches));
        });
    }

    @Override
    public void write(ShareKey key, Change change, Consumer<ErrorCode> answer) {
        int broker = elsewhere(key);
        if (broker == PartitionImage.NO_LEADER) {
            local.write(key, change, answer);
            return;
        }
        var partition = new WriteShareGroupStateRequest.PartitionData();
        partition.partition = key.partition();
        partition.stateEpoch = change.stateEpoch();
        partition.leaderEpoch = change.leaderEpoch();
        partition.startOffset = change.startOffset();
        partition.deliveryCompleteCount = change.completeCount();
        for (StateBatch batch : change.batches()) {
            var one = new WriteShareGroupStateRequest.StateBatch();
            one.firstOffset = batch.firstOffset();
            one.lastOffset = batch.lastOffset();
            one.deliveryState = batch.state();
            one.deliveryCount = batch.deliveryCount();
            partition.stateBatches.add(one);
        }
        var topic = new WriteShareGroupStateRequest.WriteStateData();
        topic.topicId = key.topicId();
        topic.partitions.add(partition);
        var request = new WriteShareGroupStateRequest();
        request.groupId = key.groupId();
        request.topics.add(topic);
        ask(broker, ApiKey.WRITE_SHARE_GROUP_STATE, request, new WriteShareGroupStateResponse(), response -> answer
                .accept(response == null ? ErrorCode.NOT_COORDINATOR : ErrorCode.forCode(response.results.getFirst().partitions.getFirst().errorCode)));
    }

    @Override
    public void delete(ShareKey key, Consumer<ErrorCode> answer) {
        int broker = elsewhere(key);
        if (broker == PartitionImage.NO_LEADER) {
            local.delete(key, answer);
            return;
        }
        var partition = new DeleteShareGroupStateRequest.PartitionData();
        partition.partition = key.partition();
        var topic = new DeleteShareGroupStateRequest.DeleteStateData();
        topic.topicId = key.topicId();
        topic.partitions.add(partition);
        var request = new DeleteShareGroupStateRequest();
        request.groupId = key.groupId();
        request.topics.add(topic);
        ask(broker, ApiKey.DELETE_SHARE_GROUP_STATE, request, new DeleteShareGroupStateResponse(), response -> answer
                .accept(response == null ? ErrorCode.NOT_COORDINATOR : ErrorCode.forCode(response.results.getFirst().partitions.getFirst().errorCode)));
    }

    @Override
    public void summary(ShareKey key, Consumer<Stored> answer) {
        int broker = elsewhere(key);
        if (broker == PartitionImage.NO_LEADER) {
            local.summary(key, answer);
            return;
        }
        var partition = new ReadShareGroupStateSummaryRequest.PartitionData();
        partition.partition = key.partition();
        var topic = new ReadShareGroupStateSummaryRequest.ReadStateSummaryData();
        topic.topicId = key.topicId();
        topic.partitions.add(partition);
        var request = new ReadShareGroupStateSummaryRequest();
        request.groupId = key.groupId();
        request.topics.add(topic);
        ask(broker, ApiKey.READ_SHARE_GROUP_STATE_SUMMARY, request, new ReadShareGroupStateSummaryResponse(), response -> {
            if (response == null) {
                answer.accept(Stored.failed(ErrorCode.NOT_COORDINATOR));
                return;
            }
            var result = response.results.getFirst().partitions.getFirst();
            answer.accept(new Stored(ErrorCode.forCode(result.errorCode), result.stateEpoch, result.leaderEpoch, result.startOffset,
                    result.deliveryCompleteCount, List.of()));
        });
    }
}
