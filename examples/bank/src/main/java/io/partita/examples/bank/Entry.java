package io.partita.examples.bank;

/**
 * A line of the ledger.
 *
 * @param transfer the order it is for
 * @param cents what the account has more; less than nothing when it pays
 */
public record Entry(long transfer, String account, long cents) {}
