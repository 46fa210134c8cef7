package io.partita.broker.share;

import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import io.partita.broker.share.state.StateBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the share coordinator store what became of records, one write after the other: what gathers while one is under way goes into the next. One that the
 * coordinator is not there for is repeated. Owned by the partition's event loop.
 */
final class StateWriter {

    private static final Logger LOG = LoggerFactory.getLogger(StateWriter.class);

    static final long RETRY_MILLIS = 100;
    /** For so long a coordinator may be gone before who waits is told. */
    static final long PATIENCE_MILLIS = 20_000;

    private final ShareKey key;
    private final PartitionLeader leader;
    private final EventLoop loop;
    private final Clock clock;
    private final StateAccess states;
    private final Outcome outcome;
    private Deliveries deliveries;
    private int stateEpoch;
    private boolean ended;
    /** Told when what they said is stored. */
    private List<Consumer<ErrorCode>> waiting = new ArrayList<>();
    private boolean isWriting;
    private boolean isAboutTo;

    /** Told after those who wait for it. */
    interface Outcome {

        void stored();

        /** It is not stored, and will not be. */
        void refused(ErrorCode code);
    }

    StateWriter(ShareKey key, PartitionLeader leader, Clock clock, StateAccess states, Outcome outcome) {
        this.key = key;
        this.leader = leader;
        this.loop = leader.owner();
        this.clock = clock;
        this.states = states;
        this.outcome = outcome;
    }

    static boolean isPassing(ErrorCode error) {
        return switch (error) {
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, REQUEST_TIMED_OUT, NETWORK_EXCEPTION -> true;
            default -> false;
        };
    }

    /**
     * What clients are told in place of what the share coordinator says: only what a client takes of a partition that it fetches from, because Kafka's throws anything else at its
     * application. Where the coordinator is gone it is as if another broker led: what was locked here is so no more, and the client comes again.
     */
    static ErrorCode told(ErrorCode error) {
        return switch (error) {
            case NONE, UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER -> error;
            case GROUP_ID_NOT_FOUND -> ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
            case FENCED_LEADER_EPOCH, FENCED_STATE_EPOCH, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, NETWORK_EXCEPTION,
                    REQUEST_TIMED_OUT ->
                ErrorCode.NOT_LEADER_OR_FOLLOWER;
            default -> ErrorCode.UNKNOWN_SERVER_ERROR;
        };
    }

    /** What is stored is known, under that epoch. */
    void begin(Deliveries known, int epoch) {
        deliveries = known;
        stateEpoch = epoch;
    }

    int stateEpoch() {
        return stateEpoch;
    }

    boolean isBusy() {
        return isWriting || isAboutTo;
    }

    /** Nothing is stored any more: whoever waits is told so. */
    void end(ErrorCode error) {
        ended = true;
        List<Consumer<ErrorCode>> unstored = waiting;
        waiting = new ArrayList<>();
        unstored.forEach(answer -> answer.accept(error));
    }

    /** Tells {@code answer} when what was changed is stored. */
    void soon(Consumer<ErrorCode> answer) {
        waiting.add(answer);
        soon();
    }

    /** What this turn of the loop changes is stored together. */
    void soon() {
        if (!isAboutTo && !isWriting) {
            isAboutTo = true;
            loop.execute(() -> {
                isAboutTo = false;
                write();
            });
        }
    }

    private void write() {
        if (isWriting || ended || !deliveries.isDirty()) {
            return;
        }
        isWriting = true;
        List<Consumer<ErrorCode>> answers = waiting;
        waiting = new ArrayList<>();
        List<StateBatch> changes = deliveries.takeChanges();
        send(new StateAccess.Change(stateEpoch, leader.leaderEpoch(), deliveries.startOffset(), deliveries.completeCount(), changes), answers,
                clock.monotonicMillis() + PATIENCE_MILLIS);
    }

    /** The same change may be stored twice, which changes nothing. */
    private void send(StateAccess.Change change, List<Consumer<ErrorCode>> answers, long untilMillis) {
        states.write(key, change, code -> loop.run(() -> {
            if (isPassing(code) && !ended && !leader.isClosed() && clock.monotonicMillis() < untilMillis) {
                loop.schedule(RETRY_MILLIS, () -> send(change, answers, untilMillis));
                return;
            }
            isWriting = false;
            ErrorCode error = told(code);
            answers.forEach(answer -> answer.accept(error));
            if (error != ErrorCode.NONE) {
                LOG.warn("What share group {} did with records of {} could not be stored: {}. They are given out again.", key.groupId(), leader, code);
                outcome.refused(code);
            } else {
                if (!waiting.isEmpty() || deliveries.isDirty()) {
                    write();
                }
                outcome.stored();
            }
        }));
    }
}
