package io.partita.broker.log;

/**
 * What a topic's {@code queue.} settings say. Immutable. Of a topic that has none of them set nothing is looked at that costs anything.
 *
 * @param expires {@code queue.expiry.enable}: whether share groups do not give out records past their time
 * @param expiryMillis {@code queue.expiry.ms}: how long records are good that say nothing of it, counted from their timestamp; −1 for ever
 * @param delays {@code queue.delay.enable}: whether records with a header that asks for it are kept back until they are due
 * @param delayedMax {@code queue.delay.max.records}: records of a partition that may wait
 */
public record QueueConfig(boolean expires, long expiryMillis, boolean delays, int delayedMax) {

    /** A topic without any of it. */
    public static final QueueConfig NONE = new QueueConfig(false, -1, false, 1_000_000);

    public QueueConfig withExpires(boolean value) {
        return new QueueConfig(value, expiryMillis, delays, delayedMax);
    }

    public QueueConfig withExpiryMillis(long value) {
        return new QueueConfig(expires, value, delays, delayedMax);
    }

    public QueueConfig withDelays(boolean value) {
        return new QueueConfig(expires, expiryMillis, value, delayedMax);
    }

    public QueueConfig withDelayedMax(int value) {
        return new QueueConfig(expires, expiryMillis, delays, value);
    }
}
