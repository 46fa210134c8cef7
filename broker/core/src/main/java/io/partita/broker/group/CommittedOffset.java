package io.partita.broker.group;

import io.partita.broker.protocol.Message;
import java.util.UUID;

/**
 * What a group has committed for a partition.
 *
 * @param offset the next record to consume
 * @param leaderEpoch epoch of the last consumed record, −1 when the client did not say
 * @param metadata the client's own words, perhaps empty
 * @param commitMillis wall clock when it was committed
 * @param expireMillis wall clock from which it counts as expired whatever the group does, −1 when the broker's retention decides
 * @param topicId id of the topic when it was committed, zero when unknown
 */
public record CommittedOffset(long offset, int leaderEpoch, String metadata, long commitMillis, long expireMillis, UUID topicId) {

    /** Stands for "no time of its own" in {@link #expireMillis}. */
    public static final long NO_EXPIRY = -1;

    public CommittedOffset {
        if (expireMillis != NO_EXPIRY) {
            // The record that holds an expiry has no room for these; clients that ask for one know neither.
            leaderEpoch = -1;
            topicId = Message.ZERO_UUID;
        }
    }

    /** Whether this may have been committed for the topic that now has the id {@code current}; zero ids match everything. */
    boolean belongsTo(UUID current) {
        return topicId.equals(current) || topicId.equals(Message.ZERO_UUID) || current.equals(Message.ZERO_UUID);
    }
}
