package io.partita.broker;

import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse;
import io.partita.broker.transaction.TopicPartition;
import io.partita.broker.transaction.TransactionAdmission;
import io.partita.broker.transaction.TransactionCoordinator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Asks a transaction's coordinator, here or at the broker that the image names, as brokers do by AddPartitionsToTxn from version 4 on (KIP-890). */
final class Admissions implements TransactionAdmission {

    private static final short VERSION = 5;
    /** A client waits for its write meanwhile, and comes again. The coordinator holds a request for a second at most. */
    private static final long TIMEOUT_MILLIS = 5_000;

    private final int nodeId;
    private final TransactionCoordinator local;
    private final BrokerCalls calls;
    private final Supplier<ClusterImage> image;

    Admissions(int nodeId, TransactionCoordinator local, BrokerCalls calls, Supplier<ClusterImage> image) {
        this.nodeId = nodeId;
        this.local = local;
        this.calls = calls;
        this.image = image;
    }

    @Override
    public void add(String transactionalId, Producer producer, Collection<TopicPartition> partitions, short protocol, Consumer<ErrorCode> answer) {
        int coordinator = elsewhere(transactionalId);
        if (coordinator == PartitionImage.NO_LEADER) {
            local.add(transactionalId, producer, partitions, protocol, answer);
        } else {
            // All are added or none, so what one is told is told of all.
            ask(coordinator, transactionalId, producer, List.copyOf(partitions), false, codes -> answer.accept(worst(codes)));
        }
    }

    private static ErrorCode worst(List<ErrorCode> codes) {
        for (ErrorCode code : codes) {
            if (code != ErrorCode.NONE && code != ErrorCode.OPERATION_NOT_ATTEMPTED) {
                return code;
            }
        }
        return codes.getFirst();
    }

    @Override
    public void verify(String transactionalId, Producer producer, List<TopicPartition> partitions, Consumer<List<ErrorCode>> answer) {
        int coordinator = elsewhere(transactionalId);
        if (coordinator == PartitionImage.NO_LEADER) {
            local.verify(transactionalId, producer, partitions, answer);
        } else {
            ask(coordinator, transactionalId, producer, partitions, true, answer);
        }
    }

    /** The broker that coordinates an id, if that is another one; NO_LEADER where it is this one, or none. */
    private int elsewhere(String transactionalId) {
        TopicImage topic = transactionalId == null || transactionalId.isEmpty() ? null : image.get().topic(TransactionCoordinator.TOPIC);
        if (topic == null || local.shards().of(transactionalId) != null) {
            return PartitionImage.NO_LEADER;
        }
        int leader = topic.partition(CoordinatorShards.partitionFor(transactionalId, topic.partitions().size())).leader();
        return leader == nodeId ? PartitionImage.NO_LEADER : leader;
    }

    private void ask(
            int coordinator,
            String transactionalId,
            Producer producer,
            List<TopicPartition> partitions,
            boolean verifyOnly,
            Consumer<List<ErrorCode>> answer) {
        var transaction = new AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction();
        transaction.transactionalId = transactionalId;
        transaction.producerId = producer.id();
        transaction.producerEpoch = producer.epoch();
        transaction.verifyOnly = verifyOnly;
        Map<String, AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> topics = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            topics.computeIfAbsent(partition.topic(), name -> {
                var topic = new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic();
                topic.name = name;
                return topic;
            }).partitions.add(partition.partition());
        }
        transaction.topics.addAll(topics.values());
        var request = new AddPartitionsToTxnRequest();
        request.transactions.add(transaction);
        calls.call(coordinator, ApiKey.ADD_PARTITIONS_TO_TXN, VERSION, request, new AddPartitionsToTxnResponse(), TIMEOUT_MILLIS,
                response -> answer.accept(response == null
                        ? Collections.nCopies(partitions.size(), ErrorCode.COORDINATOR_NOT_AVAILABLE)
                        : codes((AddPartitionsToTxnResponse) response, partitions)));
    }

    private static List<ErrorCode> codes(AddPartitionsToTxnResponse response, List<TopicPartition> partitions) {
        Map<TopicPartition, ErrorCode> told = new HashMap<>();
        for (var transaction : response.resultsByTransaction) {
            for (var topic : transaction.topicResults) {
                for (var partition : topic.resultsByPartition) {
                    told.put(new TopicPartition(topic.name, partition.partitionIndex), ErrorCode.forCode(partition.partitionErrorCode));
                }
            }
        }
        ErrorCode otherwise = response.errorCode == ErrorCode.NONE.code() ? ErrorCode.COORDINATOR_NOT_AVAILABLE : ErrorCode.forCode(response.errorCode);
        List<ErrorCode> codes = new ArrayList<>(partitions.size());
        partitions.forEach(partition -> codes.add(told.getOrDefault(partition, otherwise)));
        return codes;
    }
}
