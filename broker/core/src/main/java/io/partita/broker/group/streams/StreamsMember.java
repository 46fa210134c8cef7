package io.partita.broker.group.streams;

import io.partita.broker.group.EpochMember;
import io.partita.broker.protocol.ErrorCode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A member of a streams group as it stands now. Owned by its group. */
final class StreamsMember extends EpochMember<StreamsMemberMetadata, CurrentTasks, StreamsHeartbeatResult> {

    /** How much is missing in the copies of state that it has, as far as it said so, in records. */
    private Map<TaskId, Long> lags = Map.of();
    /** Since when nothing was said of a copy of state that it has; milliseconds of the monotonic clock. */
    private final Map<TaskId, Long> silentSince = new HashMap<>();

    StreamsMember(String memberId, StreamsMemberMetadata metadata) {
        super(memberId, metadata, CurrentTasks.NONE);
    }

    @Override
    protected StreamsHeartbeatResult failed(ErrorCode error) {
        return StreamsHeartbeatResult.failed(error, null);
    }

    Map<TaskId, Long> lags() {
        return lags;
    }

    void lags(Map<TaskId, Long> said, long nowMillis) {
        lags = Map.copyOf(said);
        said.keySet().forEach(task -> silentSince.computeIfPresent(task, (id, since) -> nowMillis));
    }

    /** Copies of state that it has had for so long without a word of how far they are; time counts from when this is first asked. */
    Set<TaskId> silentFor(long millis, long nowMillis) {
        var copies = new HashSet<>(current().assigned().standby());
        copies.addAll(current().assigned().warmup());
        silentSince.keySet().retainAll(copies);
        copies.forEach(task -> silentSince.putIfAbsent(task, nowMillis));
        copies.removeIf(task -> nowMillis - silentSince.get(task) < millis);
        return copies;
    }
}
