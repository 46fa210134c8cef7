package io.partita.cli.command;

import java.util.List;

/**
 * A group as its coordinator describes it.
 *
 * @param epoch null of a classic group
 * @param subtopologies of a group of Kafka Streams
 * @param topologyEpoch of a group of Kafka Streams whose members have said what they do; else null
 */
record DescribedGroup(
        String id, String state, String type, String assignor, Integer epoch, Integer topologyEpoch, int coordinator, List<GroupMember> members,
        List<Subtopology> subtopologies) {

    /** A part of what a group of Kafka Streams does. */
    record Subtopology(String name, List<String> sources, List<String> repartitionSinks, List<String> changelogs) {}

    DescribedGroup(String id, String state, String type, String assignor, Integer epoch, int coordinator, List<GroupMember> members) {
        this(id, state, type, assignor, epoch, null, coordinator, members, List.of());
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    boolean isShare() {
        return type.equals("share");
    }

    boolean isStreams() {
        return type.equals("streams");
    }
}
