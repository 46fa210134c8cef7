package io.partita.broker.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.env.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SeenEpochTest {

    private static final Path LOG = Path.of("/data/t-0");
    private static final UUID TOPIC = new UUID(1, 2);

    private final MemoryDisk disk = new MemoryDisk();

    @BeforeEach
    void makeItsDirectory() throws IOException {
        disk.createDirectories(LOG);
    }

    private int read(UUID topicId, int logEpoch) throws IOException {
        return SeenEpoch.open(disk, LOG, topicId, logEpoch, false).get();
    }

    @Test
    void theHighestIsRemembered() throws IOException {
        assertEquals(-1, read(TOPIC, -1));
        SeenEpoch seen = SeenEpoch.open(disk, LOG, TOPIC, -1, true);
        seen.raise(7);
        seen.raise(5);
        assertEquals(7, seen.get());
        assertEquals(7, read(TOPIC, 3));
        assertEquals(9, read(TOPIC, 9));
    }

    @Test
    void thatOfAnotherTopicCountsForNothing() throws IOException {
        SeenEpoch.open(disk, LOG, TOPIC, -1, false).raise(7);
        assertEquals(-1, read(new UUID(1, 3), -1));
        SeenEpoch.open(disk, LOG, new UUID(1, 3), -1, false).raise(1);
        assertEquals(1, read(new UUID(1, 3), -1));
    }

    @Test
    void whatWasWrittenBeforeTheIdWasCounts() throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(4).putInt(0, 6));
        disk.writeAtomically(LOG.resolve(SeenEpoch.FILE), ByteBuffer.allocate(8).putInt(6).putInt((int) crc.getValue()).array());
        assertEquals(6, read(TOPIC, -1));
        SeenEpoch.open(disk, LOG, TOPIC, -1, false).raise(8);
        assertEquals(8, read(TOPIC, -1));
    }

    @Test
    void whatIsDamagedCountsForNothing() throws IOException {
        SeenEpoch.open(disk, LOG, TOPIC, -1, false).raise(7);
        byte[] content = disk.readAll(LOG.resolve(SeenEpoch.FILE));
        for (int i = 0; i < content.length; i++) {
            byte[] damaged = content.clone();
            damaged[i] ^= 1;
            disk.writeAtomically(LOG.resolve(SeenEpoch.FILE), damaged);
            assertEquals(2, read(TOPIC, 2));
        }
        disk.writeAtomically(LOG.resolve(SeenEpoch.FILE), new byte[5]);
        assertEquals(2, read(TOPIC, 2));
    }
}
