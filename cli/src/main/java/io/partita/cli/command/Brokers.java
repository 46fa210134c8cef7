package io.partita.cli.command;

import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;

/** Numbers of brokers. */
final class Brokers {

    private Brokers() {}

    static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new Failure(Kind.USAGE, "'" + text + "' is no broker.", "Brokers have numbers; partita cluster status shows them.");
        }
    }
}
