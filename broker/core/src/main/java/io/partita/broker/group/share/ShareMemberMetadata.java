package io.partita.broker.group.share;

import io.partita.broker.group.EpochMember;
import java.util.List;

/**
 * Who a member is and what it wants, as the log has it.
 *
 * @param rackId null when it does not say
 * @param topicNames sorted
 */
record ShareMemberMetadata(String rackId, String clientId, String clientHost, List<String> topicNames) implements EpochMember.Description {

    /** About what a member takes in memory beside what clients determine, and a topic name. */
    private static final long MEMBER_BYTES = 1_000;
    private static final long NAME_BYTES = 60;

    ShareMemberMetadata {
        topicNames = List.copyOf(topicNames);
    }

    /** About what it takes in memory. */
    @Override
    public long heapBytes() {
        long bytes = MEMBER_BYTES + 2L * (clientId.length() + clientHost.length() + (rackId == null ? 0 : rackId.length()));
        for (String name : topicNames) {
            bytes += NAME_BYTES + 2L * name.length();
        }
        return bytes;
    }
}
