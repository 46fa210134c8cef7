package io.partita.broker.transaction;

import io.partita.broker.coordinator.Producer;
import java.util.Set;

/**
 * A transactional id for people.
 *
 * @param startMillis wall clock when its transaction began, −1 without one
 * @param partitions what is part of the transaction; once its end is decided, what has no marker yet
 */
public record DescribedTransaction(
        String transactionalId, TransactionState state, Producer producer, int timeoutMillis, long startMillis, Set<TopicPartition> partitions) {}
