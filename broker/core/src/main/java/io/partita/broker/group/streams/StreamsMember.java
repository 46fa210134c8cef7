package io.partita.broker.group.streams;

import io.partita.broker.group.HeldPlace;
import io.partita.broker.group.SessionTimer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A member of a streams group as it stands now. What the log has of it changes with its records; the rest is lost with the shard. Owned by its group. */
final class StreamsMember {

    final String memberId;
    private StreamsMemberMetadata metadata;
    private CurrentTasks current = CurrentTasks.NONE;
    /** How much is missing in the copies of state that it has, as far as it said so, in records. */
    private Map<TaskId, Long> lags = Map.of();
    /** Since when nothing was said of a copy of state that it has; milliseconds of the monotonic clock. */
    private final Map<TaskId, Long> silentSince = new HashMap<>();

    /** Ends its membership when it is silent. */
    final SessionTimer session = new SessionTimer();
    /** Ends its membership when it does not give up tasks, in the epoch {@link #awaitedEpoch}. */
    final SessionTimer revocation = new SessionTimer();
    int awaitedEpoch;
    /** A heartbeat whose answer waits for a change. */
    final HeldPlace<StreamsHeartbeatResult> held = new HeldPlace<>();

    StreamsMember(String memberId, StreamsMemberMetadata metadata) {
        this.memberId = memberId;
        this.metadata = metadata;
    }

    StreamsMemberMetadata metadata() {
        return metadata;
    }

    /** A record of it was taken in. */
    void metadata(StreamsMemberMetadata written) {
        metadata = written;
    }

    CurrentTasks current() {
        return current;
    }

    /** A record of it was taken in. */
    void current(CurrentTasks written) {
        current = written;
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
        var copies = new HashSet<>(current.assigned().standby());
        copies.addAll(current.assigned().warmup());
        silentSince.keySet().retainAll(copies);
        copies.forEach(task -> silentSince.putIfAbsent(task, nowMillis));
        copies.removeIf(task -> nowMillis - silentSince.get(task) < millis);
        return copies;
    }

    boolean isStatic() {
        return metadata.isStatic();
    }

    /** Whether it is a static member that said it would be back. */
    boolean isAway() {
        return current.epoch() == StreamsHeartbeatRequest.LEAVES_FOR_A_WHILE;
    }

    void stopTimers() {
        session.stop();
        revocation.stop();
    }

    @Override
    public String toString() {
        return isStatic() ? memberId + " (" + metadata.instanceId() + ")" : memberId;
    }
}
