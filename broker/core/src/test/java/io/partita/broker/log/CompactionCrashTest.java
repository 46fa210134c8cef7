package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.record.Compression;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A round of compaction that is interrupted at each of its changes to the disk: the log has the old segments or the new ones. */
class CompactionCrashTest {

    /** Records, and the offsets in the order of which they are replaced: what can be seen at one instant. */
    private static final class Scenario {
        final FaultyDisk disk;
        final CompactionFixture fixture;

        Scenario(long seed) throws Exception {
            disk = new FaultyDisk(new Random(seed));
            fixture = new CompactionFixture(disk);
            fixture.start();
            Random random = new Random(7);
            for (int i = 0; i < 60; i++) {
                String value = i % 13 == 5 ? "" : "=" + i + "x".repeat(random.nextInt(40));
                fixture.append(CompactionFixture.batch(Compression.NONE, i, "key" + random.nextInt(30) + value, "all=" + i));
                if (i % 10 == 3) {
                    fixture.append(CompactionFixture.produced(5, 0, i / 10, true, i, "key1=t" + i));
                    fixture.marker(5, 0, i % 20 == 3);
                }
            }
            fixture.log().roll();
            fixture.base.workers.runAll();
            fixture.directory().checkpoint();
        }

        void check() {
            fixture.cleaner.check(List.of(fixture.candidate()));
        }

        List<String> restart(boolean power) throws Exception {
            fixture.base.workers.forget();
            if (power) {
                disk.crashMachine();
            } else {
                disk.crashProcess();
            }
            fixture.start();
            List<String> records = fixture.records();
            for (Path file : disk.filesBelow(fixture.log().directory())) {
                String name = file.getFileName().toString();
                assertTrue(!name.endsWith(".cleaned") && !name.endsWith(".swap"), "left behind: " + name);
            }
            return records;
        }
    }

    /** All that a reader can see from before to after. */
    private static List<List<String>> states() throws Exception {
        Scenario scenario = new Scenario(1);
        Set<List<String>> states = new LinkedHashSet<>();
        states.add(scenario.fixture.records());
        scenario.check();
        while (scenario.fixture.base.workers.runOne()) {
            states.add(scenario.fixture.records());
        }
        assertEquals(1, scenario.fixture.cleaner.metrics().rounds());
        assertTrue(states.size() > 3, "several segments are replaced one after the other: " + states.size());
        return new ArrayList<>(states);
    }

    @Test
    void aCrashLeavesTheOldSegmentsOrTheNewOnes() throws Exception {
        List<List<String>> states = states();
        for (boolean power : new boolean[] {false, true}) {
            boolean stopped = true;
            Set<List<String>> seen = new LinkedHashSet<>();
            for (int operation = 0; stopped; operation++) {
                for (int seed = 0; seed < (power ? 6 : 1); seed++) {
                    Scenario scenario = new Scenario(operation * 10L + seed);
                    scenario.disk.stopWritingAfter(operation);
                    scenario.check();
                    scenario.fixture.base.workers.runAll();
                    stopped = scenario.disk.hasStopped();
                    List<String> records = scenario.restart(power);
                    String when = (power ? "power lost" : "killed") + " at operation " + operation + ", seed " + seed;
                    assertTrue(states.contains(records), when + ": " + records);
                    seen.add(records);
                    // When it is done again
                    scenario.fixture.compactSealed();
                    assertEquals(states.getLast(), scenario.fixture.records(), when);
                    assertEquals(scenario.fixture.log().logEndOffset(), scenario.fixture.cleanedEnd(), when);
                    scenario.fixture.append("more=1");
                }
            }
            assertEquals(states.size(), seen.size(), "every state was met");
        }
    }

    @Test
    void aFailingDiskLeavesTheLogAsGoodAsItWas() throws Exception {
        List<List<String>> states = states();
        for (boolean full : new boolean[] {false, true}) {
            boolean failed = true;
            for (int operation = 0; failed; operation++) {
                Scenario scenario = new Scenario(operation);
                CompactionFixture fixture = scenario.fixture;
                scenario.disk.failOperation(operation, full);
                scenario.check();
                fixture.base.workers.runAll();
                failed = fixture.cleaner.metrics().failures() > 0;
                String when = (full ? "full" : "broken") + " at operation " + operation;
                assertTrue(states.contains(fixture.records()), when);
                assertTrue(!failed || fixture.cleaner.metrics().lastFailure() != null);
                scenario.disk.failNothing();
                if (fixture.directory().isOffline()) {
                    assertTrue(states.contains(scenario.restart(false)), when);
                } else {
                    fixture.base.clock.advance(61_000);
                    fixture.append("more=1");
                }
                fixture.compactSealed();
                List<String> records = fixture.records();
                assertEquals(states.getLast(), records.subList(0, states.getLast().size()), when);
                assertEquals(0, fixture.cleaner.metrics().logsSetAside(), when);
                // Then it is the same after a restart
                fixture.log().flush();
                assertEquals(records, scenario.restart(true), when);
            }
        }
    }
}
