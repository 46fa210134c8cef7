package io.partita.broker.transaction;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** Lets partitions into transactions: what their coordinator says, wherever it is. Any thread; answers come on any. */
public interface TransactionAdmission {

    /** Adds partitions to the producer's transaction, which begins with the first. */
    void add(String transactionalId, Producer producer, Collection<TopicPartition> partitions, short protocol, Consumer<ErrorCode> answer);

    /** Whether partitions are part of the producer's transaction: one code for each, in their order. */
    void verify(String transactionalId, Producer producer, List<TopicPartition> partitions, Consumer<List<ErrorCode>> answer);
}
