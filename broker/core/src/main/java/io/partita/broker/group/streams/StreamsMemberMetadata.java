package io.partita.broker.group.streams;

import io.partita.broker.group.EpochMember;
import java.util.Collections;
import java.util.SortedMap;

/**
 * Who a member is, as the log has it.
 *
 * @param instanceId {@code group.instance.id}, null for a dynamic member
 * @param rackId null when it does not say
 * @param topologyEpoch of the topology that it knows
 * @param processId members of one process share the state that it has on its disk
 * @param endpoint where it can be asked for its state, null when it cannot
 * @param tags {@code client.tag.*} of the application
 */
public record StreamsMemberMetadata(
        String instanceId,
        String rackId,
        String clientId,
        String clientHost,
        int rebalanceTimeoutMillis,
        int topologyEpoch,
        String processId,
        Endpoint endpoint,
        SortedMap<String, String> tags) implements EpochMember.Description {

    /** About what a member takes in memory beside what clients determine. */
    private static final long MEMBER_BYTES = 1_200;

    public record Endpoint(String host, int port) {}

    public StreamsMemberMetadata {
        tags = Collections.unmodifiableSortedMap(tags);
    }

    /** Whether the same follows from it for who is to have what. */
    boolean countsAs(StreamsMemberMetadata other) {
        return topologyEpoch == other.topologyEpoch && processId.equals(other.processId) && tags.equals(other.tags);
    }

    /** About what it takes in memory. */
    @Override
    public long heapBytes() {
        long chars = clientId.length() + clientHost.length() + processId.length() + length(instanceId) + length(rackId)
                + (endpoint == null ? 0 : endpoint.host().length());
        for (var tag : tags.entrySet()) {
            chars += 60 + tag.getKey().length() + tag.getValue().length();
        }
        return MEMBER_BYTES + 2 * chars;
    }

    private static int length(String text) {
        return text == null ? 0 : text.length();
    }
}
