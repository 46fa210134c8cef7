package io.partita.broker.api;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AddOffsetsToTxnRequest;
import io.partita.broker.protocol.message.AddOffsetsToTxnResponse;
import io.partita.broker.transaction.TopicPartition;
import io.partita.broker.transaction.TransactionCoordinator;
import java.util.List;

/**
 * AddOffsetsToTxn (key 25), versions 0–4: the partition that a group's offsets are kept in becomes part of the transaction. v2 PRODUCER_FENCED; v4
 * TRANSACTION_ABORTABLE, which is not used. Clients of the newer protocol leave it out.
 */
final class AddOffsetsToTxnHandler implements Handler<AddOffsetsToTxnRequest> {

    private static final short FIRST_VERSION_WITH_FENCED = 2;

    private final TransactionCoordinator transactions;
    private final TransactionPartitions partitions;
    private final CoordinatorTopics topics;

    /** {@code topics} makes {@code __consumer_offsets} when it is first needed. */
    AddOffsetsToTxnHandler(TransactionCoordinator transactions, TransactionPartitions partitions, CoordinatorTopics topics) {
        this.transactions = transactions;
        this.partitions = partitions;
        this.topics = topics;
    }

    @Override
    public void handle(RequestContext context, AddOffsetsToTxnRequest request) {
        if (!Permission.ADD_OFFSETS_TO_TXN.isGranted(context, request.transactionalId)) {
            respond(context, Permission.ADD_OFFSETS_TO_TXN.refusal());
            return;
        }
        if (!Permission.ADD_OFFSETS_TO_TXN_GROUP.isGranted(context, request.groupId)) {
            respond(context, Permission.ADD_OFFSETS_TO_TXN_GROUP.refusal());
            return;
        }
        // Clients ask for the group's coordinator, which would make the topic, only when the group is part of the transaction.
        topics.ensure(GroupCoordinator.TOPIC, () -> add(context, request));
    }

    private void add(RequestContext context, AddOffsetsToTxnRequest request) {
        TopicImage offsets = partitions.image().topic(GroupCoordinator.TOPIC);
        if (offsets == null) {
            respond(context, ErrorCode.COORDINATOR_NOT_AVAILABLE);
            return;
        }
        int index = GroupCoordinator.partitionFor(request.groupId, offsets.partitions().size());
        ErrorCode error = partitions.check(GroupCoordinator.TOPIC, index);
        if (error != ErrorCode.NONE) {
            respond(context, ErrorCode.COORDINATOR_NOT_AVAILABLE);
            return;
        }
        transactions.add(request.transactionalId, new Producer(request.producerId, request.producerEpoch),
                List.of(new TopicPartition(GroupCoordinator.TOPIC, index)), TransactionCoordinator.OLD_PROTOCOL,
                code -> respond(context, code == ErrorCode.PRODUCER_FENCED && context.version() < FIRST_VERSION_WITH_FENCED
                        ? ErrorCode.INVALID_PRODUCER_EPOCH
                        : code));
    }

    private static void respond(RequestContext context, ErrorCode error) {
        var response = new AddOffsetsToTxnResponse();
        response.errorCode = error.code();
        context.respond(response);
    }
}
