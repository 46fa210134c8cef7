package io.partita.broker.compat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Waiting for what other processes bring about. The limits are generous: they only end a test that would never end. */
final class Await {
    static final Duration LIMIT = Duration.ofSeconds(60);

    private Await() {
    }

    static void until(String what, BooleanSupplier condition) {
        until(what, () -> condition.getAsBoolean() ? Boolean.TRUE : null, value -> true);
    }

    /** Asks again until the answer is not null and accepted. @return that answer */
    static <T> T until(String what, Callable<T> question, Predicate<T> accepted) {
        var deadline = System.nanoTime() + LIMIT.toNanos();
        T last = null;
        Exception failure = null;
        while (System.nanoTime() < deadline) {
            try {
                last = question.call();
                if (last != null && accepted.test(last)) {
                    return last;
                }
                failure = null;
            } catch (Exception e) {
                failure = e;
            }
            LockSupport.parkNanos(20_000_000);
        }
        throw new AssertionError("Waited " + LIMIT.toSeconds() + " s in vain until " + what + "; the last answer was " + last, failure);
    }
}
