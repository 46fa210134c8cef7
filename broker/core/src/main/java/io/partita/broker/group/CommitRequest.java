package io.partita.broker.group;

import java.util.List;
import java.util.UUID;

/**
 * A group commits offsets.
 *
 * @param generation −1 from clients that are no members of the group
 * @param memberId empty from clients that are no members
 * @param instanceId {@code group.instance.id}, null for a dynamic member
 * @param retentionMillis how long to keep the offsets whatever the group does (versions 2 to 4), −1 as the broker does
 * @param knowsGroupIdNotFound whether the client understands that a group does not exist (version 9)
 */
public record CommitRequest(
        String groupId,
        int generation,
        String memberId,
        String instanceId,
        long retentionMillis,
        boolean knowsGroupIdNotFound,
        List<PartitionCommit> partitions) {

    /**
     * One partition's offset.
     *
     * @param topicId zero when unknown
     * @param leaderEpoch −1 when unknown
     * @param metadata null stands for none
     * @param commitMillis wall clock of the commit as the client has it (version 1), −1 for now
     */
    public record PartitionCommit(String topic, UUID topicId, int partition, long offset, int leaderEpoch, String metadata, long commitMillis) {}
}
