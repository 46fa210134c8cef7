package io.partita.broker.group.classic;

import java.util.Arrays;
import java.util.Objects;

/**
 * A member as the log has it.
 *
 * @param instanceId its {@code group.instance.id}, null for a dynamic member
 * @param subscription its metadata for the generation's protocol
 * @param assignment what the leader assigned to it
 */
public record MemberImage(
        String memberId,
        String instanceId,
        String clientId,
        String clientHost,
        int rebalanceTimeoutMillis,
        int sessionTimeoutMillis,
        byte[] subscription,
        byte[] assignment) {

    @Override
    public boolean equals(Object other) {
        return other instanceof MemberImage that
                && memberId.equals(that.memberId)
                && Objects.equals(instanceId, that.instanceId)
                && clientId.equals(that.clientId)
                && clientHost.equals(that.clientHost)
                && rebalanceTimeoutMillis == that.rebalanceTimeoutMillis
                && sessionTimeoutMillis == that.sessionTimeoutMillis
                && Arrays.equals(subscription, that.subscription)
                && Arrays.equals(assignment, that.assignment);
    }

    @Override
    public int hashCode() {
        return memberId.hashCode();
    }

    @Override
    public String toString() {
        return "member " + memberId + (instanceId == null ? "" : " (" + instanceId + ")") + ", " + subscription.length + " bytes of subscription, "
                + assignment.length + " of assignment";
    }
}
