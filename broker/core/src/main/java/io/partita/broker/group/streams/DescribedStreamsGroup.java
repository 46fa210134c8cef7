package io.partita.broker.group.streams;

import java.util.List;
import java.util.Map;

/**
 * A streams group as it is told to who asks.
 *
 * @param topology null when nobody has said it yet
 * @param taskCounts tasks by subtopology, none while topics are missing
 */
public record DescribedStreamsGroup(
        String groupId,
        String state,
        int epoch,
        int assignmentEpoch,
        String assignor,
        Topology topology,
        Map<String, Integer> taskCounts,
        List<DescribedMember> members) {

    public record DescribedMember(String memberId, StreamsMemberMetadata metadata, int epoch, Tasks assigned, Tasks target) {}
}
