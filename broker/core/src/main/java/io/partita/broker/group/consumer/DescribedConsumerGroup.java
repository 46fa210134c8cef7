package io.partita.broker.group.consumer;

import java.util.List;

/** A consumer group in full. */
public record DescribedConsumerGroup(
        String groupId, ConsumerGroupState state, int epoch, int assignmentEpoch, String assignor, List<DescribedMember> members) {

    /**
     * A member.
     *
     * @param instanceId {@code group.instance.id}, null for a dynamic member
     * @param topicRegex null when it has no pattern
     * @param classic whether it speaks the classic protocol
     */
    public record DescribedMember(
            String memberId,
            String instanceId,
            String rackId,
            int epoch,
            String clientId,
            String clientHost,
            List<String> topicNames,
            String topicRegex,
            Partitions assigned,
            Partitions target,
            boolean classic) {}
}
