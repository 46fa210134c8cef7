package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.partita.broker.env.MemoryDisk;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyRunsTest {

    private static final Path FILE = Path.of("/data/00000000000000000000.keys.cleaned");

    private final MemoryDisk disk = new MemoryDisk();
    private final CleanerMeter meter = new CleanerMeter(Double.MAX_VALUE, new LogFixture(disk, Path.of("/data")).clock, millis -> {});

    @Test
    void allButTheLastRecordOfEachKeyAreReplaced() throws Exception {
        // Shares that fit into a table each, and so little memory that each takes many tables.
        check(200_000, 8 << 20, 10_000_000, 60_000);
        check(20_000, 24 * 256, 24 * 256 * 4, 7_000);
        check(500, 24 * 8, 24 * 8 * 4, 180);
        check(50, 1, 4, 20);
        check(0, 1, 4, 1);
    }

    private void check(int records, long memory, long announced, int keys) throws Exception {
        disk.createDirectories(FILE.getParent());
        Random random = new Random(records);
        KeyHash hash = new KeyHash(random.nextLong(), random.nextLong());
        BitSet expected = new BitSet();
        Map<Integer, Integer> last = new HashMap<>();
        try (KeyRuns runs = new KeyRuns(new LogFile(disk, new OpenFiles(8), FILE), announced, memory, meter)) {
            for (int record = 0; record < records; record++) {
                int key = random.nextInt(keys);
                Integer before = last.put(key, record);
                if (before != null) {
                    expected.set(before);
                }
                hash.compute(Unpooled.copyInt(key));
                runs.add(hash, record);
            }
            assertEquals(expected, runs.replaced(), records + " records in " + memory + " bytes");
            assertEquals(records > 0, disk.exists(FILE));
        }
        assertFalse(disk.exists(FILE));
    }

    @Test
    void whatIsRememberedFitsIntoItsMemory() {
        long memory = 32L << 20;
        assertEquals(memory * 4, KeyRuns.recordsMax(memory));
        assertTrue(KeyRuns.recordsMax(Long.MAX_VALUE / 8) <= Integer.MAX_VALUE);
    }
}
