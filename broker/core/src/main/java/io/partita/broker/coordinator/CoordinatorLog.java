package io.partita.broker.coordinator;

import io.netty.buffer.ByteBuf;
import io.partita.broker.protocol.ErrorCode;

/**
 * The partition a coordinator keeps its state in, as the coordinator needs it: led by this broker for as long as the shard lives. All methods
 * are called on the partition's event loop, and all callbacks are made on it.
 */
public interface CoordinatorLog {

    /** The largest batch that {@link #append} takes: the topic's {@code max.message.bytes}, or its {@code segment.bytes} if that is less. */
    int maxBatchBytes();

    /**
     * What the log would refuse a transactional batch of {@code producer} with, or a marker; NONE when it takes it. A refusal after the state took it in would
     * end the shard.
     *
     * @param coordinatorEpoch the marker's, −1 for a batch
     */
    ErrorCode admits(Producer producer, int coordinatorEpoch);

    /** An empty buffer for a batch, to be handed to {@link #append} or released. */
    ByteBuf newBatch(int bytesInitial);

    /** The epoch in which this broker leads the partition; markers of transactions carry it. */
    int leaderEpoch();

    /**
     * Appends one batch of format v2 with offsets from 0, as if with {@code acks=all}. Takes over {@code batch} and releases it. Calls
     * {@code outcome} once: maybe before it returns, maybe after a long time, never when leadership is lost in between.
     */
    void append(ByteBuf batch, AppendOutcome outcome);

    /** Records before {@code offset} are not needed any more. What is not committed yet stays. */
    default void deleteBefore(long offset) {}

    /** Reads the partition from its start to what is committed now, away from the event loop where the disk is slow. */
    void replay(Replay replay);

    /** What became of a batch. */
    interface AppendOutcome {

        /** Every in-sync replica has it. Calls come in the order of the appends. */
        void committed();

        /** It is not in the log and will not be. */
        void failed(ErrorCode code, String reason);
    }

    /** Receives the partition's contents: {@link #batches} any number of times, then one of the others. */
    interface Replay {

        /** Whole batches of format v2 in log order. The buffer is the caller's: it may be reused after the call. */
        void batches(ByteBuf batches);

        void finished();

        /** The partition cannot be read. */
        void failed(String reason);
    }
}
