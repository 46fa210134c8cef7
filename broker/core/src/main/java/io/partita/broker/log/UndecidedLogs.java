package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Which logs of a data directory had undecided transactions when it was closed: their last stable offset is not their end, so they are opened before
 * they are led. All others need not be. A small file of our own beside the recovery points, whose checksum it names: when another broker has written
 * these since, the file says nothing.
 */
final class UndecidedLogs {

    private static final String FILE = "undecided-transactions-checkpoint";

    private UndecidedLogs() {}

    /** To be called when the recovery points of a proper close are written. */
    static void write(Disk disk, Path directory, Collection<LogId> undecided) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(Long.toString(crcOfRecoveryPoints(disk, directory)));
        undecided.forEach(id -> lines.add(id.topic() + " " + id.partition()));
        disk.writeAtomically(directory.resolve(FILE), CheckpointFile.format(lines));
    }

    /** The logs that may have undecided transactions after a proper close; {@code null} when that is not known of any. */
    static Set<LogId> read(Disk disk, Path directory) throws IOException {
        byte[] content = disk.readAll(directory.resolve(FILE));
        List<String> lines = content == null ? null : CheckpointFile.parse(content);
        if (lines == null || lines.isEmpty() || CheckpointFile.number(lines.getFirst()) != crcOfRecoveryPoints(disk, directory)) {
            return null;
        }
        Set<LogId> undecided = new HashSet<>();
        for (String line : lines.subList(1, lines.size())) {
            int space = line.indexOf(' ');
            long partition = space < 0 ? -1 : CheckpointFile.number(line.substring(space + 1));
            if (partition < 0 || partition > Integer.MAX_VALUE) {
                return null;
            }
            undecided.add(new LogId(line.substring(0, space), (int) partition));
        }
        return undecided;
    }

    private static long crcOfRecoveryPoints(Disk disk, Path directory) throws IOException {
        byte[] content = disk.readAll(directory.resolve(OffsetCheckpoint.RECOVERY_POINTS));
        CRC32C crc = new CRC32C();
        if (content != null) {
            crc.update(content, 0, content.length);
        }
        return crc.getValue();
    }
}
