package io.partita.broker.share.state;

import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.coordinator.CoordinatorShard;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.coordinator.StateMachine;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share-partitions of one partition of {@code __share_group_state}. Owned by the partition's event loop.
 *
 * <p>A write is a small record, and each so many of them all of the state. The log is cut where no share-partition needs it any more: before the oldest of
 * their last snapshots. Those that nobody writes to would keep it from being cut, so they are written anew once they keep more than they are worth.
 */
public final class ShareStateShard implements CoordinatorShards.Shard {

    private static final Logger LOG = LoggerFactory.getLogger(ShareStateShard.class);
    /** So many records may be kept for the sake of a share-partition that nobody writes to. */
    private static final long KEPT_RECORDS = 10_000;

    private final OwnedLoop loop;
    private final Clock clock;
    private final ShareStateConfig config;
    private final CoordinatorLog log;
    private final CoordinatorShard<StateRecord> coordinator;
    private final Map<ShareKey, StoredState> states = new HashMap<>();
    private long lastPlace;
    private EventLoop.Timer pruning;

    /**
     * @param failed run when the shard has closed because the log did not take a change, or because something went wrong: another one is to load the log
     * @param defect told of what went wrong in a task of the shard
     */
    public ShareStateShard(String name, EventLoop partitionLoop, Clock clock, ShareStateConfig config, CoordinatorLog log, Runnable failed,
            Consumer<Throwable> defect) {
        this.loop = new OwnedLoop(partitionLoop, thrown -> {
            defect.accept(thrown);
            close();
            failed.run();
        });
        this.clock = clock;
        this.config = config;
        this.log = log;
        this.coordinator = new CoordinatorShard<>(name, loop, clock, log, new StateRecordFormat(), new Machine(), config.writeTimeoutMillis(), () -> {
            close();
            failed.run();
        });
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public void load() {
        coordinator.load();
    }

    @Override
    public void close() {
        loop.check();
        coordinator.close();
        if (pruning != null) {
            pruning.cancel();
        }
    }

    void initialize(ShareKey key, int stateEpoch, long startOffset, Consumer<ErrorCode> answer) {
        ErrorCode error = coordinator.availability();
        StoredState known = states.get(key);
        if (error == ErrorCode.NONE && known != null && known.stateEpoch() > stateEpoch) {
            error = ErrorCode.FENCED_STATE_EPOCH;
        }
        if (error != ErrorCode.NONE) {
            answer.accept(error);
            return;
        }
        long now = clock.wallMillis();
        int snapshotEpoch = known == null ? 0 : known.snapshotEpoch() + 1;
        int leaderEpoch = known == null ? 0 : known.leaderEpoch();
        write(new StateRecord.Snapshot(key, new StateRecord.Value(snapshotEpoch, stateEpoch, leaderEpoch, startOffset, 0, now, now, List.of())), answer);
    }

    void read(ShareKey key, int leaderEpoch, Consumer<StateAccess.Stored> answer) {
        StoredState known = states.get(key);
        ErrorCode error = refusal(known, leaderEpoch);
        if (error != ErrorCode.NONE) {
            answer.accept(StateAccess.Stored.failed(error));
            return;
        }
        List<StateRecord> records = leaderEpoch == known.leaderEpoch()
                ? List.of()
                : List.of(new StateRecord.Update(key, new StateRecord.Change(known.snapshotEpoch(), leaderEpoch, -1,
                        known.stored(ErrorCode.NONE, false).completeCount(), List.of())));
        // Without a record it waits for the writes before it, which leaders of before may have been told of.
        coordinator.write(records, outcome(code -> answer
                .accept(code == ErrorCode.NONE ? known.stored(ErrorCode.NONE, true) : StateAccess.Stored.failed(code))));
    }

    void write(ShareKey key, StateAccess.Change change, Consumer<ErrorCode> answer) {
        StoredState known = states.get(key);
        ErrorCode error = refusal(known, change.leaderEpoch());
        if (error == ErrorCode.NONE && change.stateEpoch() < known.stateEpoch()) {
            error = ErrorCode.FENCED_STATE_EPOCH;
        }
        if (error != ErrorCode.NONE) {
            answer.accept(error);
            return;
        }
        StateRecord update = new StateRecord.Update(key,
                new StateRecord.Change(known.snapshotEpoch(), change.leaderEpoch(), change.startOffset(), change.completeCount(), change.batches()));
        if (known.updatesSince() < config.updatesPerSnapshot()) {
            write(update, answer);
        } else {
            coordinator.write(List.of(update), WriteOutcome.IGNORED);
            if (states.get(key) == known) {
                write(new StateRecord.Snapshot(key, known.snapshot(clock.wallMillis())), answer);
            }
        }
    }

    private ErrorCode refusal(StoredState known, int leaderEpoch) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            return error;
        }
        if (known == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return leaderEpoch < known.leaderEpoch() ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.NONE;
    }

