package io.partita.broker.group.streams;

import io.partita.broker.group.Refusal;
import io.partita.broker.group.streams.ResolvedTopology.MissingTopic;
import io.partita.broker.group.streams.StreamsMemberMetadata.Endpoint;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * Answer to a {@link StreamsHeartbeatRequest}.
 *
 * @param message for people, null without an error
 * @param epoch the member's from now on
 * @param times when it is to be heard from again
 * @param statuses what else there is to know
 * @param tasks what it is to be at, null when that is as before
 * @param endpointEpoch of {@code endpoints}
 * @param endpoints who can be asked for what, null when the member knows
 * @param missing topics to make
 */
public record StreamsHeartbeatResult(
        ErrorCode error,
        String message,
        String memberId,
        int epoch,
        Times times,
        List<StreamsStatus> statuses,
        Tasks tasks,
        int endpointEpoch,
        List<EndpointPartitions> endpoints,
        List<MissingTopic> missing) {

    /**
     * @param intervalMillis until the next heartbeat
     * @param taskOffsetIntervalMillis between two heartbeats that say how far copies of state are
     * @param acceptableLag records that may be missing in a copy that is good enough to go on with
     */
    public record Times(int intervalMillis, int taskOffsetIntervalMillis, long acceptableLag) {}

    /** What can be asked for at an endpoint: partitions, by topic, whose records a member works on, and those whose state it has a copy of. */
    public record EndpointPartitions(Endpoint endpoint, SortedMap<String, SortedSet<Integer>> active, SortedMap<String, SortedSet<Integer>> standby) {}

    public static StreamsHeartbeatResult failed(ErrorCode error, String message) {
        return new StreamsHeartbeatResult(error, message, null, 0, new Times(0, 0, 0), List.of(), null, 0, null, List.of());
    }

    public static StreamsHeartbeatResult failed(Refusal refusal) {
        return failed(refusal.error(), refusal.message());
    }
}
