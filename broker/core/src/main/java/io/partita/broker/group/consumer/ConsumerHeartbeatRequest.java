package io.partita.broker.group.consumer;

import io.partita.broker.group.Client;
import io.partita.broker.group.MemberRequest;
import java.util.List;
import java.util.function.Predicate;

/**
 * A member is alive, joins, leaves, or says what it wants and what it has. What it does not say again is null.
 *
 * @param memberId empty when the coordinator is to choose one (version 0)
 * @param epoch 0 joins, −1 leaves, −2 leaves for a while; else the epoch that the member is in
 * @param instanceId {@code group.instance.id}
 * @param rebalanceTimeoutMillis how long it may take to give up partitions, −1 as before
 * @param topicNames what it subscribes to by name
 * @param topicRegex what it subscribes to by pattern; empty ends that
 * @param owned the partitions that it has
 * @param mayRead which topics may be shown to it by its pattern
 * @param choosesId whether members bring their ids (version 1)
 */
public record ConsumerHeartbeatRequest(
        String groupId,
        String memberId,
        int epoch,
        String instanceId,
        String rackId,
        int rebalanceTimeoutMillis,
        List<String> topicNames,
        String topicRegex,
        String serverAssignor,
        Partitions owned,
        Client client,
        Predicate<String> mayRead,
        boolean choosesId) implements MemberRequest {

    /** Whether it says everything, as clients do that do not know what arrived of what they said before. */
    boolean isFull() {
        return rebalanceTimeoutMillis != -1 && (topicNames != null || topicRegex != null) && owned != null;
    }
}
