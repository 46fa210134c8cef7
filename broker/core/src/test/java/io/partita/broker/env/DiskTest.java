package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every disk has to do alike: the machine's files and those in memory. */
class DiskTest {

    @TempDir
    Path temporary;

    private interface Check {
        void on(Disk disk, Path directory) throws IOException;
    }

    private void onBoth(Check check) throws IOException {
        check.on(new FileDisk(), temporary.resolve("files"));
        check.on(new MemoryDisk(), Path.of("/memory"));
    }

    private static byte[] bytes(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(Disk.DiskFile file, int count, long position) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(count);
        int read = file.read(target, position);
        assertEquals(read, target.position());
        return Arrays.copyOf(target.array(), read);
    }

    @Test
    void aFileIsReadWhereItWasWritten() throws IOException {
        onBoth((disk, directory) -> {
            disk.createDirectories(directory);
            byte[] content = bytes(300_000, 1);
            try (Disk.DiskFile file = disk.open(directory.resolve("f"), true)) {
                file.write(ByteBuffer.wrap(content, 0, 100), 0);
                file.write(ByteBuffer.wrap(content, 100, 299_900), 100);
                assertEquals(300_000, file.size());
                assertArrayEquals(content, read(file, 300_000, 0));
                assertArrayEquals(Arrays.copyOfRange(content, 65_000, 66_000), read(file, 1_000, 65_000));
                assertArrayEquals(Arrays.copyOfRange(content, 299_990, 300_000), read(file, 1_000, 299_990));
                assertEquals(0, read(file, 10, 300_000).length);
                file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 131_071);
                assertArrayEquals(new byte[] {1, 2, 3}, read(file, 3, 131_071));
                file.force(false);
            }
            assertEquals(300_000, disk.size(directory.resolve("f")));
        });
    }

    @Test
    void whatWasCutOffDoesNotComeBack() throws IOException {
        onBoth((disk, directory) -> {
            disk.createDirectories(directory);
            try (Disk.DiskFile file = disk.open(directory.resolve("f"), true)) {
                file.write(ByteBuffer.wrap(bytes(200_000, 2)), 0);
                file.truncate(70_000);
                assertEquals(70_000, file.size());
                file.write(ByteBuffer.wrap(new byte[] {9}), 150_000);
                assertArrayEquals(new byte[80_000], read(file, 80_000, 70_000));
                file.truncate(0);
                assertEquals(0, read(file, 10, 0).length);
            }
        });
    }

    @Test
    void namesAreMadeListedRenamedAndDeleted() throws IOException {
        onBoth((disk, directory) -> {
            assertTrue(disk.list(directory).isEmpty());
            assertThrows(NoSuchFileException.class, () -> disk.open(directory.resolve("none"), false));
            assertThrows(NoSuchFileException.class, () -> disk.size(directory.resolve("none")));
            assertNull(disk.readAll(directory.resolve("none")));
            disk.createDirectories(directory.resolve("a/b"));
            disk.open(directory.resolve("a/b/f"), true).close();
            disk.writeAtomically(directory.resolve("a/g"), new byte[] {1});
            disk.writeAtomically(directory.resolve("a/g"), new byte[] {2, 3});
            assertEquals(Set.of("b", "g"), Set.copyOf(disk.list(directory.resolve("a"))));
            assertArrayEquals(new byte[] {2, 3}, disk.readAll(directory.resolve("a/g")));
            disk.rename(directory.resolve("a"), directory.resolve("c"));
            assertFalse(disk.exists(directory.resolve("a")));
            assertTrue(disk.exists(directory.resolve("c/b/f")));
            disk.rename(directory.resolve("c/g"), directory.resolve("c/b/f"));
            assertArrayEquals(new byte[] {2, 3}, disk.readAll(directory.resolve("c/b/f")));
            disk.syncDirectory(directory.resolve("c"));
            disk.delete(directory.resolve("none"));
            assertThrows(IOException.class, () -> disk.delete(directory.resolve("c")));
            disk.deleteTree(directory.resolve("c"));
            disk.deleteTree(directory.resolve("c"));
            assertEquals(List.of(), disk.list(directory));
        });
    }

    @Test
    void anOpenFileOutlivesItsName() throws IOException {
        onBoth((disk, directory) -> {
            disk.createDirectories(directory);
            try (Disk.DiskFile file = disk.open(directory.resolve("f"), true)) {
                file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
                disk.rename(directory.resolve("f"), directory.resolve("g"));
                disk.delete(directory.resolve("g"));
                assertArrayEquals(new byte[] {1, 2, 3}, read(file, 3, 0));
            }
        });
    }

    @Test
    void aLockIsHeldOnce() throws IOException {
        onBoth((disk, directory) -> {
            Closeable first = disk.tryLock(directory.resolve("lock"));
            assertNotNull(first);
            assertNull(disk.tryLock(directory.resolve("lock")));
            assertNull(disk.tryLock(directory.resolve("../" + directory.getFileName() + "/lock")));
            first.close();
            Closeable second = disk.tryLock(directory.resolve("lock"));
            assertNotNull(second);
            second.close();
        });
    }

    @Test
    void aMemoryDiskCanBeFull() throws IOException {
        MemoryDisk disk = new MemoryDisk(1_000);
        Path directory = Path.of("/d");
        disk.createDirectories(directory);
        Disk.DiskFile file = disk.open(directory.resolve("f"), true);
        file.write(ByteBuffer.allocate(900), 0);
        assertEquals(100, disk.usableSpace(directory));

        assertThrows(DiskFullException.class, () -> file.write(ByteBuffer.allocate(200), 900));
        assertEquals(900, file.size());
        assertThrows(DiskFullException.class, () -> disk.writeAtomically(directory.resolve("g"), new byte[101]));
        file.truncate(500);
        disk.writeAtomically(directory.resolve("g"), new byte[400]);
        disk.writeAtomically(directory.resolve("g"), new byte[100]);
        assertEquals(400, disk.usableSpace(directory));
        disk.delete(directory.resolve("f"));
        assertEquals(900, disk.usableSpace(directory));
    }

    @Test
    void aFullDiskIsToldFromABrokenOne() {
        assertTrue(FileDisk.classified(new IOException("No space left on device")) instanceof DiskFullException);
        assertTrue(FileDisk.classified(new IOException("Disk quota exceeded")) instanceof DiskFullException);
        assertFalse(FileDisk.classified(new IOException("Input/output error")) instanceof DiskFullException);
        assertFalse(FileDisk.classified(new IOException()) instanceof DiskFullException);
    }
}
