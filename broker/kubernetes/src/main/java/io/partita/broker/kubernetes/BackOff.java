package io.partita.broker.kubernetes;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When something is tried again that failed: later with each failure in a row, and by chance, so that not all brokers come at once.
 *
 * @param first after the first failure, at most
 * @param longest after many, at most
 */
record BackOff(Duration first, Duration longest) {

    /** How long to wait after so many failures in a row: between half of what it may be and all of it. */
    Duration after(int failures) {
        long most = Math.min(longest.toMillis(), first.toMillis() << Math.min(Math.max(failures - 1, 0), 20));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
    }
}
