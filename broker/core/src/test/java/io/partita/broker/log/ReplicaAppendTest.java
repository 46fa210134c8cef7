package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a log takes from the leader of its partition. */
class ReplicaAppendTest {

    private final LogFixture fixture = new LogFixture();

    private static ByteBuf batch(long offset, int epoch, String... values) {
        ByteBuf batch = Batches.of(1, values);
        RecordBatch.setBaseOffset(batch, 0, offset);
        RecordBatch.setLeaderEpoch(batch, 0, epoch);
        return batch;
    }

    private AppendResult take(ByteBuf... batches) {
        return fixture.log.append(Unpooled.wrappedBuffer(batches), AppendOrigin.REPLICA, 0);
    }

    private static ErrorCode code(AppendResult result) {
        return assertInstanceOf(Refused.class, result).code();
    }

    @Test
    void batchesOfAnOlderEpochAreRefused() throws Exception {
        fixture.start();
        take(batch(0, 1, "a"), batch(1, 4, "b"));

        assertEquals(ErrorCode.FENCED_LEADER_EPOCH, code(take(batch(2, 3, "c"))));
        assertEquals(ErrorCode.FENCED_LEADER_EPOCH, code(take(batch(2, 5, "c"), batch(3, 4, "d"))));

        assertEquals(2, fixture.log.logEndOffset());
        assertEquals(4, fixture.log.leaderEpochs().epochOf(1));
        assertEquals(1, fixture.log.leaderEpochs().epochOf(0));
        assertInstanceOf(Appended.class, take(batch(2, 4, "c")));
    }

    @Test
    void anEpochInWhichThisReplicaLedWithoutARecordGivesWayToOlderRecords() throws Exception {
        fixture.start();
        take(batch(0, 1, "a"));
        fixture.log.beginEpoch(3);

        assertInstanceOf(Appended.class, take(batch(1, 2, "b")));

        assertEquals(2, fixture.log.leaderEpochs().latestEpoch());
        assertEquals(2, fixture.log.leaderEpochs().epochOf(1));
    }

    @Test
    void aGapIsRefusedUnlessTheLeaderMayHaveOne() throws Exception {
        fixture.start();
        take(batch(0, 1, "a", "b"));

        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, code(take(batch(3, 1, "d"))));
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, code(take(batch(2, 1, "c"), batch(5, 1, "f"))));
        assertEquals(2, fixture.log.logEndOffset());
        assertInstanceOf(Appended.class, fixture.log.append(batch(3, 1, "d"), AppendOrigin.REPLICA_WITH_GAPS, 0));
        fixture.log.reconfigure(fixture.config.toBuilder().compact(true).build());
        assertInstanceOf(Appended.class, take(batch(7, 1, "h")));
        assertEquals(List.of("0:a", "1:b", "3:d", "7:h"), fixture.readAll(0));
    }

    @Test
    void moreThanASegmentIsSplitByBatch() throws Exception {
        fixture.config(fixture.config.toBuilder().segmentBytes(1_000).build()).start();
        String value = "x".repeat(200);
        ByteBuf[] batches = new ByteBuf[30];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = batch(i, 0, i == 17 ? value.repeat(20) : value);
        }

        assertEquals(new Appended(0, 29, -1, 0), take(batches));

        assertEquals(30, fixture.readAll(0).size());
        SegmentList segments = fixture.log.segments();
        assertTrue(segments.count() >= 8, segments.count() + " segments");
        for (int i = 0; i < segments.count(); i++) {
            assertTrue(segments.get(i).size() <= 1_000 || segments.get(i).baseOffset == 17, "segment " + segments.get(i).baseOffset);
        }
        fixture.stop();
        fixture.start();
        assertEquals(30, fixture.readAll(0).size());
    }
}
