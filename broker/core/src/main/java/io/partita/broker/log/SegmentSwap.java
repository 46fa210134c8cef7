package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a cleaned segment in the place of those it was made from, so that after a crash at any instant the log has either it or them.
 *
 * <pre>
 *   base.log.cleaned, … written and flushed     a crash: removed, the log is as it was
 *   base.end.swap made                          the decision: the cleaned segment stands for all that begin in [base, end)
 *   replaced files removed, .cleaned renamed    a crash: the next start does the rest of it
 *   base.end.swap removed
 * </pre>
 *
 * <p>Threads: one at a time, a worker or whoever needs the files to be in place (the log's flush lock is held).
 */
final class SegmentSwap {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentSwap.class);

    private final Disk disk;
    private final Path directory;
    private final Segment[] sources;
    private final Segment cleaned;
    private final long endOffset;
    private boolean decided;

    /**
     * @param sources the replaced segments: all that begin in [cleaned.baseOffset, endOffset)
     * @param cleaned its files are durable, except for their names
     */
    SegmentSwap(Disk disk, Path directory, Segment[] sources, Segment cleaned, long endOffset) {
        this.disk = disk;
        this.directory = directory;
        this.sources = sources;
        this.cleaned = cleaned;
        this.endOffset = endOffset;
    }

    /** Replaces the files. Nobody looks for the sources any more, except who has found them before. May be called again after it failed. */
    void complete() throws IOException {
        Path decision = directory.resolve(FileNames.of(cleaned.baseOffset, "." + FileNames.of(endOffset, FileNames.SWAP)));
        if (!decided) {
            disk.syncDirectory(directory);
            disk.writeAtomically(decision, new byte[0]);
            decided = true;
        }
        sources[0].letGo();
        for (int i = 1; i < sources.length; i++) {
            sources[i].delete();
        }
        cleaned.moveInPlace();
        disk.syncDirectory(directory);
        disk.delete(decision);
        disk.syncDirectory(directory);
    }

    /** Whether a file that is named after {@code offset} belongs to a segment that is gone. */
    boolean swallowed(long offset) {
        return offset > cleaned.baseOffset && offset < endOffset;
    }

    /** Finishes the replacements that had been decided when the broker stopped. Returns whether there was one. */
    static boolean finishInterrupted(Disk disk, Path directory, List<String> names) throws IOException {
        boolean found = false;
        for (String name : names) {
            long end = name.endsWith(FileNames.SWAP) && FileNames.offset(name) >= 0 ? FileNames.offset(FileNames.suffix(name).substring(1)) : -1;
            if (end >= 0) {
                finish(disk, directory, FileNames.offset(name), end, names);
                disk.syncDirectory(directory);
                disk.delete(directory.resolve(name));
                disk.syncDirectory(directory);
                found = true;
            }
        }
        return found;
    }

    private static void finish(Disk disk, Path directory, long baseOffset, long endOffset, List<String> names) throws IOException {
        for (String name : names) {
            long offset = FileNames.offset(name);
            if (offset > baseOffset && offset < endOffset && FileNames.SEGMENT_FILES.contains(FileNames.suffix(name))) {
                disk.delete(directory.resolve(name));
            }
        }
        for (String suffix : FileNames.SEGMENT_FILES) {
            String name = FileNames.of(baseOffset, suffix);
            if (names.contains(name + FileNames.CLEANED)) {
                disk.rename(directory.resolve(name + FileNames.CLEANED), directory.resolve(name));
            }
        }
        LOG.info("Finished putting the compacted segment {} in the place of those of offsets {} to {}.",
                directory.resolve(FileNames.of(baseOffset, FileNames.LOG)), baseOffset, endOffset - 1);
    }
}