    void delete(ShareKey key, Consumer<ErrorCode> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE || !states.containsKey(key)) {
            answer.accept(error);
        } else {
            write(new StateRecord.Snapshot(key, null), answer);
        }
    }

    void summary(ShareKey key, Consumer<StateAccess.Stored> answer) {
        StoredState known = states.get(key);
        ErrorCode error = refusal(known, Integer.MAX_VALUE);
        if (error != ErrorCode.NONE) {
            answer.accept(StateAccess.Stored.failed(error));
        } else {
            StateAccess.Stored stored = known.stored(ErrorCode.NONE, false);
            coordinator.write(List.of(), outcome(code -> answer.accept(code == ErrorCode.NONE ? stored : StateAccess.Stored.failed(code))));
        }
    }

    private void write(StateRecord record, Consumer<ErrorCode> answer) {
        coordinator.write(List.of(record), outcome(answer));
    }

    private static WriteOutcome outcome(Consumer<ErrorCode> answer) {
        return new WriteOutcome() {
            @Override
            public void committed() {
                answer.accept(ErrorCode.NONE);
            }

            @Override
            public void failed(ErrorCode code) {
                answer.accept(code);
            }
        };
    }

    private void pruneRegularly() {
        pruning = loop.schedule(config.pruneMillis(), () -> {
            if (coordinator.availability() == ErrorCode.NONE) {
                prune();
            }
            pruneRegularly();
        });
    }

    /** Cuts the log where nobody needs it any more. */
    private void prune() {
        long needed = needed();
        if (lastPlace - needed <= KEPT_RECORDS + 2L * states.size()) {
            log.deleteBefore(needed);
            return;
        }
        long old = needed + (lastPlace - needed) / 2;
        List<StateRecord> records = new ArrayList<>();
        states.forEach((key, state) -> {
            if (state.snapshotPlace() < old) {
                records.add(new StateRecord.Snapshot(key, state.snapshot(clock.wallMillis())));
            }
        });
        LOG.info("{} share-partitions are written anew, so that their log can be cut.", records.size());
        coordinator.write(records, outcome(code -> {
            if (code == ErrorCode.NONE) {
                log.deleteBefore(needed());
            }
        }));
    }

    private long needed() {
        long needed = lastPlace + 1;
        for (StoredState state : states.values()) {
            needed = Math.min(needed, state.snapshotPlace());
        }
        return needed;
    }

    /** What the log's records add up to. */
    private final class Machine implements StateMachine<StateRecord> {

        @Override
        public void apply(StateRecord record, long place, Producer producer) {
            lastPlace = place;
            switch (record) {
                case StateRecord.Snapshot(ShareKey key, StateRecord.Value value) -> {
                    if (value == null) {
                        states.remove(key);
                    } else {
                        states.computeIfAbsent(key, ignored -> new StoredState()).apply(value, place);
                    }
                }
                case StateRecord.Update(ShareKey key, StateRecord.Change change) -> {
                    StoredState state = states.get(key);
                    // Without a snapshot it is of one that was deleted.
                    if (state != null && change != null) {
                        state.apply(change);
                    }
                }
            }
        }

        @Override
        public void loaded() {
            pruneRegularly();
        }
    }
}
