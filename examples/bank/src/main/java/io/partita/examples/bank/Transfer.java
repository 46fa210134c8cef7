package io.partita.examples.bank;

/**
 * An order to move money.
 *
 * @param id of the order; no two have the same
 * @param cents more than nothing
 */
public record Transfer(long id, String from, String to, long cents) {

    public Transfer {
        if (cents <= 0) {
            throw new IllegalArgumentException("a transfer of " + cents + " cents");
        }
    }

    /** What it does to the account that pays. */
    Entry debit() {
        return new Entry(id, from, -cents);
    }

    /** What it does to the account that is paid. */
    Entry credit() {
        return new Entry(id, to, cents);
    }
}
