package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.Disk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.protocol.message.MetadataJournalFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JournalTest {

    private static final Path DIRECTORY = Path.of("data");
    private static final Path FILE = DIRECTORY.resolve(Journal.FILE_NAME);

    private final Disk disk = new MemoryDisk();
    private final byte[] content;
    private final int[] ends = new int[4];

    /** A journal of three changes. */
    JournalTest() throws IOException {
        disk.createDirectories(DIRECTORY);
        Journal journal = Journal.create(disk, DIRECTORY, JournalRecords.whole(ClusterImage.empty("id"), List.of(), Set.of()));
        ends[0] = (int) disk.size(FILE);
        for (int i = 1; i <= 3; i++) {
            journal.append(change(i), () -> null);
            ends[i] = (int) disk.size(FILE);
        }
        journal.close();
        content = disk.readAll(FILE);
    }

    private static MetadataJournalFrame change(int number) {
        MetadataJournalFrame frame = new MetadataJournalFrame();
        frame.deletedTopics.add(new UUID(number, number));
        return frame;
    }

    private List<MetadataJournalFrame> open(byte[] bytes) throws IOException {
        disk.writeAtomically(FILE, bytes);
        List<MetadataJournalFrame> frames = new ArrayList<>();
        Journal journal = Journal.open(disk, DIRECTORY, frames);
        journal.mend();
        journal.close();
        return frames;
    }

    @Test
    void thereIsNoneAtFirst() throws IOException {
        assertNull(Journal.open(disk, Path.of("elsewhere"), new ArrayList<>()));
    }

    @Test
    void lookingAtAJournalChangesNothing() throws IOException {
        byte[] torn = Arrays.copyOf(content, content.length - 3);
        disk.writeAtomically(FILE, torn);
        Journal.open(disk, DIRECTORY, new ArrayList<>()).close();
        assertArrayEquals(torn, disk.readAll(FILE));
    }

    @Test
    void aTornTailIsCutOff() throws IOException {
        for (int length = ends[0]; length < content.length; length++) {
            List<MetadataJournalFrame> frames = open(Arrays.copyOf(content, length));
            int whole = length >= ends[2] ? 3 : length >= ends[1] ? 2 : 1;
            assertEquals(whole, frames.size(), "cut at " + length);
            assertEquals(ends[whole - 1], disk.size(FILE), "cut at " + length);
        }
    }

    @Test
    void aTailOfZerosOrNoiseIsCutOff() throws IOException {
        assertEquals(4, open(Arrays.copyOf(content, content.length + 100)).size());
        byte[] noise = Arrays.copyOf(content, content.length + 40);
        for (int i = content.length; i < noise.length; i++) {
            noise[i] = (byte) (content[i % content.length] ^ 0x5A);
        }
        assertEquals(4, open(noise).size());
        assertEquals(content.length, disk.size(FILE));
    }

    @Test
    void changesGoOnBehindACutTail() throws IOException {
        disk.writeAtomically(FILE, Arrays.copyOf(content, content.length - 3));
        Journal journal = Journal.open(disk, DIRECTORY, new ArrayList<>());
        journal.append(change(9), () -> null);
        journal.close();
        List<MetadataJournalFrame> frames = open(disk.readAll(FILE));
        assertEquals(4, frames.size());
        assertEquals(new UUID(9, 9), frames.getLast().deletedTopics.getFirst());
    }

    @Test
    void aFlippedByteBeforeGoodChangesStopsTheStart() {
        for (int position = ends[0]; position < ends[2]; position++) {
            byte[] damaged = content.clone();
            damaged[position] ^= 0x10;
            IOException refused = assertThrows(IOException.class, () -> open(damaged), "flipped at " + position);
            assertTrue(refused.getMessage().contains("is damaged at position"), refused.getMessage());
        }
    }

    @Test
    void aDamagedBeginningStopsTheStart() {
        for (int position = 0; position < ends[0]; position++) {
            byte[] damaged = content.clone();
            damaged[position] ^= 0x10;
            assertThrows(IOException.class, () -> open(damaged), "flipped at " + position);
        }
        assertThrows(IOException.class, () -> open(new byte[0]));
    }
}
