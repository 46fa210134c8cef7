package io.partita.broker.log;

/**
 * What a topic's {@code queue.} settings say. Immutable. Of a topic that has none of them set nothing is looked at that costs anything.
 *
 * @param expires {@code queue.expiry.enable}: whether share groups do not give out records past their time
 * @param expiryMillis {@code queue.expiry.ms}: how long records are good that say nothing of it, counted from their timestamp; −1 for ever
 * @param delays {@code queue.delay.enable}: whether records with a header that asks for it are kept back until they are due
 * @param delayedMax {@code queue.delay.max.records}: records of a partition that may wait
 * @param backoffMillis {@code queue.retry.backoff.ms}: how long share groups keep a record back that was not accepted, after the first time
 * @param backoffMaxMillis {@code queue.retry.backoff.max.ms}: how long at most
 * @param prioritises {@code queue.priority.enable}: whether share groups give out records of a higher class first
 * @param lookAheadMax {@code queue.priority.lookahead.records}: of so many records that nobody was given the next one is chosen
 */
public record QueueConfig(boolean expires, long expiryMillis, boolean delays, int delayedMax, long backoffMillis, long backoffMaxMillis,
        boolean prioritises, int lookAheadMax) {

    /** A topic without any of it. */
    public static final QueueConfig NONE = new QueueConfig(false, -1, false, 1_000_000, 0, 60_000, false, 10_000);

    public QueueConfig withExpires(boolean value) {
        return new QueueConfig(value, expiryMillis, delays, delayedMax, backoffMillis, backoffMaxMillis, prioritises, lookAheadMax);
    }

    public QueueConfig withExpiryMillis(long value) {
        return new QueueConfig(expires, value, delays, delayedMax, backoffMillis, backoffMaxMillis, prioritises, lookAheadMax);
    }

    public QueueConfig withDelays(boolean value) {
        return new QueueConfig(expires, expiryMillis, value, delayedMax, backoffMillis, backoffMaxMillis, prioritises, lookAheadMax);
    }

    public QueueConfig withDelayedMax(int value) {
        return new QueueConfig(expires, expiryMillis, delays, value, backoffMillis, backoffMaxMillis, prioritises, lookAheadMax);
    }

    public QueueConfig withBackoffMillis(long value) {
        return new QueueConfig(expires, expiryMillis, delays, delayedMax, value, backoffMaxMillis, prioritises, lookAheadMax);
    }

    public QueueConfig withBackoffMaxMillis(long value) {
        return new QueueConfig(expires, expiryMillis, delays, delayedMax, backoffMillis, value, prioritises, lookAheadMax);
    }

    public QueueConfig withPrioritises(boolean value) {
        return new QueueConfig(expires, expiryMillis, delays, delayedMax, backoffMillis, backoffMaxMillis, value, lookAheadMax);
    }

    public QueueConfig withLookAheadMax(int value) {
        return new QueueConfig(expires, expiryMillis, delays, delayedMax, backoffMillis, backoffMaxMillis, prioritises, value);
    }
}
