package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RefusedBatchesTest {

    private final TestClock clock = new TestClock();
    private final RefusedBatches refused = new RefusedBatches(clock);
    private final PartitionLeader leader;

    RefusedBatchesTest() throws IOException {
        TestEventLoop loop = new TestEventLoop(clock);
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, new MemoryDisk(), clock, Runnable::run, new Random(1)::nextLong);
        directory.load(topic -> LogConfig.DEFAULTS, 1);
        leader = new PartitionLeader("t", new UUID(1, 1), 0, loop, Runnable::run, directory.create(new LogId("t", 0), new UUID(1, 1), LogConfig.DEFAULTS), 0,
                1);
    }

    private static ByteBuf batch(long producer, int epoch, int sequence) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out)) {
            if (producer >= 0) {
                builder.producer(producer, (short) epoch, sequence);
            }
            builder.append(1_000, null, new byte[] {1}).finish();
        }
        return out;
    }

    private AppendResult append(ByteBuf batch) {
        AppendResult[] result = new AppendResult[1];
        // The append takes the batch over.
        ByteBuf kept = batch.copy();
        leader.append(batch, AppendOrigin.CLIENT, (short) 1, appended -> {
            refused.ended(leader, kept, appended);
            result[0] = appended;
        });
        return result[0];
    }

    @Test
    void onlyLaterBatchesOfTheSameProducerAndEpochWait() {
        refused.refused("t", 0, batch(1, 0, 5), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, refused.check(leader, batch(1, 0, 6)).code());
        assertNull(refused.check(leader, batch(1, 0, 5)), "the batch itself");
        assertNull(refused.check(leader, batch(1, 0, 4)), "an earlier one");
        assertNull(refused.check(leader, batch(1, 1, 6)), "another epoch");
        assertNull(refused.check(leader, batch(2, 0, 6)), "another producer");
        assertNull(refused.check(leader, batch(-1, 0, 0)), "a producer that is not idempotent");
    }

    @Test
    void theEarliestOfSeveralIsWaitedFor() {
        refused.refused("t", 0, batch(1, 0, 5), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        refused.refused("t", 0, batch(1, 0, 7), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertNotNull(refused.check(leader, batch(1, 0, 6)));
        refused.refused("t", 0, batch(1, 0, 3), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertNotNull(refused.check(leader, batch(1, 0, 5)));
    }

    @Test
    void sequencesWrap() {
        refused.refused("t", 0, batch(1, 0, Integer.MAX_VALUE), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertNotNull(refused.check(leader, batch(1, 0, 0)));
        assertNull(refused.check(leader, batch(1, 0, Integer.MAX_VALUE - 1)));
    }

    @Test
    void whatDoesNotComeAgainHoldsNothingUp() {
        refused.refused("t", 0, batch(1, 0, 5), ErrorCode.MESSAGE_TOO_LARGE);
        assertNull(refused.check(leader, batch(1, 0, 6)));
    }

    @Test
    void aProducerThatTheLogKnowsIsJudgedByTheLog() {
        append(batch(1, 0, 0));
        refused.refused("t", 0, batch(1, 0, 1), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertNull(refused.check(leader, batch(1, 0, 2)));
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, ((AppendResult.Refused) append(batch(1, 0, 2))).code());
    }

    @Test
    void aRefusedAppendIsRememberedUntilItSucceeds() {
        leader.reconfigure(LogConfig.DEFAULTS, 2);
        leader.append(batch(1, 0, 5), AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, result -> refused.ended(leader, batch(1, 0, 5), result));
        assertNotNull(refused.check(leader, batch(1, 0, 6)));
        append(batch(1, 0, 5));
        assertNull(refused.check(leader, batch(1, 0, 6)));
    }

    @Test
    void nothingIsRememberedForLongOrWithoutBound() {
        refused.refused("t", 0, batch(1, 0, 5), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        clock.advance(RefusedBatches.AGE_MILLIS_MAX + 1);
        assertNull(refused.check(leader, batch(1, 0, 6)));
        for (int producer = 1; producer <= RefusedBatches.ENTRIES_MAX + 1; producer++) {
            refused.refused("t", 0, batch(producer, 0, 5), ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
        assertNull(refused.check(leader, batch(1, 0, 6)), "the oldest went");
        assertNotNull(refused.check(leader, batch(2, 0, 6)));
    }
}
