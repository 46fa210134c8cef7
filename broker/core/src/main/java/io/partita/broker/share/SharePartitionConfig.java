package io.partita.broker.share;

/**
 * Settings of a share group that concern its records, named after Kafka's.
 *
 * @param lockMillis {@code share.record.lock.duration.ms}: how long a member may keep a record to itself
 * @param deliveryLimit {@code share.delivery.count.limit}: how often a record is given out
 * @param locksMax {@code share.partition.max.record.locks}: records of a partition that may be given out, or waiting to be given out again
 * @param readCommitted {@code share.isolation.level}
 * @param mayRenew {@code share.renew.acknowledge.enable}
 * @param deadLetterTopic {@code errors.deadletterqueue.topic.name}, empty for none
 * @param copiesDeadLetters {@code errors.deadletterqueue.copy.record.enable}
 */
public record SharePartitionConfig(
        int lockMillis, int deliveryLimit, int locksMax, boolean readCommitted, boolean mayRenew, String deadLetterTopic, boolean copiesDeadLetters) {

    /** Kafka's defaults. */
    public static final SharePartitionConfig DEFAULTS = new SharePartitionConfig(30_000, 5, 2_000, false, true, "", false);

    public SharePartitionConfig withDeliveryLimit(int limit) {
        return new SharePartitionConfig(lockMillis, limit, locksMax, readCommitted, mayRenew, deadLetterTopic, copiesDeadLetters);
    }

    public SharePartitionConfig withLocksMax(int locks) {
        return new SharePartitionConfig(lockMillis, deliveryLimit, locks, readCommitted, mayRenew, deadLetterTopic, copiesDeadLetters);
    }

    public SharePartitionConfig withDeadLetterTopic(String topic) {
        return new SharePartitionConfig(lockMillis, deliveryLimit, locksMax, readCommitted, mayRenew, topic, copiesDeadLetters);
    }

    boolean hasDeadLetters() {
        return !deadLetterTopic.isEmpty();
    }
}
