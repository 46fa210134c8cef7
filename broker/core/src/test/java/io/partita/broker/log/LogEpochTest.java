package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.log.EpochCache.EpochEndOffset;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogEpochTest {

    private final FaultyDisk disk = new FaultyDisk(new Random(5));
    private final LogFixture fixture = new LogFixture(disk, Path.of("/data"));

    private void append(int epoch, String... values) {
        fixture.log.append(Batches.of(fixture.clock.wallMillis(), values), AppendOrigin.CLIENT, epoch);
    }

    private EpochEndOffset end(int epoch) throws Exception {
        return fixture.log.leaderEpochs().endOffsetFor(epoch, fixture.log.logEndOffset());
    }

    private void restart(boolean killed) throws Exception {
        if (killed) {
            fixture.workers.forget();
            disk.crashProcess();
        } else {
            fixture.stop();
        }
        fixture.start();
    }

    @Test
    void anEpochIsKnownBeforeItHasARecord() throws Exception {
        fixture.start();
        fixture.log.beginEpoch(4);
        assertEquals(new EpochEndOffset(4, 0), end(4));
        append(4, "a", "b");
        fixture.log.beginEpoch(6);

        assertEquals(new EpochEndOffset(6, 2), end(6));
        assertEquals(new EpochEndOffset(4, 2), end(5), "the largest epoch before it, and its end");
        assertEquals(EpochEndOffset.UNDEFINED, end(7));
    }

    @Test
    void theEpochsOfALogThatRetentionHasEmptiedAreKnownAfterARestart() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(1_000).build()).start();
        for (boolean killed : new boolean[] {false, true}) {
            int epoch = killed ? 12 : 2;
            fixture.log.beginEpoch(epoch);
            append(epoch, "a", "b", "c");
            fixture.clock.advance(5_000);
            fixture.log.expire(fixture.log.logEndOffset()).run();
            long end = fixture.log.logEndOffset();
            assertEquals(end, fixture.log.logStartOffset());
            fixture.log.flush();

            restart(killed);

            assertEquals(new EpochEndOffset(epoch, end), end(epoch));
            fixture.log.beginEpoch(epoch + 1);
            assertEquals(new EpochEndOffset(epoch, end), end(epoch), "a consumer that was at the end has lost nothing");
            assertEquals(new EpochEndOffset(epoch + 1, end), end(epoch + 1));
        }
    }

    @Test
    void anEpochWithoutRecordsSurvivesACleanStopAndTheFirstRecordMakesItDurable() throws Exception {
        fixture.start();
        append(1, "a");
        fixture.log.beginEpoch(3);
        restart(false);
        assertEquals(3, fixture.log.leaderEpochs().latestEpoch());
        fixture.log.beginEpoch(5);
        append(5, "b");
        fixture.log.flush();
        fixture.directory.checkpoint();
        fixture.workers.forget();
        disk.crashMachine();
        fixture.start();

        assertEquals(5, fixture.log.leaderEpochs().latestEpoch());
        assertEquals(5, fixture.log.leaderEpochs().epochOf(1));
        assertEquals(1, fixture.log.leaderEpochs().epochOf(0));
    }

    @Test
    void aLogThatIsLedWithoutBeingUsedIsNotReadAndCanBeForgottenAgain() throws Exception {
        fixture.start();
        append(1, "a");
        fixture.stop();
        fixture.start();
        fixture.log.beginEpoch(2);
        assertEquals(false, fixture.log.isLoaded());
        assertEquals(1, fixture.readAll(0).size());

        fixture.log.expire(fixture.log.logEndOffset());
        assertEquals(false, fixture.log.isLoaded());

        assertEquals(new EpochEndOffset(2, 1), end(2));
        assertEquals(new EpochEndOffset(1, 1), end(1));
    }

    @Test
    void aFollowerForgetsTheEpochInWhichItLedWithoutARecord() throws Exception {
        fixture.start();
        append(1, "a");
        fixture.log.beginEpoch(3);

        fixture.log.truncateTo(1);

        assertEquals(1, fixture.log.leaderEpochs().latestEpoch());
    }

    @Test
    void aLogThatIsBegunAnewRemembersUpToWhichEpochItHasBeen() throws Exception {
        fixture.start();
        append(1, "a", "b");
        append(4, "c");

        fixture.log.truncateFullyTo(100);

        assertEquals(4, fixture.log.leaderEpochs().latestEpoch());
        assertEquals(EpochCache.UNDEFINED_EPOCH, fixture.log.leaderEpochs().epochOf(99));
        append(5, "d");
        assertEquals(5, fixture.log.leaderEpochs().epochOf(100));
    }
}
