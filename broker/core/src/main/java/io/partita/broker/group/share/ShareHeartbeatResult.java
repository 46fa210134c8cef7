package io.partita.broker.group.share;

import io.partita.broker.group.Refusal;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.ErrorCode;

/**
 * Answer to a {@link ShareHeartbeatRequest}.
 *
 * @param message for people, null without an error
 * @param epoch the member's from now on
 * @param intervalMillis when it is to be heard from again
 * @param assigned what it may take records of, null when that is as before
 */
public record ShareHeartbeatResult(ErrorCode error, String message, String memberId, int epoch, int intervalMillis, Partitions assigned) {

    public static ShareHeartbeatResult failed(ErrorCode error, String message) {
        return new ShareHeartbeatResult(error, message, null, 0, 0, null);
    }

    public static ShareHeartbeatResult failed(Refusal refusal) {
        return failed(refusal.error(), refusal.message());
    }
}
