package io.partita.cli.command;

import java.util.List;

/**
 * A group as its coordinator describes it.
 *
 * @param epoch null of a classic group
 * @param topologyEpoch of a group of Kafka Streams whose members have said what they do; else null
 */
record DescribedGroup(String id, String state, String type, String assignor, Integer epoch, Integer topologyEpoch, int coordinator, List<GroupMember> members) {

    boolean isEmpty() {
        return members.isEmpty();
    }

    boolean isStreams() {
        return type.equals("streams");
    }
}
