package io.partita.broker.group.share;

import io.partita.broker.group.consumer.Partitions;
import java.util.List;

/** A share group as it is told to who asks. */
public record DescribedShareGroup(String groupId, String state, int epoch, int assignmentEpoch, String assignor, List<DescribedMember> members) {

    /** @param rackId null when the member does not say */
    public record DescribedMember(
            String memberId, String rackId, int epoch, String clientId, String clientHost, List<String> topicNames, Partitions assigned) {}
}
