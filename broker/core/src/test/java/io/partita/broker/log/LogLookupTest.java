package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.EpochCache.EpochEndOffset;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.TimestampType;
import org.junit.jupiter.api.Test;

class LogLookupTest {

    private final LogFixture fixture = new LogFixture();

    @Test
    void offsetsAreFoundByTimestamp() throws Exception {
        fixture.start();
        for (int i = 0; i < 300; i++) {
            fixture.log.append(Batches.of(1_000 + i * 10L, "a" + i, "b" + i), AppendOrigin.CLIENT, 0);
        }
        for (boolean restarted : new boolean[] {false, true}) {
            if (restarted) {
                fixture.stop();
                fixture.start();
            }
            for (int i = 0; i < 300; i += 7) {
                assertEquals(new TimestampOffset(1_000 + i * 10L, i * 2L), fixture.log.lookupByTimestamp(1_000 + i * 10L, 600));
                assertEquals(new TimestampOffset(1_000 + i * 10L, i * 2L), fixture.log.lookupByTimestamp(995 + i * 10L, 600));
            }
            assertEquals(TimestampOffset.NONE, fixture.log.lookupByTimestamp(5_000, 600));
            assertEquals(TimestampOffset.NONE, fixture.log.lookupByTimestamp(3_500, 400));
            assertEquals(new TimestampOffset(3_990, 598), fixture.log.maxTimestampOffset());
        }
        fixture.log.advanceLogStartOffset(101);
        assertEquals(new TimestampOffset(1_500, 101), fixture.log.lookupByTimestamp(0, 600));
    }

    @Test
    void timestampsOutOfOrderAreFoundWhereTheyComeFirst() throws Exception {
        fixture.start();
        long[] timestamps = {50, 40, 90, 10, 90, 95, 20};
        for (long timestamp : timestamps) {
            fixture.log.append(Batches.of(timestamp, "x"), AppendOrigin.CLIENT, 0);
        }

        assertEquals(new TimestampOffset(50, 0), fixture.log.lookupByTimestamp(10, 7));
        assertEquals(new TimestampOffset(90, 2), fixture.log.lookupByTimestamp(51, 7));
        assertEquals(new TimestampOffset(95, 5), fixture.log.lookupByTimestamp(91, 7));
        assertEquals(new TimestampOffset(95, 5), fixture.log.maxTimestampOffset());
    }

    @Test
    void anEmptyLogHasNoTimestamps() throws Exception {
        fixture.start();

        assertEquals(TimestampOffset.NONE, fixture.log.lookupByTimestamp(0, 0));
        assertEquals(TimestampOffset.NONE, fixture.log.maxTimestampOffset());
    }

    @Test
    void logAppendTimeReplacesTheProducersTimestamps() throws Exception {
        fixture.config(fixture.config.toBuilder().timestampType(TimestampType.LOG_APPEND_TIME).build()).start();

        AppendResult result = fixture.log.append(Batches.of(5, "x"), AppendOrigin.CLIENT, 0);

        assertEquals(new Appended(0, 0, fixture.clock.wallMillis(), 0), result);
        assertEquals(new TimestampOffset(fixture.clock.wallMillis(), 0), fixture.log.maxTimestampOffset());
        fixture.readAll(0);
    }

    @Test
    void epochsEndWhereTheNextOneBegins() throws Exception {
        fixture.start();
        fixture.log.append(Batches.of(1, "a", "b"), AppendOrigin.CLIENT, 2);
        fixture.log.append(Batches.of(1, "c"), AppendOrigin.CLIENT, 5);
        fixture.log.append(Batches.of(1, "d"), AppendOrigin.CLIENT, 5);
        for (boolean restarted : new boolean[] {false, true}) {
            if (restarted) {
                fixture.stop();
                fixture.start();
            }
            EpochCache epochs = fixture.log.leaderEpochs();
            assertEquals(5, epochs.latestEpoch());
            assertEquals(new EpochEndOffset(2, 2), epochs.endOffsetFor(2, 4));
            assertEquals(new EpochEndOffset(2, 2), epochs.endOffsetFor(4, 4));
            assertEquals(new EpochEndOffset(5, 4), epochs.endOffsetFor(5, 4));
            assertEquals(EpochEndOffset.UNDEFINED, epochs.endOffsetFor(6, 4));
            assertEquals(new EpochEndOffset(1, 0), epochs.endOffsetFor(1, 4));
        }
        fixture.log.truncateTo(2);
        assertEquals(2, fixture.log.leaderEpochs().latestEpoch());
    }

    @Test
    void replicatedBatchesKeepTheirOffsets() throws Exception {
        LogFixture leader = new LogFixture().start();
        for (int i = 0; i < 20; i++) {
            leader.log.append(Batches.of(7, "a" + i, "b" + i), AppendOrigin.CLIENT, i / 5);
        }
        fixture.start();
        ByteBuf bytes = Unpooled.buffer();
        LogSlice slice = leader.log.read(0, Integer.MAX_VALUE, Long.MAX_VALUE, true);
        slice.copyTo(bytes);
        slice.release();

        AppendResult result = fixture.log.append(bytes, AppendOrigin.REPLICA, 99);

        assertEquals(new Appended(0, 39, -1, 0), result);
        assertEquals(leader.readAll(0), fixture.readAll(0));
        assertEquals(3, fixture.log.leaderEpochs().latestEpoch());
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE,
                ((AppendResult.Refused) fixture.log.append(bytes, AppendOrigin.REPLICA, 99)).code());
    }
}
