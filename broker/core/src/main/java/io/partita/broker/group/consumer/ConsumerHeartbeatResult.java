package io.partita.broker.group.consumer;

import io.partita.broker.group.Refusal;
import io.partita.broker.protocol.ErrorCode;

/**
 * Answer to a {@link ConsumerHeartbeatRequest}.
 *
 * @param message for people, null without an error
 * @param epoch the member's from now on
 * @param intervalMillis when it is to be heard from again
 * @param assigned what it may read from now on, null when that is as before
 */
public record ConsumerHeartbeatResult(ErrorCode error, String message, String memberId, int epoch, int intervalMillis, Partitions assigned) {

    public static ConsumerHeartbeatResult failed(ErrorCode error, String message) {
        return new ConsumerHeartbeatResult(error, message, null, 0, 0, null);
    }

    public static ConsumerHeartbeatResult failed(Refusal refusal) {
        return failed(refusal.error(), refusal.message());
    }
}
