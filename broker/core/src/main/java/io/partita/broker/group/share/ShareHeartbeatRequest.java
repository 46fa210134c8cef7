package io.partita.broker.group.share;

import io.partita.broker.group.Client;
import io.partita.broker.group.MemberRequest;
import java.util.List;

/**
 * A member is alive, joins, leaves, or says what it wants. What it does not say again is null.
 *
 * @param memberId which members choose themselves
 * @param epoch 0 joins, −1 leaves; else the epoch that the member is in
 * @param topicNames what it subscribes to
 */
public record ShareHeartbeatRequest(String groupId, String memberId, int epoch, String rackId, List<String> topicNames, Client client)
        implements
            MemberRequest {}
