package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogIncarnationTest {

    private static final Path PATH = Path.of("/data");

    private final Entropy entropy = new Random(3)::nextLong;
    private final FaultyDisk disk = new FaultyDisk(new Random(4));
    private LogDirectory directory;
    private LogIncarnation first;

    @BeforeEach
    void aBrokerRuns() throws IOException {
        first = start();
        assertNull(first.formerProcess());
        first.begin("p1");
    }

    private LogIncarnation start() throws IOException {
        return start(PATH);
    }

    private LogIncarnation start(Path... paths) throws IOException {
        DataDirectories found = DataDirectories.find(List.of(paths), "c", 1, disk, entropy);
        LogIncarnation incarnation = LogIncarnation.of(disk, found, entropy);
        List<LogDirectory> claimed = new ArrayList<>();
        found.claim(Set.of(), 1, LogLimits.ofProcess(1), Clock.SYSTEM, Runnable::run, entropy, claimed);
        for (LogDirectory one : claimed) {
            one.load(topic -> LogConfig.DEFAULTS, 1);
        }
        directory = claimed.getFirst();
        return incarnation;
    }

    @Test
    void aProcessThatIsKilledLeavesEverything() throws IOException {
        disk.crashProcess();

        LogIncarnation second = start();

        assertEquals(first.name(), second.name());
        assertEquals("p1", second.formerProcess());
    }

    @Test
    void soDoesOneThatStopsProperlyOnAnyMachine() throws IOException {
        directory.close();
        disk.crashMachine();

        LogIncarnation second = start();

        assertEquals(first.name(), second.name());
        assertNull(second.formerProcess());
    }

    @Test
    void aMachineThatFailsTakesTheEndsOfLogs() throws IOException {
        disk.crashMachine();

        LogIncarnation second = start();

        assertNotEquals(first.name(), second.name());
        assertTrue(second.goesOnFrom(first.name()));
        assertNull(second.formerProcess());
        // When nobody is told of the new name before the machine fails again
        second.begin("p2");
        disk.crashMachine();
        LogIncarnation third = start();
        // Then
        assertTrue(third.goesOnFrom(first.name()));
        assertTrue(third.goesOnFrom(second.name()));
        // When it is there to stay
        third.begin("p3");
        disk.crashProcess();
        assertTrue(start().goesOnFrom(first.name()));
    }

    @Test
    void anotherDiskHasNothingOfThisOne() throws IOException {
        disk.crashProcess();
        disk.deleteTree(PATH);

        LogIncarnation second = start();

        assertNotEquals(first.name(), second.name());
        assertFalse(second.goesOnFrom(first.name()));
        second.begin("p2");
        disk.crashProcess();
        assertFalse(start().goesOnFrom(first.name()));
    }

    @Test
    void anOldCopyHasNotWhatCameAfterIt() throws IOException {
        // Given a copy of before the machine failed
        byte[] copy = disk.readAll(PATH.resolve("log-incarnation"));
        disk.crashMachine();
        LogIncarnation second = start();
        second.begin("p2");
        disk.crashMachine();
        // When it is put back
        disk.writeAtomically(PATH.resolve("log-incarnation"), copy);
        LogIncarnation third = start();
        // Then
        assertTrue(third.goesOnFrom(first.name()));
        assertFalse(third.goesOnFrom(second.name()));
    }

    @Test
    void nobodyGoesOnWhereAProcessHasGivenUp() throws IOException {
        first.end();
        disk.crashProcess();

        LogIncarnation second = start();

        assertEquals(first.name(), second.name());
        assertNull(second.formerProcess());
    }

    @Test
    void theOrderOfDirectoriesSaysNothing() throws IOException {
        // Given two directories
        disk.crashProcess();
        Path other = Path.of("/other");
        LogIncarnation second = start(PATH, other);
        second.begin("p2");
        disk.crashProcess();
        // When they are named in another order
        LogIncarnation third = start(other, PATH);
        // Then
        assertEquals(second.name(), third.name());
        assertEquals("p2", third.formerProcess());
    }

    @Test
    void withoutOneOfItsDirectoriesItHasNotAllItHad() throws IOException {
        // Given two directories
        disk.crashProcess();
        LogIncarnation second = start(PATH, Path.of("/other"));
        second.begin("p2");
        disk.crashProcess();
        // When one is left out
        LogIncarnation third = start(PATH);
        // Then
        assertNotEquals(second.name(), third.name());
        assertFalse(third.goesOnFrom(second.name()));
        assertNull(third.formerProcess());
    }
}
