package io.partita.broker.transaction;

/** A record of {@code __transaction_state}; without an image the id is forgotten. */
record TransactionRecord(String transactionalId, TransactionImage image) {}
