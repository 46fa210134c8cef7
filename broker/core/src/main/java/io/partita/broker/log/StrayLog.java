package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/**
 * A log that was set aside, because the metadata do not name it: its directory has a name that ends in {@code -stray}, as Kafka's have, and a file that says what it
 * was. Nothing in it is changed or used.
 *
 * @param directory where it is now
 * @param id the partition it was of, {@code null} when neither file nor name tell
 * @param topicId the topic it was made for, {@code null} when it does not say
 * @param sinceMillis when it was set aside, in wall-clock milliseconds; 0 when that is not known
 * @param fate what becomes of it
 * @param startOffset the first offset that could be read
 * @param endOffset the offset it can be opened at without looking, -1 when it has to be recovered
 */
public record StrayLog(Path directory, LogId id, UUID topicId, long sinceMillis, Fate fate, long startOffset, long endOffset) {

    /** What becomes of a log that was set aside. */
    public enum Fate {
        /** Why it has no topic is not known: it stays until somebody deletes it. */
        KEPT,
        /** Its topic was deleted: it goes when the time in which that can be undone is over. */
        PURGED
    }

    /** Holds what else would be forgotten. */
    static final String FILE = "set-aside";

    private static final String VERSION = "0";

    static boolean isStray(String directoryName) {
        return directoryName.endsWith(FileNames.STRAY_DIRECTORY);
    }

    /** Reads what a directory that was set aside, here or by Kafka, says of itself. */
    static StrayLog read(Disk disk, Path directory) throws IOException {
        byte[] content = disk.readAll(directory.resolve(FILE));
        Map<String, String> values = content == null ? Map.of() : DirectoryIdentity.parse(content);
        if (!VERSION.equals(values.get("version"))) {
            return new StrayLog(directory, idInName(directory), PartitionMetadata.topicId(disk, directory), 0, Fate.KEPT, 0, -1);
        }
        LogId id = LogId.parse(values.getOrDefault("log", ""));
        Fate fate = Fate.PURGED.name().equals(values.get("fate")) ? Fate.PURGED : Fate.KEPT;
        long since = CheckpointFile.number(values.getOrDefault("since", ""));
        long start = CheckpointFile.number(values.getOrDefault("log.start.offset", ""));
        long end = CheckpointFile.number(values.getOrDefault("log.end.offset", ""));
        return new StrayLog(directory, id, DirectoryIdentity.parseUuid(values.get("topic.id")), Math.max(0, since), fate, Math.max(0, start), end);
    }

    /** Kafka's names are {@code topic-partition.id-stray}; a topic may have dots itself. */
    private static LogId idInName(Path directory) {
        String name = directory.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot < 0 ? null : LogId.parse(name.substring(0, dot));
    }

    /** Notes it in the log's directory, durably. */
    void write(Disk disk, Path logDirectory) throws IOException {
        String text = "#The metadata did not name this log, so it was renamed and is kept as it is.\n"
                + "version=" + VERSION + "\n"
                + "log=" + id.directoryName() + "\n"
                + "topic.id=" + (topicId == null ? "" : DirectoryIdentity.format(topicId)) + "\n"
                + "since=" + sinceMillis + "\n"
                + "fate=" + fate + "\n"
                + "log.start.offset=" + startOffset + "\n"
                + "log.end.offset=" + endOffset + "\n";
        disk.writeAtomically(logDirectory.resolve(FILE), text.getBytes(StandardCharsets.UTF_8));
    }
}
