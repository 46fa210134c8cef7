package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/** Which topic a log's directory was made for: {@code partition.metadata}, in Kafka's format. */
public final class PartitionMetadata {

    private PartitionMetadata() {}

    /** The topic id in a log's directory, {@code null} when it does not say. */
    public static UUID topicId(Disk disk, Path directory) throws IOException {
        byte[] content = disk.readAll(directory.resolve(FileNames.PARTITION_METADATA));
        if (content == null) {
            return null;
        }
        for (String line : new String(content, StandardCharsets.UTF_8).split("\n")) {
            if (line.startsWith("topic_id:")) {
                return DirectoryIdentity.parseUuid(line.substring("topic_id:".length()).strip());
            }
        }
        return null;
    }

    /** Not forced here, but with the log's first flush: thousands of topics may be made at once. */
    static void write(Disk disk, Path directory, UUID topicId) throws IOException {
        String text = "version: 0\ntopic_id: " + DirectoryIdentity.format(topicId) + "\n";
        Disk.DiskFile file = disk.open(directory.resolve(FileNames.PARTITION_METADATA), true);
        try (file) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        }
    }
}
