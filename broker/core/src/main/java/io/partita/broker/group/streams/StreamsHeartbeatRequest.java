package io.partita.broker.group.streams;

import io.partita.broker.group.Client;
import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.streams.StreamsMemberMetadata.Endpoint;
import java.util.Map;
import java.util.SortedMap;

/**
 * A member is alive, joins, leaves, or says what it has. What it does not say again is null.
 *
 * @param memberId which members choose themselves
 * @param epoch 0 joins, −1 leaves, −2 leaves and will be back (static members); else the epoch that the member is in
 * @param endpointEpoch of what the member knows of the others' endpoints
 * @param rebalanceTimeoutMillis −1 when not said
 * @param topology what the application is; of those that join
 * @param owned the tasks that it is at
 * @param lags how much is missing in its copies of state, in records
 * @param shutdown whether the whole application is to stop
 */
public record StreamsHeartbeatRequest(
        String groupId,
        String memberId,
        int epoch,
        int endpointEpoch,
        String instanceId,
        String rackId,
        int rebalanceTimeoutMillis,
        Topology topology,
        Tasks owned,
        String processId,
        Endpoint endpoint,
        SortedMap<String, String> tags,
        Map<TaskId, Long> lags,
        boolean shutdown,
        Client client) implements MemberRequest {}
