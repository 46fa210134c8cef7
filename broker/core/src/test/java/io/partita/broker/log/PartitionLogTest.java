package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.FileDisk;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionLogTest {

    @Test
    void whatIsAppendedIsReadBack() throws Exception {
        // Given
        LogFixture fixture = new LogFixture().start();
        // When
        AppendResult first = fixture.append("a", "b");
        AppendResult second = fixture.append("c");
        // Then
        assertEquals(new Appended(0, 1, -1, 0), first);
        assertEquals(new Appended(2, 2, -1, 0), second);
        assertEquals(3, fixture.log.logEndOffset());
        assertEquals(List.of("0:a", "1:b", "2:c"), fixture.readAll(0));
        assertEquals(List.of("1:b", "2:c"), fixture.readAll(1));
    }

    @Test
    void severalBatchesGoInWithOneAppend() throws Exception {
        LogFixture fixture = new LogFixture().start();
        ByteBuf batches = Batches.of(1, "a", "b");
        Batches.addTo(batches, 2, "c");

        AppendResult result = fixture.log.append(batches, AppendOrigin.CLIENT, 7);

        assertEquals(new Appended(0, 2, -1, 0), result);
        assertEquals(List.of("0:a", "1:b", "2:c"), fixture.readAll(0));
        assertEquals(7, fixture.log.leaderEpochs().latestEpoch());
    }

    @Test
    void readsStayBelowTheUpperOffsetAndTheLimit() throws Exception {
        LogFixture fixture = new LogFixture().start();
        for (int i = 0; i < 10; i++) {
            fixture.append("value" + i);
        }
        LogSlice all = fixture.log.read(0, Integer.MAX_VALUE, Long.MAX_VALUE, true);
        int batchBytes = all.sizeInBytes() / 10;
        all.release();

        LogSlice upper = fixture.log.read(3, Integer.MAX_VALUE, 5, true);
        assertEquals(2 * batchBytes, upper.sizeInBytes());
        assertEquals(List.of("3:value3", "4:value4"), Batches.records(upper));
        LogSlice cut = fixture.log.read(3, batchBytes + 5, Long.MAX_VALUE, true);
        assertEquals(batchBytes + 5, cut.sizeInBytes());
        assertEquals(List.of("3:value3"), Batches.records(cut));
        LogSlice atLeastOne = fixture.log.read(9, 1, Long.MAX_VALUE, true);
        assertEquals(List.of("9:value9"), Batches.records(atLeastOne));
        assertTrue(fixture.log.read(10, 100, Long.MAX_VALUE, true).isEmpty());
        assertTrue(fixture.log.read(5, 100, 5, true).isEmpty());
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, fixture.log.read(11, 100, Long.MAX_VALUE, true).error());
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, fixture.log.read(-1, 100, Long.MAX_VALUE, true).error());
    }

    @Test
    void fullSegmentsAreRolledAndReadOn(@TempDir Path directory) throws Exception {
        // Given a log on real files whose segments hold some fifty records
        LogFixture fixture = new LogFixture(new FileDisk(), directory.resolve("data")).start();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            assertInstanceOf(Appended.class, fixture.append("value-" + i));
            expected.add(i + ":value-" + i);
        }
        // Then all is there before and after sealing, and after a clean restart
        assertEquals(expected, fixture.readAll(0));
        fixture.workers.runAll();
        assertEquals(expected, fixture.readAll(0));
        assertTrue(fixture.log.flushedEndOffset() > 400);
        fixture.stop();
        fixture.start();
        assertEquals(500, fixture.log.logEndOffset());
        assertFalse(fixture.log.isLoaded());
        assertEquals(expected, fixture.readAll(0));
        for (int i = 0; i < 500; i += 37) {
            assertEquals(expected.subList(i, 500), fixture.readAll(i));
        }
        fixture.append("more");
        assertEquals(List.of("499:value-499", "500:more"), fixture.readAll(499));
        fixture.stop();
    }

    @Test
    void withoutACleanStopTheTailIsCheckedAndKept() throws Exception {
        LogFixture fixture = new LogFixture().start();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            fixture.append("value-" + i);
            expected.add(i + ":value-" + i);
            if (i == 120) {
                fixture.log.flush();
                fixture.directory.checkpoint();
            }
        }
        // When the process dies
        LogFixture restarted = new LogFixture(fixture.disk, fixture.path.resolveSibling("elsewhere"));
        fixture.disk.rename(fixture.path, restarted.path);
        restarted.start();
        // Then
        assertEquals(300, restarted.log.logEndOffset());
        assertEquals(expected, restarted.readAll(0));
        restarted.append("more");
        assertEquals(List.of("300:more"), restarted.readAll(300));
    }

    @Test
    void damagedBatchesAreRefused() throws Exception {
        LogFixture fixture = new LogFixture().start();
        ByteBuf batch = Batches.of(1, "a");
        batch.setByte(batch.writerIndex() - 1, 'x');

        AppendResult result = fixture.log.append(batch, AppendOrigin.CLIENT, 0);

        assertEquals(ErrorCode.CORRUPT_MESSAGE, assertInstanceOf(Refused.class, result).code());
        assertEquals(0, fixture.log.logEndOffset());
    }

    @Test
    void whatIsSealedAfterAFlushIsFoundByTimeAfterARestart() throws Exception {
        LogFixture fixture = new LogFixture().start();
        fixture.append("a");
        fixture.log.flush();
        fixture.log.roll();
        fixture.stop();
        fixture.start();
        assertEquals(0, fixture.log.lookupByTimestamp(fixture.clock.wallMillis(), Long.MAX_VALUE).offset());
    }
}
