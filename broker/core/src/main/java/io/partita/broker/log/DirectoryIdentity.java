package io.partita.broker.log;

import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Whose a data directory is: {@code meta.properties}, in Kafka's format.
 *
 * @param clusterId the cluster the logs belong to
 * @param nodeId the broker the logs belong to
 * @param directoryId the directory itself
 * @param isNew whether it belonged to nobody before
 */
public record DirectoryIdentity(String clusterId, int nodeId, UUID directoryId, boolean isNew) {

    private static final String FILE = "meta.properties";

    /**
     * Reads who the directory belongs to, or marks a new one. A {@code clusterId} of {@code null} takes the directory's, or a new one. Throws
     * when the directory belongs to another cluster or broker.
     */
    static DirectoryIdentity claim(Disk disk, Path directory, String clusterId, int nodeId, Entropy entropy) throws IOException {
        byte[] content = disk.readAll(directory.resolve(FILE));
        if (content == null) {
            DirectoryIdentity created = new DirectoryIdentity(clusterId != null ? clusterId : format(entropy.nextUuid()), nodeId, entropy.nextUuid(), true);
            disk.writeAtomically(directory.resolve(FILE), created.format());
            return created;
        }
        Map<String, String> values = parse(content);
        String foundCluster = values.get("cluster.id");
        long foundNode = CheckpointFile.number(values.getOrDefault("node.id", values.getOrDefault("broker.id", "")));
        if (foundCluster == null || foundNode < 0) {
            throw new IOException(directory.resolve(FILE) + " names no cluster.id or node.id. Restore it, or use another data directory.");
        }
        if (clusterId != null && !clusterId.equals(foundCluster)) {
            throw new IOException("Data directory " + directory + " belongs to cluster " + foundCluster + ", this broker to " + clusterId
                    + ". Use the right directory, or an empty one.");
        }
        if (foundNode != nodeId) {
            throw new IOException("Data directory " + directory + " belongs to broker " + foundNode + ", this is broker " + nodeId
                    + ". Use the right directory, or an empty one.");
        }
        UUID directoryId = parseUuid(values.get("directory.id"));
        if (directoryId == null) {
            DirectoryIdentity completed = new DirectoryIdentity(foundCluster, nodeId, entropy.nextUuid(), false);
            disk.writeAtomically(directory.resolve(FILE), completed.format());
            return completed;
        }
        return new DirectoryIdentity(foundCluster, nodeId, directoryId, false);
    }

    private byte[] format() {
        String text = "#Whose data this is. A broker of another cluster or with another node.id refuses the directory.\n"
                + "version=1\n"
                + "cluster.id=" + clusterId + "\n"
                + "node.id=" + nodeId + "\n"
                + "directory.id=" + format(directoryId) + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, String> parse(byte[] content) {
        Map<String, String> values = new HashMap<>();
        for (String line : new String(content, StandardCharsets.UTF_8).split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0 && line.charAt(0) != '#') {
                values.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
            }
        }
        return values;
    }

    /** Kafka's text form of an id: Base64 without padding, 22 characters. */
    static String format(UUID id) {
        ByteBuffer bytes = ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** The id of a text form, or {@code null} when it is none. */
    static UUID parseUuid(String text) {
        if (text == null || text.length() != 22) {
            return null;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            return bytes.remaining() == 16 ? new UUID(bytes.getLong(), bytes.getLong()) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
