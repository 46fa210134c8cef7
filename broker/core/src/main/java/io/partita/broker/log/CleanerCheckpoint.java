package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Up to which offset each log of a data directory was compacted: Kafka's {@code cleaner-offset-checkpoint}. Below the offset a key occurs once;
 * compaction goes on from there. Read when it is first asked for.
 *
 * <p>An offset that is too low costs another round of compaction. One that is too high would let an old value outlive the tombstone that
 * deleted it, so offsets are lowered before a log is cut or made anew under the name of a deleted one.
 *
 * <p>Threads: any; may block.
 */
final class CleanerCheckpoint {

    private final Disk disk;
    private final Path file;
    private Map<LogId, Long> offsets;
    /** The logs that may have an entry in the file. */
    private final Set<LogId> written = new HashSet<>();

    CleanerCheckpoint(Disk disk, Path directory) {
        this.disk = disk;
        this.file = directory.resolve(OffsetCheckpoint.CLEANER);
    }

    /** The offset up to which the log was compacted, 0 when it was not. */
    synchronized long offsetOf(LogId log) throws IOException {
        return offsets().getOrDefault(log, 0L);
    }

    /**
     * Notes, durably, that the log was compacted up to {@code offset}; unless {@code stillTrue} says no. It is asked when nobody can say
     * {@link #truncated} or {@link #deleted} in between.
     */
    synchronized void cleaned(LogId log, long offset, BooleanSupplier stillTrue) throws IOException {
        if (stillTrue.getAsBoolean()) {
            offsets().put(log, offset);
            write();
        }
    }

    /** Says that the log ends at {@code endOffset}: what is written from there on was not compacted. */
    synchronized void truncated(LogId log, long endOffset) throws IOException {
        if (offsets().getOrDefault(log, 0L) > endOffset) {
            offsets().put(log, endOffset);
            write();
        }
    }

    /** Says that the log was deleted. */
    synchronized void deleted(LogId log) throws IOException {
        offsets().remove(log); // from the file when the next entry is written, or a log of this name made
    }

    /** Says that a log is about to be made, which must not pass for compacted because one of the same name was. */
    synchronized void created(LogId log) throws IOException {
        offsets().remove(log);
        if (written.contains(log)) {
            write();
        }
    }

    private Map<LogId, Long> offsets() throws IOException {
        if (offsets == null) {
            Map<LogId, Long> read = OffsetCheckpoint.read(disk, file);
            offsets = read == null ? new HashMap<>() : read;
            written.addAll(offsets.keySet());
        }
        return offsets;
    }

    private void write() throws IOException {
        written.addAll(offsets.keySet());
        OffsetCheckpoint.write(disk, file, offsets);
        written.retainAll(offsets.keySet());
    }
}
