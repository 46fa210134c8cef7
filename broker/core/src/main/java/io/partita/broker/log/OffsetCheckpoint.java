package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file of a data directory that keeps one offset per log ({@code topic partition offset}), in Kafka's format. */
final class OffsetCheckpoint {

    static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint";
    static final String LOG_STARTS = "log-start-offset-checkpoint";
    static final String HIGH_WATERMARKS = "replication-offset-checkpoint";
    static final String CLEANER = "cleaner-offset-checkpoint";

    private static final Logger LOG = LoggerFactory.getLogger(OffsetCheckpoint.class);

    private OffsetCheckpoint() {}

    /** The offsets in a file; {@code null} when there is none or it is damaged, which every reader can live with. */
    static Map<LogId, Long> read(Disk disk, Path file) throws IOException {
        byte[] content = disk.readAll(file);
        if (content == null || content.length == 0) {
            return null; // Kafka begins with an empty file
        }
        List<String> lines = CheckpointFile.parse(content);
        if (lines == null) {
            LOG.warn("The checkpoint {} is damaged and is not used; the logs are checked instead.", file);
            return null;
        }
        Map<LogId, Long> offsets = new HashMap<>();
        for (String line : lines) {
            int second = line.lastIndexOf(' ');
            int first = second <= 0 ? -1 : line.lastIndexOf(' ', second - 1);
            long partition = first <= 0 ? -1 : CheckpointFile.number(line.substring(first + 1, second));
            long offset = first <= 0 ? -1 : CheckpointFile.number(line.substring(second + 1));
            if (partition < 0 || partition > Integer.MAX_VALUE || offset < 0) {
                LOG.warn("The checkpoint {} has a line that is none and is ignored: {}", file, line);
                continue;
            }
            offsets.put(new LogId(line.substring(0, first), (int) partition), offset);
        }
        return offsets;
    }

    static void write(Disk disk, Path file, Map<LogId, Long> offsets) throws IOException {
        List<String> lines = new ArrayList<>(offsets.size());
        offsets.forEach((log, offset) -> lines.add(log.topic() + " " + log.partition() + " " + offset));
        disk.writeAtomically(file, CheckpointFile.format(lines));
    }
}
