/**
 * A bank that moves money from account to account, exactly once. Orders come by the topic {@code transfers}; {@link io.partita.examples.bank.Teller} books each
 * as two entries of the topic {@code entries}, in one transaction with the offset of the order; {@link io.partita.examples.bank.Balances} adds the entries up,
 * and keeps the sums in checkpoints. Whatever is killed, and whenever: an order is booked once, and all accounts together have what they had.
 *
 * <p>{@link io.partita.examples.bank.Demo} shows that: it sends orders, kills tellers, and counts.
 */
package io.partita.examples.bank;
