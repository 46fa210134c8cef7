package io.partita.broker.api;

import io.netty.buffer.ByteBuf;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.ProducerDescription;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.transaction.TopicPartition;
import io.partita.broker.transaction.TransactionAdmission;
import io.partita.broker.transaction.TransactionCoordinator;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Lets a batch that is part of a transaction into a partition only if the coordinator knows of it (KIP-890), for only then will somebody end the transaction there.
 * Producers of the newer protocol have the partition added by the write itself (Produce from version 12 on); those of the older one added it before, which is
 * verified. Where the producer's transaction is open already, nobody is asked.
 *
 * <p>Thread: the partition's owner.
 */
final class TransactionalWrites {

    private static final short FIRST_VERSION_THAT_ADDS = 12;
    private static final short FIRST_VERSION_WITH_ABORTABLE = 11;

    private final TransactionAdmission transactions;

    TransactionalWrites(TransactionAdmission transactions) {
        this.transactions = transactions;
    }

    /** Calls {@code answer} on the partition's owner, at once or later: with null when the batch may be appended now, else with what its producer is told. */
    void admit(PartitionLeader leader, String transactionalId, short version, ByteBuf batch, Consumer<AppendResult.Refused> answer) {
        int at = batch.readerIndex();
        var producer = new Producer(RecordBatch.producerId(batch, at), RecordBatch.producerEpoch(batch, at));
        long markerBefore;
        try {
            ProducerDescription known = leader.log().producer(producer.id());
            if (known != null && (known.isInTransaction(producer.epoch()) || producer.epoch() < known.epoch())) {
                // What is to be said of an old epoch the log says.
                answer.accept(null);
                return;
            }
            markerBefore = lastMarker(known);
        } catch (IOException unreadable) {
            answer.accept(new AppendResult.Refused(ErrorCode.KAFKA_STORAGE_ERROR, "The log could not be read: " + unreadable.getMessage()));
            return;
        }
        Consumer<ErrorCode> asked = code -> leader.owner().run(() -> answer.accept(verdict(leader, producer, markerBefore, code, version)));
        var partition = new TopicPartition(leader.topic(), leader.partition());
        if (version >= FIRST_VERSION_THAT_ADDS) {
            transactions.add(transactionalId, producer, List.of(partition), TransactionCoordinator.NEW_PROTOCOL, asked);
        } else {
            transactions.verify(transactionalId, producer, List.of(partition), codes -> asked.accept(codes.getFirst()));
        }
    }

    private static AppendResult.Refused verdict(PartitionLeader leader, Producer producer, long markerBefore, ErrorCode code, short version) {
        if (code != ErrorCode.NONE) {
            return new AppendResult.Refused(told(code, version), "The partition is not known to be part of the transaction of producer " + producer.id()
                    + " in epoch " + producer.epoch() + ": " + code);
        }
        try {
            if (version < FIRST_VERSION_THAT_ADDS && lastMarker(leader.log().producer(producer.id())) != markerBefore) {
                // It was part of the transaction when the coordinator was asked. The batch would open another one, which nobody ends. In the newer protocol epochs
                // rise with each end, so the log refuses it; a marker that came meanwhile is that of the transaction before, which the coordinator has waited for.
                return new AppendResult.Refused(ErrorCode.INVALID_TXN_STATE, "The transaction of producer " + producer.id() + " in epoch "
                        + producer.epoch() + " ended while the batch was on its way");
            }
            return null;
        } catch (IOException unreadable) {
            return new AppendResult.Refused(ErrorCode.KAFKA_STORAGE_ERROR, "The log could not be read: " + unreadable.getMessage());
        }
    }

    private static long lastMarker(ProducerDescription known) {
        return known == null ? -1 : known.lastMarkerOffset();
    }

    /** As producers of that version know it. */
    private static ErrorCode told(ErrorCode code, short version) {
        return switch (code) {
            case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
            case TRANSACTION_ABORTABLE -> version >= FIRST_VERSION_WITH_ABORTABLE ? code : ErrorCode.INVALID_TXN_STATE;
            case CONCURRENT_TRANSACTIONS -> version >= FIRST_VERSION_THAT_ADDS ? code : ErrorCode.NOT_ENOUGH_REPLICAS;
            case COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR -> ErrorCode.NOT_ENOUGH_REPLICAS;
            default -> code;
        };
    }
}
