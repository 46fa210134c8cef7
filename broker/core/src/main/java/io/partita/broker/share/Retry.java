package io.partita.broker.share;

import io.partita.broker.env.Clock;

/**
 * What becomes of records that a member did not accept.
 *
 * @param deliveryLimit how often a record is given out
 * @param nowMillis the time, by the monotonic clock
 * @param backoffMillis how long a record is kept back that was given out once; twice as long after each further time
 * @param backoffMaxMillis but no longer than this
 */
record Retry(int deliveryLimit, long nowMillis, long backoffMillis, long backoffMaxMillis) {

    /** Without keeping back any. */
    static Retry atOnce(int deliveryLimit) {
        return new Retry(deliveryLimit, 0, 0, 0);
    }

    /** When a record that was given out so often is given out again; 0 for at once. */
    long readyMillis(int deliveries) {
        if (backoffMillis <= 0) {
            return 0;
        }
        int doublings = Math.clamp(deliveries - 1, 0, 30);
        long wait = backoffMillis > Long.MAX_VALUE >> doublings + 1 ? backoffMaxMillis : Math.min(backoffMillis << doublings, backoffMaxMillis);
        return Clock.later(nowMillis, Math.max(wait, 1));
    }
}
