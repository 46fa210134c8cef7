package io.partita.broker.group.share;

import io.partita.broker.group.Client;
import java.util.List;

/**
 * A member is alive, joins, leaves, or says what it wants. What it does not say again is null.
 *
 * @param memberId which members choose themselves
 * @param epoch 0 joins, −1 leaves; else the epoch that the member is in
 * @param topicNames what it subscribes to
 */
public record ShareHeartbeatRequest(String groupId, String memberId, int epoch, String rackId, List<String> topicNames, Client client) {

    /** {@link #epoch} of a member that joins. */
    static final int JOINS = 0;
    /** {@link #epoch} of a member that leaves. */
    static final int LEAVES = -1;

    boolean joins() {
        return epoch == JOINS;
    }

    boolean leaves() {
        return epoch == LEAVES;
    }
}
