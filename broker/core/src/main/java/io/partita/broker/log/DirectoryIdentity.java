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
 * Whose a data directory is: {@code meta.properties}, in Kafka's format. Version 0 is that of brokers with ZooKeeper, which name {@code broker.id} and no directory.
 *
 * @param clusterId the cluster the logs belong to
 * @param nodeId the broker the logs belong to
 * @param directoryId the directory itself
 * @param isNew whether it belonged to nobody before
 */
public record DirectoryIdentity(String clusterId, int nodeId, UUID directoryId, boolean isNew) {

    static final String FILE = "meta.properties";

    /**
     * What the file says.
     *
     * @param directoryId {@code null} when it does not name one
     * @param isOfOldKafka whether it was written by a broker with ZooKeeper
     */
    record Written(String clusterId, int nodeId, UUID directoryId, boolean isOfOldKafka) {}

    /** Reads whose a directory is, {@code null} when it is nobody's. Throws when the file is damaged. */
    static Written read(Disk disk, Path directory) throws IOException {
        byte[] content = disk.readAll(directory.resolve(FILE));
        if (content == null) {
            return null;
        }
        Map<String, String> values = parse(content);
        String cluster = values.get("cluster.id");
        long node = CheckpointFile.number(values.getOrDefault("node.id", values.getOrDefault("broker.id", "")));
        if (cluster == null || node < 0 || node > Integer.MAX_VALUE) {
            throw new IOException(directory.resolve(FILE) + " names no cluster.id or node.id. Restore it, or use another data directory.");
        }
        return new Written(cluster, (int) node, parseUuid(values.get("directory.id")), "0".equals(values.get("version")));
    }

    /** Refuses a directory of another cluster or broker. {@code clusterId} is {@code null} when the directory's is taken. */
    static void check(Path directory, Written written, String clusterId, int nodeId) throws IOException {
        if (clusterId != null && !clusterId.equals(written.clusterId)) {
            throw new IOException("Data directory " + directory + " belongs to cluster " + written.clusterId + ", this broker to " + clusterId
                    + ". Use the right directory, or an empty one.");
        }
        if (written.nodeId != nodeId) {
            throw new IOException("Data directory " + directory + " belongs to broker " + written.nodeId + ", this is broker " + nodeId
                    + ". Use the right directory or an empty one, or start as broker " + written.nodeId + " (node.id).");
        }
    }

    /** Makes the directory this broker's, durably. Idempotent. */
    void write(Disk disk, Path directory) throws IOException {
        disk.writeAtomically(directory.resolve(FILE), format());
    }

    /** An identity nobody has yet. */
    static String newClusterId(Entropy entropy) {
        return format(entropy.nextUuid());
    }

    private byte[] format() {
        String text = "#Whose data this is. A broker of another cluster or with another node.id refuses the directory.\n"
                + "version=1\n"
                + "cluster.id=" + clusterId + "\n"
                + "node.id=" + nodeId + "\n"
                + "directory.id=" + format(directoryId) + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The lines {@code name=value} of a small file. */
    static Map<String, String> parse(byte[] content) {
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
    public static String format(UUID id) {
        ByteBuffer bytes = ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** The id of a text form, or {@code null} when it is none. */
    public static UUID parseUuid(String text) {
        if (text == null || text.length() != 22 && text.length() != 36) {
            return null;
        }
        try {
            if (text.length() == 36) {
                return UUID.fromString(text); // as Kubernetes writes it, where somebody has put it in by hand
            }
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            return bytes.remaining() == 16 ? new UUID(bytes.getLong(), bytes.getLong()) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
