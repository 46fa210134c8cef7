package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.Disk;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.MemoryDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogDirectoryTest {

    private static LogDirectory open(Disk disk, Path path, String cluster, int node) throws IOException {
        Random random = new Random(9);
        LogFixture fixture = new LogFixture();
        return LogDirectory.open(path, cluster, node, 16, disk, fixture.clock, fixture.workers, random::nextLong);
    }

    @Test
    void aDirectoryIsOpenOnce(@TempDir Path directory) throws Exception {
        for (Disk disk : List.of(new FileDisk(), new MemoryDisk())) {
            LogDirectory first = open(disk, directory, "c", 1);

            IOException refused = assertThrows(IOException.class, () -> open(disk, directory, "c", 1));

            assertTrue(refused.getMessage().contains("in use by another broker"), refused.getMessage());
            assertThrows(IOException.class, () -> open(disk, directory, "c", 1));
            first.close();
            open(disk, directory, "c", 1).close();
        }
    }

    @Test
    void aDirectoryOfAnotherClusterOrBrokerIsRefused() throws Exception {
        Disk disk = new MemoryDisk();
        Path path = Path.of("/d");
        LogDirectory first = open(disk, path, null, 7);
        String cluster = first.identity().clusterId();
        UUID id = first.identity().directoryId();
        first.close();

        assertTrue(assertThrows(IOException.class, () -> open(disk, path, "other", 7)).getMessage().contains("belongs to cluster " + cluster));
        assertTrue(assertThrows(IOException.class, () -> open(disk, path, cluster, 8)).getMessage().contains("belongs to broker 7"));
        LogDirectory again = open(disk, path, cluster, 7);
        assertEquals(id, again.identity().directoryId());
        again.close();
    }

    @Test
    void aLogIsDeletedAndMadeAnew() throws Exception {
        LogFixture fixture = new LogFixture().start();
        fixture.append("old");
        LogSlice slice = fixture.log.read(0, 100, Long.MAX_VALUE, true);
        fixture.log.flush();
        fixture.directory.checkpoint();

        fixture.directory.delete(LogFixture.ID);
        assertNull(fixture.directory.log(LogFixture.ID));
        assertEquals(List.of("0:old"), Batches.records(slice));
        PartitionLog anew = fixture.directory.create(LogFixture.ID, new UUID(3, 4), fixture.config);
        fixture.workers.runAll();

        assertEquals(0, anew.logEndOffset());
        assertEquals(new UUID(3, 4), fixture.directory.topicIdOf(anew));
        assertTrue(fixture.disk.list(fixture.path).stream().noneMatch(name -> name.endsWith("-delete")));
        fixture.log = anew;
        fixture.append("new");
        // The process dies: what was written down about the old log says nothing about the new one
        LogFixture restarted = new LogFixture(fixture.disk, Path.of("/moved"));
        fixture.disk.rename(fixture.path, restarted.path);
        restarted.start();
        assertEquals(List.of("0:new"), restarted.readAll(0));
    }

    @Test
    void anInterruptedDeletionIsFinishedAtTheNextStart() throws Exception {
        LogFixture fixture = new LogFixture().start();
        fixture.append("old");
        fixture.directory.delete(LogFixture.ID);
        fixture.workers.forget();
        fixture.directory.close();

        fixture.start();
        fixture.workers.runAll();

        assertTrue(fixture.disk.list(fixture.path).stream().noneMatch(name -> name.endsWith("-delete")));
        assertEquals(0, fixture.log.logEndOffset());
    }

    @Test
    void aDiskWithTwiceTheRoomGetsTwiceTheLogs() throws Exception {
        // Given
        LogFixture fixture = new LogFixture();
        LogDirectory small = open(new MemoryDisk(100L << 20), Path.of("/small"), "c", 1);
        LogDirectory large = open(new MemoryDisk(200L << 20), Path.of("/large"), "c", 1);
        LogDirectory alike = open(new MemoryDisk(195L << 20), Path.of("/alike"), "c", 1);
        large.create(new LogId("before", 0), new UUID(3, 4), fixture.config);
        // Then, before anybody has looked, logs count
        assertTrue(small.isRoomierThan(large));
        // When
        List.of(small, large, alike).forEach(directory -> directory.reserve(0));
        for (int i = 0; i < 29; i++) {
            (small.isRoomierThan(large) ? small : large).create(new LogId("spread", i), new UUID(3, 5), fixture.config);
        }
        // Then
        assertEquals(List.of(10, 20), List.of(small.logs().size(), large.logs().size()));
        assertTrue(alike.isRoomierThan(large));
        assertFalse(large.isRoomierThan(alike));
        for (LogDirectory directory : List.of(small, large, alike)) {
            directory.close();
        }
    }

    @Test
    void manyIdleLogsAreMadeKnownWithoutBeingRead() throws Exception {
        LogFixture fixture = new LogFixture().start();
        for (int i = 0; i < 500; i++) {
            PartitionLog log = fixture.directory.create(new LogId("many", i), new UUID(1, i), fixture.config);
            log.append(Batches.of(1, "x" + i), AppendOrigin.CLIENT, 0);
        }
        fixture.stop();
        fixture.start();

        assertEquals(501, fixture.directory.logs().size());
        assertTrue(fixture.directory.logs().stream().noneMatch(PartitionLog::isLoaded));
        PartitionLog some = fixture.directory.log(new LogId("many", 77));
        assertNotNull(some);
        assertEquals(1, some.logEndOffset());
        LogSlice slice = some.read(0, 100, Long.MAX_VALUE, true);
        assertFalse(slice.likelyCached());
        assertFalse(some.isLoaded(), "opening it may take long, and is left to a worker");
        slice.verify();
        assertEquals(List.of("0:x77"), Batches.records(slice));
        PartitionLog another = fixture.directory.log(new LogId("many", 78));
        assertEquals(List.of("0:x78"), Batches.records(another.read(0, 100, Long.MAX_VALUE, true)), "who copies may wait, and need not verify first");
    }

    @Test
    void highWatermarksAreKept() throws Exception {
        LogFixture fixture = new LogFixture().start();
        fixture.directory.checkpointHighWatermarks(Map.of(LogFixture.ID, 17L));
        fixture.stop();
        fixture.start();

        assertEquals(17, fixture.directory.highWatermark(LogFixture.ID));
        assertEquals(0, fixture.directory.highWatermark(new LogId("none", 1)));
    }

    @Test
    void aLogThatIsSetAsideIsKeptAndTakenBackAsItWas() throws Exception {
        LogFixture fixture = new LogFixture().start();
        fixture.append("a", "b");
        fixture.directory.setAside(LogFixture.ID, StrayLog.Fate.KEPT);
        assertNull(fixture.directory.log(LogFixture.ID));
        fixture.workers.runAll();
        fixture.directory.close();
        // When the next process finds it
        LogDirectory directory = LogDirectory.open(fixture.path, "cluster", 1, 16, fixture.disk, fixture.clock, fixture.workers, new Random(5)::nextLong);
        directory.load(topic -> fixture.config, 1);
        // Then
        assertNull(directory.log(LogFixture.ID));
        assertEquals(LogFixture.ID, directory.strays().getFirst().id());
        assertNull(directory.takeBack(LogFixture.ID, new UUID(7, 7), fixture.config));
        fixture.log = directory.takeBack(LogFixture.ID, new UUID(1, 2), fixture.config);
        assertEquals(List.of("0:a", "1:b"), fixture.readAll(0));
        assertEquals(List.of(), directory.strays());
    }

    @Test
    void whatKafkaSetAsideIsLeftAlone() throws Exception {
        LogFixture fixture = new LogFixture().start();
        fixture.stop();
        Path stray = fixture.path.resolve("some.topic-3.0123456789abcdef0123456789abcdef-stray");
        fixture.disk.createDirectories(stray);
        fixture.start();

        assertEquals(new StrayLog(stray, new LogId("some.topic", 3), null, 0, StrayLog.Fate.KEPT, 0, -1), fixture.directory.strays().getFirst());
    }

    @Test
    void aLogThatCannotBeMovedAwayIsAsItWas() throws Exception {
        FaultyDisk disk = new FaultyDisk(new Random(3));
        LogFixture fixture = new LogFixture(disk, Path.of("/data")).start();
        fixture.append("a");
        fixture.log.flush();
        disk.failOperation(0, false);

        assertThrows(IOException.class, () -> fixture.directory.delete(LogFixture.ID));

        fixture.log = fixture.directory.log(LogFixture.ID);
        assertEquals(List.of("0:a"), fixture.readAll(0));
    }
}
