package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which segments of a log have had entries in their transaction index, by their base offsets: a small file of our own beside them. Most segments have none, and then no
 * index; so only by this is an index noticed that somebody removed, without which readers of committed records would be shown aborted ones.
 *
 * <p>A segment is noted when its index is flushed. What came after that lies behind the recovery point, and recovery makes entries anew. One that is noted and
 * has no entries any more costs a look at its batches, once.
 */
final class AbortedSegments {

    static final String FILE = "aborted-transactions";

    private AbortedSegments() {}

    /** Notes a segment, for good when it returns. On a worker thread; one at a time over all logs, as it happens once in the life of a segment. */
    static synchronized void note(Disk disk, Path directory, long baseOffset) throws IOException {
        Set<Long> noted = read(disk, directory);
        if (!noted.add(baseOffset)) {
            return;
        }
        Set<String> names = new HashSet<>(disk.list(directory));
        List<String> lines = new ArrayList<>();
        noted.stream().sorted().filter(offset -> offset == baseOffset || names.contains(FileNames.of(offset, FileNames.LOG))).map(String::valueOf)
                .forEach(lines::add);
        disk.writeAtomically(directory.resolve(FILE), CheckpointFile.format(lines));
    }

    /** The base offsets that are noted; none when there is no file, or a damaged one. */
    static Set<Long> read(Disk disk, Path directory) throws IOException {
        Set<Long> noted = new HashSet<>();
        byte[] content = disk.readAll(directory.resolve(FILE));
        List<String> lines = content == null ? null : CheckpointFile.parse(content);
        if (lines != null) {
            lines.forEach(line -> noted.add(CheckpointFile.number(line)));
        }
        return noted;
    }
}
