package io.partita.broker.api;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.TxnOffsetCommitRequest;
import io.partita.broker.protocol.message.TxnOffsetCommitResponse;
import io.partita.broker.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
import io.partita.broker.transaction.TopicPartition;
import io.partita.broker.transaction.TransactionAdmission;
import io.partita.broker.transaction.TransactionCoordinator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * TxnOffsetCommit (key 28), versions 0–6: offsets of a group as part of a transaction. v2 leader epochs; v3 the member that commits, so that one that is no longer
 * in the group is refused (KIP-447); v4 TRANSACTION_ABORTABLE; v5 adds the group's partition to the transaction by itself (KIP-890); v6 topic ids.
 *
 * <p>The transaction coordinator is asked first, as for a write: nothing may be pending that nobody ends.
 */
final class TxnOffsetCommitHandler implements Handler<TxnOffsetCommitRequest> {

    private static final short FIRST_VERSION_WITH_LOADING = 2;
    private static final short FIRST_VERSION_WITH_ABORTABLE = 4;
    private static final short FIRST_VERSION_THAT_ADDS = 5;
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 6;

    private final TransactionAdmission transactions;
    private final GroupCoordinator groups;
    private final TransactionPartitions partitions;

    TxnOffsetCommitHandler(TransactionAdmission transactions, GroupCoordinator groups, TransactionPartitions partitions) {
        this.transactions = transactions;
        this.groups = groups;
        this.partitions = partitions;
    }

    @Override
    public void handle(RequestContext context, TxnOffsetCommitRequest request) {
        boolean byId = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
        ClusterImage cluster = partitions.image();
        var response = new TxnOffsetCommitResponse();
        var commits = new ArrayList<CommitRequest.PartitionCommit>();
        // Where the results of the commits go, in their order.
        var open = new ArrayList<TxnOffsetCommitResponsePartition>();
        ErrorCode refusal = refusal(context, request);
        for (var topic : request.topics) {
            TopicImage known = byId ? cluster.topic(topic.topicId) : cluster.topic(topic.name);
            var topicAnswer = new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic();
            topicAnswer.name = topic.name;
            topicAnswer.topicId = topic.topicId;
            response.topics.add(topicAnswer);
            String name = known == null ? topic.name : known.name();
            boolean isAllowed = refusal != null || byId && known == null || Permission.TXN_OFFSET_COMMIT_TOPIC.isGranted(context, name);
            for (var partition : topic.partitions) {
                var answer = new TxnOffsetCommitResponsePartition();
                answer.partitionIndex = partition.partitionIndex;
                topicAnswer.partitions.add(answer);
                if (refusal != null) {
                    answer.errorCode = refusal.code();
                } else if (!isAllowed) {
                    answer.errorCode = Permission.TXN_OFFSET_COMMIT_TOPIC.refusal().code();
                } else if (known == null) {
                    answer.errorCode = (byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).code();
                } else if (known.partition(partition.partitionIndex) == null) {
                    answer.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
                } else {
                    open.add(answer);
                    commits.add(new CommitRequest.PartitionCommit(known.name(), known.id(), partition.partitionIndex, partition.committedOffset,
                            partition.committedLeaderEpoch, partition.committedMetadata, -1));
                }
            }
        }
        if (commits.isEmpty()) {
            context.respond(response);
            return;
        }
        Consumer<ErrorCode> failed = error -> {
            open.forEach(answer -> answer.errorCode = told(error, context.version()).code());
            context.respond(response);
        };
        TopicImage offsets = cluster.topic(GroupCoordinator.TOPIC);
        if (offsets == null) {
            failed.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE);
            return;
        }
        var producer = new Producer(request.producerId, request.producerEpoch);
        var commit = new TransactionalCommitRequest(request.groupId, producer, request.generationIdOrMemberEpoch, request.memberId, request.groupInstanceId,
                byId, commits);
        Consumer<ErrorCode> asked = error -> {
            if (error != ErrorCode.NONE) {
                failed.accept(error);
                return;
            }
            groups.commitTransactional(commit, result -> {
                for (int i = 0; i < open.size(); i++) {
                    ErrorCode code = result.error() != ErrorCode.NONE ? result.error() : result.partitions().get(i);
                    open.get(i).errorCode = told(code, context.version()).code();
                }
                context.respond(response);
            });
        };
        var partition = new TopicPartition(GroupCoordinator.TOPIC, GroupCoordinator.partitionFor(request.groupId, offsets.partitions().size()));
        if (context.version() >= FIRST_VERSION_THAT_ADDS) {
            transactions.add(request.transactionalId, producer, List.of(partition), TransactionCoordinator.NEW_PROTOCOL, asked);
        } else {
            transactions.verify(request.transactionalId, producer, List.of(partition), codes -> asked.accept(codes.getFirst()));
        }
    }

    /** What the client is told for all partitions, because it may not use the transactional id or the group; null when it may. */
    private static ErrorCode refusal(RequestContext context, TxnOffsetCommitRequest request) {
        if (!Permission.TXN_OFFSET_COMMIT.isGranted(context, request.transactionalId)) {
            return Permission.TXN_OFFSET_COMMIT.refusal();
        }
        return Permission.TXN_OFFSET_COMMIT_GROUP.isGranted(context, request.groupId) ? null : Permission.TXN_OFFSET_COMMIT_GROUP.refusal();
    }

    /** As clients of that version know it. */
    private static ErrorCode told(ErrorCode code, short version) {
        return switch (code) {
            case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
            case TRANSACTION_ABORTABLE -> version >= FIRST_VERSION_WITH_ABORTABLE ? code : ErrorCode.INVALID_TXN_STATE;
            case CONCURRENT_TRANSACTIONS -> version >= FIRST_VERSION_THAT_ADDS ? code : told(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, version);
            case COORDINATOR_LOAD_IN_PROGRESS -> version >= FIRST_VERSION_WITH_LOADING ? code : ErrorCode.COORDINATOR_NOT_AVAILABLE;
            default -> code;
        };
    }
}
