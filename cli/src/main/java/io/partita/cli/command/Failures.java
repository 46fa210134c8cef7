package io.partita.cli.command;

import io.partita.cli.client.Failure;
import io.partita.cli.output.Terminal;

/** Several things may fail in one command; all of it is told. */
final class Failures {

    private Failures() {}

    /** Tells of {@code before}, if there is one, and keeps {@code now} for {@link #rethrow}. */
    static Failure next(Failure before, Terminal terminal, Failure now) {
        if (before != null) {
            terminal.err().println(terminal.bad(before.getMessage()));
        }
        return now;
    }

    static void rethrow(Failure failure) {
        if (failure != null) {
            throw failure;
        }
    }
}
