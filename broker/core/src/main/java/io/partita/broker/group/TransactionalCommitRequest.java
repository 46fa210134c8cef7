package io.partita.broker.group;

import io.partita.broker.coordinator.Producer;
import java.util.List;

/**
 * A producer commits offsets for a group as part of its transaction.
 *
 * @param generation −1 from clients that do not say (before KIP-447)
 * @param memberId empty from clients that do not say
 * @param instanceId {@code group.instance.id}, null for a dynamic member
 * @param knowsGroupIdNotFound whether the client understands that a group does not exist (version 6)
 */
public record TransactionalCommitRequest(
        String groupId,
        Producer producer,
        int generation,
        String memberId,
        String instanceId,
        boolean knowsGroupIdNotFound,
        List<CommitRequest.PartitionCommit> partitions) {}
