package io.partita.broker.link;

import io.partita.broker.env.Clock;

/** Lines of the log about those of whom it is not known who they are: a few a second, so that nobody can fill the disk by connecting. Thread-safe. */
final class FewLines {

    private static final int PER_SECOND_MAX = 5;

    private final Clock clock;
    private long second = -1;
    private int lines;

    FewLines(Clock clock) {
        this.clock = clock;
    }

    synchronized boolean mayWrite() {
        long now = clock.monotonicMillis() / 1000;
        if (now != second) {
            second = now;
            lines = 0;
        }
        return ++lines <= PER_SECOND_MAX;
    }
}
