/**
 * The transaction coordinator: which transactional id has which producer id and epoch, which partitions are part of its transaction, and how that ends.
 *
 * <p>{@link io.partita.broker.transaction.TransactionCoordinator} finds the {@link io.partita.broker.transaction.TransactionShard} of a transactional id: the
 * one that owns its partition of {@code __transaction_state}. What happens to an id is a pure function of what the log has of it ({@link
 * io.partita.broker.transaction.Transitions}). Markers go out through {@link io.partita.broker.transaction.MarkerSender}.
 */
package io.partita.broker.transaction;
